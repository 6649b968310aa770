package node

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// TestTheListOfSealedEventsIsFollowed: by its cursor everybody comes to all that they may see, once, and no request looks at
// more of the vault than it may.
func TestTheListOfSealedEventsIsFollowed(t *testing.T) {
	t.Parallel()
	const many, few = 2*maxLooked + 7, 3
	maker, buyer := tracetest.Address("maker"), tracetest.Address("buyer")
	l := tracetest.New()
	var records []vault.Record
	for n := range many + few {
		e := tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventTime":"2026-11-01T00:00:00Z","action":"OBSERVE","epcList":["https://id.gs1.org/01/09521202001011/21/S%d"]`, n))
		policy := epcis.PolicyPrivate
		if n >= many {
			policy = epcis.PolicyChain
		}
		call, fields := tracetest.SealedCall(t, format.Trunk, format.LeafEvent, policy, e, uint64(n), format.Hash{})
		if n >= many {
			call.Next = []common.Address{buyer}
		}
		l.Mine(tracetest.Tx{Party: maker, Call: call})
		records = append(records, vault.Record{Fields: fields, Head: vault.Head{Ref: vault.Ref{Commitment: call.Commitments[0], Party: maker}, Policy: policy}})
	}
	x, err := index.Open(filepath.Join(t.TempDir(), "index"), tracetest.Chain, 4<<20)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	require.NoError(t, x.Apply(l.Blocks()...))
	kept, err := vault.Open("vault", vfs.NewMem(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	require.NoError(t, kept.Put(records...))

	for name, c := range map[string]struct {
		who         seer
		limit       int
		want, pages int // pages at least
	}{
		"the operator":                   {seer{all: true}, 1000, many + few, 3},
		"the operator, little by little": {seer{all: true}, 300, many + few, 7},
		"who recorded them":              {seer{party: maker}, 700, many + few, 3},
		"who may see few":                {seer{party: buyer}, 1000, few, 3},
		"who may see few, one by one":    {seer{party: buyer}, 1, few, 3},
		"who may see none":               {seer{party: common.Address{1}}, 1000, 0, 3},
	} {
		t.Run(name, func(t *testing.T) {
			seen, pages := map[common.Hash]bool{}, 0
			for after := ""; pages == 0 || after != ""; pages++ {
				at, err := parseRef(after)
				require.NoError(t, err)
				v, err := x.View()
				require.NoError(t, err)
				before := x.EntriesRead()
				page, err := c.who.list(v, kept, at, c.limit)
				require.NoError(t, err)
				require.NoError(t, v.Close())
				assert.Less(t, x.EntriesRead()-before, uint64(6*maxLooked))
				assert.LessOrEqual(t, len(page.Items), c.limit)
				for _, s := range page.Items {
					assert.False(t, seen[s.Commitment], "once")
					seen[s.Commitment] = true
				}
				after = page.Next
			}
			assert.Len(t, seen, c.want)
			assert.GreaterOrEqual(t, pages, c.pages)
		})
	}
}
