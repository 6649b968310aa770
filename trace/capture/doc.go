// Package capture puts EPCIS documents on the ledger: it plans what each event becomes there, asks the ledger's policy
// before anything is sent, keeps the job on disk until it is done, and packs the events of many jobs into
// transactions.
//
// What it promises:
//
//   - A document is accepted as a whole or refused as a whole. Nothing of it is sent before every event is planned, and
//     every event's party, key and lane have been put to Policy.check at the latest final block.
//   - A job whose ID was given out is on disk (fsync). It survives a kill at any moment: what is sent, is on disk
//     first, under an ID of its own, and is asked for again by that ID. No event is sent twice.
//   - An ended job can be asked for during Config.Keep, then it is forgotten.
//   - A job is a success when all its events are final. What a party recorded before is not recorded again, and is no
//     failure.
//   - One party's bad event never takes another's down with it: a transaction that reverts is halved until the culprit
//     is alone.
//
// The ledger may change its mind between check and transaction (a licence ends, a party is suspended): such a job fails,
// says which events are not recorded and why, and what of it is recorded stays.
package capture
