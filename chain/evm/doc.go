// Package evm is the ledger's execution side: a whole go-ethereum service in this process, driven by
// CometBFT instead of a beacon node.
//
// One [Service] holds the block chain, the pool, the store of our own records, and does five things:
//
//	Build     fills a new block from the pool (proposers)
//	Verify    checks a proposed block, cheap rules first, executing last (validators)
//	Execute   makes sure a decided block is executed, once
//	Commit    makes it the head, and durable, in a fixed order
//	Admit     says whether a transaction may be in the next block, and why not
//
// Build, Verify and Admit ask the same pure function of transaction, parent state and block time; so a
// block we build is one that the others accept.
//
// Hazards that shaped the code:
//
//   - go-ethereum keeps state in memory and falls back to the last flush after a kill. Commit flushes
//     every few blocks and when the ledger rests, and writes its own record last; see commit.go.
//   - After a flush only the flushed state can be opened: a state taken before it reads stale layers.
//   - The pool can't remove a transaction, and its reset runs behind the head; see pool.go.
//   - A block that used more than half of its gas limit would lift the base fee off 0 for ever; the
//     rule on the sum of gas in limits.go makes that impossible.
package evm
