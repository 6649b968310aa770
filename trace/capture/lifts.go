package capture

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// maxNotices bounds how many notices of one thing are looked at.
const maxNotices = 500

// lifts leaves out, or refuses, lifts of recalls that their party can't end: they would be recorded and change nothing. The ledger
// takes a lift from whoever may write notices; which recalls it ends is a rule for readers.
func (s *Service) lifts(j *job, items []item, mode Mode) ([]item, error) {
	refusals := make(map[*item]*Problem)
	var v *index.View
	for i := range items {
		it := &items[i]
		if format.Lane(it.Lane) != format.Notice || format.LeafKind(it.Kind) != format.LeafLift {
			continue
		}
		if v == nil {
			var err error
			if v, err = s.Index.View(); err != nil {
				return nil, err
			}
			defer func() { _ = v.Close() }() // read only
		}
		problem, err := liftProblem(v, j.rec.Party, it)
		if err != nil {
			return nil, err
		}
		if problem == nil {
			continue
		}
		if !mode.Proceed {
			return nil, problem
		}
		refusals[it] = problem
	}
	if len(refusals) == 0 {
		return items, nil
	}
	return s.leaveOut(j, items, refusals), nil
}

// liftProblem is what is wrong with a lift of things of which one is recalled, but not so that the party could end it.
func liftProblem(v *index.View, party common.Address, it *item) (*Problem, error) {
	for i, o := range it.Objects {
		recall, err := outOfReach(v, party, o)
		if err != nil {
			return nil, err
		}
		if recall == nil {
			continue
		}
		by := recall.Party.Hex()
		if p, ok, err := v.Party(recall.Party); err == nil && ok {
			by = fmt.Sprintf("%s (%s)", p.Name, by)
		}
		p := &Problem{Type: SecurityException, Title: titleNotEntitled, Status: http.StatusForbidden}
		text := fmt.Sprintf("%s: was recalled on %s by the authority %s: that one, or another authority for recalls, may lift it", it.Names[i],
			time.Unix(int64(recall.BlockTime), 0).UTC().Format(time.RFC3339), by) //nolint:gosec // seconds of a block
		return p.at([]*item{it}, 0, "not-your-recall", it.Names[i], text), nil
	}
	return nil, nil
}

// outOfReach is the latest standing recall of an object if there is one, and none that a lift by the party would end.
func outOfReach(v *index.View, party common.Address, o index.Object) (*index.Record, error) {
	entries, _, err := v.Own(o.Key(), format.Notice, index.Always, maxNotices)
	if err != nil {
		return nil, err
	}
	var notices []*index.Record
	for _, e := range entries {
		rec, err := v.Record(e.Seq)
		if err != nil {
			return nil, err
		}
		notices = append(notices, &rec)
	}
	standing, err := v.StandingRecalls(notices)
	if err != nil || len(standing) == 0 {
		return nil, err
	}
	latest := standing[0]
	for _, r := range standing {
		if ends, err := v.MayEnd(party, math.MaxUint64, r); err != nil || ends {
			return nil, err
		}
		if latest.Seq.Less(r.Seq) {
			latest = r
		}
	}
	return latest, nil
}
