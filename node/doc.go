// Package node puts one running Suyuan node together: its folder and configuration, the keys it
// signs with, the API keys it accepts, and the HTTP server on which every door of the ledger opens.
//
// A node's folder ("home") holds everything it has:
//
//	suyuan.toml                       configuration, all fields optional
//	config/genesis.json               the chain's genesis document, the same on every node
//	config/priv_validator_key.json    ed25519 key of the validator; never run two nodes with one
//	config/node_key.json              ed25519 key of the peer
//	keystore/                         encrypted secp256k1 keys (Web3 Secret Storage) of agents and operators
//	api_keys.json                     hashes of the API keys and what each may do
//	keystore_password                 password of the keystore, where init made one
//	data/, evm/, ledger/              blocks, state, and which block is executed
//	outbox/, trace/                   calls under way; capture jobs, index, lists and vault
//	scans/                            counts of scans
package node
