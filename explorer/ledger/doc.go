// Package ledger is what the explorer knows of the ledger: blocks, transactions put into words' raw material, parties and
// their history, validators, licences, leaves, and one search over all of it. Pages and /api/v1 both show its answers.
//
// Every answer costs what it shows: lists are pages read from the index or from the contracts by number, never a walk
// over the ledger. Answers of the contracts are those of the latest final block, answers of the index those of the last
// block indexed; the two are the same but for moments.
package ledger
