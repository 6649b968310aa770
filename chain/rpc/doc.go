// Package rpc is the ledger's two read doors for programs: /rpc speaks Ethereum JSON-RPC over HTTP and
// WebSocket, so that ethers, viem, cast and MetaMask work as they are; /comet speaks CometBFT's RPC,
// read-only, so that light clients work as they are.
//
// /rpc serves the namespaces eth, net and web3 (debug tracing by flag) of the embedded go-ethereum.
// Methods registered here take the place of go-ethereum's where this ledger differs:
//
//   - gas is free: gas price, priority fee and fee history answer zero;
//   - a signed transaction goes through admission before the pool, and a no says why;
//   - a node signs nothing for callers: eth_sendTransaction, eth_sign and their like are refused;
//   - every block is final: "finalized" and "safe" mean the latest block, and so does "pending",
//     except where it asks for the next nonce.
//
// Calls are bounded in gas, time, number at once, range, batch and body size.
package rpc
