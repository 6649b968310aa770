package capture_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
)

func request(change func(*capture.Commissioning)) capture.Commissioning {
	r := capture.Commissioning{Request: "8f14e45f-ceea-467f-9a5a-0d1c2b3a4c5d", GTIN: "09521202001011", Lot: "L-1", Count: 1_000}
	if change != nil {
		change(&r)
	}
	return r
}

func TestCommissioning(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	r := request(func(r *capture.Commissioning) {
		r.Expiry, r.Location = "2027-05-31", "https://id.gs1.org/414/9521202000007"
	})
	got, err := s.Commission(context.Background(), b.caller, r)
	require.NoError(t, err)
	job := wait(t, s, b, got.Job)
	require.True(t, job.Success, "%v", job.Errors)
	assert.EqualValues(t, 1_000, got.Count)

	v := view(t, b)
	list, ok, err := v.List(got.Root)
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, "urn:uuid:"+r.Request, list.Event.EventID)
	assert.True(t, list.On(objectOf(t, gtin+"/10/L-1")))
	assert.Contains(t, string(list.Event.Body), `"cbvmda:itemExpirationDate":"2027-05-31"`)
	seen := map[string]bool{}
	require.NoError(t, b.lists.Names(got.Root, func(name string) error {
		id, err := gs1.Parse(name)
		require.NoError(t, err)
		assert.Len(t, id.Serial(), capture.SerialLength)
		assert.Equal(t, "09521202001011", id.GTIN())
		assert.Empty(t, strings.Trim(id.Serial(), "34679CDFGHJKMNPQRTVWXY"))
		seen[name] = true
		return nil
	}))
	assert.Len(t, seen, 1_000)

	t.Run("the same request makes nothing new", func(t *testing.T) {
		again, err := s.Commission(context.Background(), b.caller, r)
		require.NoError(t, err)
		assert.True(t, again.Again)
		assert.Equal(t, got.Root, again.Root)
		assert.Empty(t, again.Job)
		heads, err := b.lists.Heads()
		require.NoError(t, err)
		assert.Len(t, heads, 1)
	})
	t.Run("the same request of something else is refused", func(t *testing.T) {
		for field, change := range map[string]func(*capture.Commissioning){
			"count": func(r *capture.Commissioning) { r.Count = 999 }, "lot": func(r *capture.Commissioning) { r.Lot = "L-2" }} {
			other := r
			change(&other)
			_, err := s.Commission(context.Background(), b.caller, other)
			var p *capture.Problem
			require.ErrorAs(t, err, &p, field)
			assert.Equal(t, http.StatusConflict, p.Status, field)
			assert.Equal(t, "/"+field, p.Errors[0].Pointer)
		}
	})
}

// A node that was killed between the list and the job goes on with the serials it had drawn.
func TestCommissioningGoesOnWithTheListOfAnEarlierTry(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	r := request(nil)
	left := map[string]common.Hash{}
	for name, n := range map[string]int{"the same": r.Count, "of another count": 7} {
		l, err := lists.NewBuilder()
		require.NoError(t, err)
		for i := range n {
			unit := fmt.Sprint(gtin, "/21/S", i)
			require.NoError(t, l.Add(unit, objectOf(t, unit).Key()))
		}
		list, err := l.Finish()
		require.NoError(t, err)
		require.NoError(t, b.lists.Put(list, lists.Head{Party: b.caller.Party, Event: "urn:uuid:" + r.Request}, lists.ObjectKey, nil))
		left[name] = common.Hash(list.Root)
	}
	_, err := s.Making(b.caller.Party, r.Request)
	require.ErrorContains(t, err, "nothing was made")

	got, err := s.Commission(context.Background(), b.caller, r)
	require.NoError(t, err)
	assert.Equal(t, left["the same"], got.Root)
	job := wait(t, s, b, got.Job)
	require.True(t, job.Success, "%v", job.Errors)
	again, err := s.Commission(context.Background(), b.caller, r)
	require.NoError(t, err)
	assert.True(t, again.Again)
	assert.Equal(t, got.Root, again.Root, "not the other that was left over")
	far, err := s.Making(b.caller.Party, r.Request)
	require.NoError(t, err)
	assert.Equal(t, capture.Making{Made: r.Count, Count: r.Count, Final: true}, far)
}

func TestTheSameRequestManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{Linger: time.Millisecond})
	defer func() { require.NoError(t, s.Close()) }()
	var all sync.WaitGroup
	got := make([]*capture.Commissioned, 8)
	for i := range got {
		all.Go(func() {
			var err error
			got[i], err = s.Commission(context.Background(), b.caller, request(nil))
			assert.NoError(t, err)
		})
	}
	all.Wait()
	fresh := 0
	for _, g := range got {
		require.NotNil(t, g)
		assert.Equal(t, got[0].Root, g.Root)
		if !g.Again {
			fresh++
			wait(t, s, b, g.Job)
		}
	}
	assert.Equal(t, 1, fresh)
	heads, err := b.lists.Heads()
	require.NoError(t, err)
	assert.Len(t, heads, 1)
}

func TestCommissioningIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change        func(*capture.Commissioning)
		pointer, want string
		refuse        bool
		status        int
	}{
		"check digit":  {func(r *capture.Commissioning) { r.GTIN = "09521202001012" }, "/gtin", "check digit 2, expected 1", false, 400},
		"not a GTIN":   {func(r *capture.Commissioning) { r.GTIN = "../21/x" }, "/gtin", "", false, 400},
		"no lot":       {func(r *capture.Commissioning) { r.Lot = "" }, "/lot", "must be given", false, 400},
		"lot too long": {func(r *capture.Commissioning) { r.Lot = strings.Repeat("L", 21) }, "/lot", "20 characters", false, 400},
		"lot in hanzi": {func(r *capture.Commissioning) { r.Lot = "批次" }, "/lot", "set 82", false, 400},
		"none":         {func(r *capture.Commissioning) { r.Count = 0 }, "/count", "1 or more", false, 400},
		"too many":     {func(r *capture.Commissioning) { r.Count = lists.Max + 1 }, "/count", "at most", false, 400},
		"request":      {func(r *capture.Commissioning) { r.Request = "7" }, "/request", "UUID", false, 400},
		"expiry":       {func(r *capture.Commissioning) { r.Expiry = "31.5.2027" }, "/expiry", "YYYY-MM-DD", false, 400},
		"offset":       {func(r *capture.Commissioning) { r.Offset = "Z" }, "/offset", "", false, 400},
		"location":     {func(r *capture.Commissioning) { r.Location = "here" }, "/location", "", false, 400},
		"no licence":   {nil, "/gtin", "licence", true, 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			if c.refuse {
				b.ledger.Refuse = func(common.Address, index.Call) []byte { return notAuthorized(t, 0) }
			}
			s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{})
			defer func() { require.NoError(t, s.Close()) }()
			_, err := s.Commission(context.Background(), b.caller, request(c.change))
			var p *capture.Problem
			require.ErrorAs(t, err, &p)
			assert.Equal(t, c.status, p.Status)
			require.NotEmpty(t, p.Errors)
			assert.Equal(t, c.pointer, p.Errors[0].Pointer)
			assert.Contains(t, p.Errors[0].Message, c.want)
			assert.NotContains(t, p.Error()+p.Errors[0].Message, "Suyuan-Lane", "units can't be made as an observation")
			heads, err := b.lists.Heads()
			require.NoError(t, err)
			assert.Empty(t, heads)
		})
	}
}
