package node

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/chain/manifest"
	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// What to do when a store can't be opened. Each of those in cures may be missing at a start.
const (
	cureLedger = "restore the folder from a backup, or start anew with the same keys and let the peers send everything"
	cureIndex  = "move trace/index away: the next start builds it again from the ledger"
	cureLists  = "restore trace/lists from the backup, or move it away and suyuan list import what was exported: without its list nobody knows which units of a lot there are"
	cureVault  = "restore trace/vault from the backup, or move it away: other nodes send what they have of it again, bodies that only this node had are lost"
	cureJobs   = "move trace/jobs away: jobs that weren't final are forgotten; send their documents again, nothing is recorded twice"
	cureScans  = "move scans away: only the counts of scans are lost"
	cureOutbox = "move outbox away: captured events that weren't final are looked up on the ledger and sent again"
	cureRecord = "move ledger away: the next start makes certificates and the record of blocks again from CometBFT's blocks"
)

// cures are the stores of ours, in the order in which they are looked at.
var cures = []struct{ dir, cure string }{
	{"ledger", cureRecord}, {"outbox", cureOutbox}, {"trace/index", cureIndex}, {"trace/lists", cureLists}, {"trace/vault", cureVault},
	{"trace/jobs", cureJobs}, {"scans/counts", cureScans},
}

// readable opens a store for reading and closes it.
func readable(dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	db, err := manifest.Open(dir, &pebble.Options{ReadOnly: true, Logger: pebblelog.Of(filepath.Base(dir), nil)})
	if err != nil {
		return err
	}
	return db.Close()
}

// stores looks at each store of a stopped node, and compares how far each is.
func (d *Diagnosis) stores(home string) {
	well := true
	for _, c := range cures {
		if err := readable(filepath.Join(home, c.dir)); err != nil {
			d.bad(Fail, "stores", c.cure, "%s: %v", c.dir, err)
			well = false
		}
	}
	if !well {
		return
	}
	s, err := chain.Inspect(home)
	if err != nil {
		d.bad(Fail, "stores", cureLedger, "%v", err)
		return
	}
	if s.Blocks == 0 {
		d.ok("stores", "empty: this node never ran")
		return
	}
	for _, fault := range s.Faults() {
		d.bad(Fail, "stores", "don't start it: restore the folder from one moment, or start anew with the same keys and let the peers send everything", "%s", fault)
	}
	if gap := s.State - s.Signed; s.Signed > 0 && gap > 2 {
		d.bad(Warn, "stores", "if data/priv_validator_state.json was restored from a backup, the validator could sign twice: ask the others how far it signed",
			"the validator signed last at height %d, the ledger is at %d: so it is after catching up", s.Signed, s.State)
	}
	pos, ok, err := index.ReadPosition(filepath.Join(home, "trace", "index"))
	switch {
	case err != nil:
		d.bad(Fail, "stores", cureIndex, "%v", err)
	case !ok && s.Head > 0:
		d.bad(Warn, "stores", "", "there is no index of this version: the next start builds it from the ledger, which takes a while")
	default:
		d.ok("stores", "CometBFT blocks %d to %d, EVM block %d, record at height %d, index at EVM block %d", s.Base, s.Blocks, s.Head, s.Record, pos.Number)
	}
}
