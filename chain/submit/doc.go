// Package submit is the outbox: it signs calls as hosted keys, hands out their nonces and waits until
// they are final. Nothing else in a node may sign transactions of those keys.
//
// The idea. Every request carries an ID of the caller's choosing. The ID, the request and the signed
// bytes are on disk (fsync) before the first byte leaves the process, so after a crash the same bytes go
// out again and a caller who asks again with the same ID gets the answer of the first time.
//
// What the package promises:
//
//   - At most one transaction of an ID is ever executed, whatever crashes and whoever keeps old bytes.
//   - A Final is given out only for a transaction in a final block.
//   - A transaction that can't execute any more doesn't hold up the ones behind it.
//
// The rule that carries the first promise: an ID gets a new transaction only when all its earlier ones
// are dead, that is when a final block holds another transaction of the same key with the same nonce.
// A refused request is not dead: its bytes are out there. Its nonce is given to another request or to a
// filler (an empty call), and if the refused one should win that race after all (a suspension was
// lifted), the ID's answer becomes that Final.
//
// The outbox is a reader of the chain like any projection: it writes results in the same batch as its
// cursor and learns from the blocks alone what was executed.
package submit
