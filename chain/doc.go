// Package chain is the ledger: CometBFT deciding, an embedded Ethereum virtual machine executing.
//
// The idea. A CometBFT block carries at most one transaction, and that transaction is the RLP of an
// EVM block. CometBFT decides the order and signs it; package chain/evm builds, verifies and executes
// the EVM blocks in the same process. The CometBFT app hash is the hash of the latest EVM block, so
// the signatures of validators over the header at height H+1 cover the EVM block of height H.
//
// What the package promises:
//
//   - A block handed out by Follow, Final or Call is final: more than two thirds of the voting power
//     signed it, and it survives a kill of this process at any moment.
//   - Follow hands out every EVM block in order, exactly once per cursor.
//   - A transaction of a key that Parties doesn't admit at the block's time is in no block. Every road
//     in (RPC, gossip, our own proposals, other validators' proposals) asks the same function.
//   - A proposal is checked in full before it is executed; nothing a proposer sends can panic this node.
//   - Gas is free for ever: the base fee is 0 and the block rules keep it there.
//
// Invariants a reader of the code must know:
//
//   - At most one EVM block a second, because EVM time is CometBFT time in whole seconds and must rise.
//     CometBFT blocks in between, and idle ones, carry nothing and leave the app hash as it was.
//   - FinalizeBlock executes and is idempotent; only Commit moves the head, in the order given there.
//   - After a crash the EVM may be behind CometBFT, never ahead of its block store; CometBFT replays.
//   - No CometBFT block is pruned yet: a new node joins by replaying all of them.
//   - State is kept for the latest blocks only; the Go surface reads at the latest final block.
//
// The package knows nothing about products or money.
package chain
