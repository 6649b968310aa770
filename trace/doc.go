// Package trace answers what is known of a product: it follows finalised blocks, checks every event body against
// what its party committed to, keeps an index of them, and tells the story of one object from it.
//
// What it promises:
//
//   - Pure. The index is a function of the blocks alone: the same history under any batching, any crash point and
//     any number of restarts gives the same bytes on every node. Nothing reads the clock, the network or the chain's
//     present state while indexing.
//   - Exactly once. The index and its cursor are written in one atomic batch. The index may be ahead of a ledger that
//     replays after a crash: it is never rewound, only compared by hash.
//   - Nothing vanishes. Duplicates become witnesses, corrected events stay and are struck through, and a body that
//     doesn't match its commitment is kept as "withheld or damaged", with the party's name.
//   - A query costs what it returns, never what the ledger holds. Every key of trace/index is laid out for one range read.
//
// EPCIS rules live here and are never part of consensus: a better rule tomorrow re-indexes yesterday.
package trace
