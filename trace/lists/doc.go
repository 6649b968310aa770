// Package lists keeps the serial lists that this node knows the contents of.
//
// An event about more things than one leaf may have stands on the ledger with a list in their place: a root over salted
// entries, one for each thing. Salt and things are not on the ledger. They are here, and the store answers for one thing
// at a time to whoever presents it in full: whether it is in a list, and the path that proves it, or the two neighbours
// that prove it isn't.
//
// Promises: a list is in the store whole or not at all, whatever kills the process; a look-up costs a few reads and some
// hundreds of hashes, never the length of the list; and what the store says of a list can be checked against its root
// with verify/format alone.
//
// Entries are kept in pages of 256, the leaves of a subtree of eight levels. Keys:
//
//	h root         head: salt, count, top, whose, of which event
//	p root entry   page by its first entry: number, entries, names (zstd)
//	t root         tops of the pages in order
//	k key number   list by number of an object (12 bytes of its key); n number -> root
//	w root         being written
package lists
