// Package index is the projection of trace: it follows finalised blocks, finds the event bodies in their call data,
// checks each against its commitment and keeps a Pebble index from which events, objects and the graph between them
// are read.
//
// Invariants:
//
//   - The index is a pure function of the blocks. Blocks go in in order; the entries of a block and the cursor that
//     names it are in one atomic batch. So one history gives one set of bytes, whatever the batch boundaries, crashes
//     and restarts (a metamorphic test holds us to it).
//   - The cursor never goes back. A block at or below it must be the very block it names, or the index belongs to
//     another chain.
//   - Writes aren't synced: what a crash takes is the tail, cursor included, and the ledger gives it again.
//   - Every record is kept, damaged bodies and duplicates included, because the lanes' heads count them. Only a
//     record that is the first of its event by its party feeds the graph and the queries.
//
// Key layout. Every key starts with one letter for its kind; numbers are big-endian; seq is (height, index) in 12
// bytes, time is the event time in milliseconds with the sign bit flipped so that bytes sort as numbers. Of the keys of
// objects and lanes 20 bytes are taken.
//
//	c               cursor and version of the layout
//	r seq           the record
//	l laneKey n     n-th leaf of a lane: the seq of its record, or the leaf where there is none: for completeness and proofs
//	l laneKey max   the lane's head word, recomputed from the leaves
//	j rest name obj the way back: objects by the last part of their canonical name (serial, lot), and by all of it
//	o obj lane time seq    an event of the object, by event time; value: its roles
//	o obj u time seq       an event the object came out of
//	o obj d time seq       an event the object went into
//	o lot U time seq       a transformation that put out units of the lot, named in its master data only
//	o obj a time seq       the object was put in or taken out of another; value: direction and container
//	o obj e time seq       the container was emptied
//	o obj K seq            list leaf on the object's trunk; value: its root
//	o obj x seq            sealed event of the object
//	o obj A party          party on the object's way, as it wrote to the trunk behind the first leaf, or was handed the object;
//	                       value: seq of the record since when
//	o obj ff               canonical name of the object as first mentioned
//	t xform seq           part of a transformation told in several events
//	f hash                the first records of an event, and of declarations that it was an error, by each party
//	i eventID seq         record by the eventID sent
//	y party eventID       seq of the party's latest declaration that the event of that eventID was an error
//	w party eventID       seq of the party's first event of that eventID
//	z seq                 the record was declared an error; value: seq of the declaration
//	T type action time seq   all events by event time, in one list for each type and action
//	F field value time seq   by value of bizStep, disposition, readPoint or bizLocation
//	m id kind time seq    by identifier named, instances (1) apart from classes (0)
//	n id party vocabulary master data, latest of each party
//	R digits              a company prefix, or longer run of leading digits, that a notice was recorded on
//	p, q, g               register: parties, keys, GLNs
//	N word 0 party        a word of an organisation's name; where words aren't told apart, every place one may begin
//	v party height log    a change of the register, with the log that tells it
//	G primary licence     licence of a prefix or namespace: its holder, when it was granted and revoked; G alone: one was revoked
//	M licence party       standing of a party under a licence, as its holder listed it last
//	b height              a block, with what the explorer lists of it
//	s sender height pos   a transaction
//	S opened party id     document being staged, by when its first part came; Q party id: the way back
//	P party id n          part of a document being staged
//	L root seq            list leaf of a root
//	E root seq            event that names the root: the list holds what the event is about
//	X commitment party    first record of a sealed event; value: its seq
package index
