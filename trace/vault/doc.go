// Package vault keeps the bodies of sealed events that this node may hold.
//
// A sealed event stands on the ledger with a commitment to a tree of salted fields and nothing else of its body. The
// fields are here: with the party that recorded the event and, if its policy is chain, with the parties on the way of
// the things it is about. What the vault holds of an event is checked against the commitment before it is kept.
//
// Promises: a record is in the store for good when Put returns, or not at all, whatever kills the process. Once Erase
// returns, no file of the store holds anything of the record's content; what stays is its commitment, which the ledger
// holds for ever anyway, and when it was erased. An erasure that a crash cuts off is finished by the next Open.
//
// Keys. Pebble copies the keys at the ends of its tables into manifests, which outlive what is deleted: so Erase has the
// manifests written anew, too. Names aren't purged: all that leads from one to its record is 16 bits of a hash, and what
// is found is checked.
//
//	h ref              head: by which policy, names, what may be shown to everybody; a ref is commitment, party
//	b ref              fields with their salts
//	n bits ref         by GS1 event hash and by event ID
//	u lot time ref     by lot, of an event that puts out its units: key of the lot on the ledger, event time
//	l ref              lots and times under which it stands there
//	t ref              when it was erased, number of the erasure
//	q number           ref of an erasure, in the order this node made or learned of them
//	i                  name of this store, drawn when it was made
//	f                  number of the layout of u and l
//	o peer             how far this node has heard a peer's erasures
//	x ref              being erased: files that held it may still be there
//
// Blocks aren't compressed: most of a record is random salt.
package vault
