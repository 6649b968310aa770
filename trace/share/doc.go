// Package share brings the bodies of sealed events to the vaults that may have them.
//
// Who may have a body follows from the ledger alone. Of a private event it is the nodes of the operator that sponsors the
// party that recorded it; with policy chain also those of the operators whose parties are on the way of one of the
// event's objects, before the event or after it: a party that wrote to the object's trunk, or was handed the object.
//
// Sharing is by asking. A node follows its index, works out what it may have and lacks, and asks the nodes of the
// recording party's operator, then the others that may have it. Nothing but the vault is kept: what is wanted is what the
// index says and the vault doesn't have. The one who is asked works out again whether the asker may have it. What comes is
// checked against the commitment on the ledger before it is kept; who sends anything else isn't asked for a while.
//
// An erasure is heard the same way. The nodes of the recording party's operator tell which of their parties' bodies were
// erased, every node asks them and remembers how far it has heard, so one that was away hears of it when it is back. The
// one who erases only knocks: come and ask.
//
// The protocol is /suyuan/vault/1 on libp2p: one question a stream, RLP, bounded in size, time and rate. It runs on the
// host that consensus uses, with the classic transport on one of its own, behind the same wall of registered peers.
package share
