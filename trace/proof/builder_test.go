package proof_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/chain/chaintest"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/trace/proof"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// site is a real ledger with one validator, its index, and a builder of proofs.
type site struct {
	node    *chaintest.Node
	builder *proof.Builder
	trust   *verify.Trust
	vault   *vault.Store
	next    []common.Address // whom the calls of record hand over to
}

func newSite(t testing.TB) *site {
	n := chaintest.Start(t)
	x, err := index.Open(t.TempDir(), index.Chain{ID: chaintest.ChainID, Heads: contracts.HeadsAddr, Parties: contracts.PartiesAddr,
		TraceLog: contracts.TraceLogAddr}, 8<<20)
	require.NoError(t, err)
	logs, err := chain.GenesisLogs(n.Genesis())
	require.NoError(t, err)
	genesis, err := n.EVM().BlockByNumber(0)
	require.NoError(t, err)
	require.NoError(t, x.Genesis(genesis.Hash(), genesis.Time(), logs))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = x.Run(ctx, index.FeedFunc(func(ctx context.Context, from index.Cursor, fn func(index.Block) error) error {
			return n.Follow(ctx, chain.Cursor(from), func(b chain.Block) error { return fn(index.Block(b)) })
		}))
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		require.NoError(t, x.Close())
	})
	kept, err := lists.Open(t.TempDir(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	sealed, err := vault.Open(t.TempDir(), nil, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sealed.Close()) })
	s := &site{node: n, builder: proof.NewBuilder(n.Ledger, x, kept, sealed), vault: sealed}
	s.trust, err = s.builder.Trust()
	require.NoError(t, err)
	return s
}

// record appends one event for objects.
func (s *site) record(t testing.TB, key chaintest.Key, lane format.Lane, kind format.LeafKind, typ, fields string, names ...string) uint64 {
	t.Helper()
	return s.recordAll(t, key, lane, kind, []string{typ}, []string{fields}, names...)
}

func (s *site) recordAll(t testing.TB, key chaintest.Key, lane format.Lane, kind format.LeafKind, types, fields []string, names ...string) uint64 {
	t.Helper()
	call := index.Call{Lane: uint8(lane), Kind: uint8(kind), Next: s.next}
	var bodies [][]byte
	for i := range types {
		body := tracetest.Event(t, types[i], fields[i]).Body()
		bodies = append(bodies, body)
		call.Commitments = append(call.Commitments, common.Hash(format.Commitment(format.Open, sha256.Sum256(body))))
		var objects []index.Object
		for _, name := range names {
			objects = append(objects, objectNamed(name))
		}
		call.Objects = append(call.Objects, objects)
	}
	payload, err := epcis.EncodePayload(bodies)
	require.NoError(t, err)
	call.Payload = payload
	data, err := call.Pack()
	require.NoError(t, err)
	return s.node.Do(t, key, contracts.HeadsAddr, data).Number
}

// objectNamed is the object of a name, or that of a prefix's digits.
func objectNamed(name string) index.Object {
	list := verify.Candidates(name)
	if len(list) == 0 {
		o := format.Object{Kind: format.KindPrefix}
		copy(o.Primary[:], name)
		return index.NewObject(o)
	}
	return index.Object{Kind: uint8(list[0].Kind), Primary: common.Hash(list[0].Primary), Suffix: common.Hash(list[0].Suffix)}
}

// seal appends one sealed event for its objects, and answers the record that the vault would have of it.
func (s *site) seal(t testing.TB, key chaintest.Key, fields string) (vault.Record, uint64) {
	t.Helper()
	e := tracetest.Event(t, "ObjectEvent", fields)
	call, tree := tracetest.SealedCall(t, format.Trunk, format.LeafEvent, epcis.PolicyChain, e, 7, format.Hash{})
	data, err := call.Pack()
	require.NoError(t, err)
	block := s.node.Do(t, key, contracts.HeadsAddr, data).Number
	return vault.Record{Fields: tree, Head: vault.Head{Policy: epcis.PolicyChain, Disclose: []string{"/bizStep", "/type"},
		Ref: vault.Ref{Commitment: call.Commitments[0]}}}, block
}

// object builds and checks a proof that shows at least a block.
func (s *site) object(t testing.TB, id string, block uint64) (*verify.Proof, *verify.Result) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		moved := s.node.Moved()
		p, err := s.builder.Object(ctx, id)
		require.NoError(t, err)
		raw := p.Encode()
		r := verify.Verify(raw, s.trust, verify.Options{Want: id})
		require.True(t, r.OK(), "%+v", r.Failed)
		if uint64(r.Facts.Number) >= block {
			return p, r
		}
		select {
		case <-moved:
		case <-ctx.Done():
			t.Fatal("no signed header for the block")
		}
	}
}

const (
	bottle = "https://id.gs1.org/01/09521202001011/21/S1"
	crate  = "https://id.gs1.org/00/095212020000000014"
	juice  = "https://id.gs1.org/01/09521202009994/10/J1"
)

func when(minute int) string {
	return fmt.Sprintf(`"eventTime":"2026-11-01T%02d:%02d:00Z","action":`, 8+minute/60, minute%60)
}

// soon is a time after all that was recorded so far, so that a container's trunk may be shown from the last checkpoint on.
func soon() string { return time.Now().Add(2 * time.Second).UTC().Format("2006-01-02T15:04:05Z") }

// TestProofsOfALiveLedger builds proofs of a story as it grows and checks each with nothing but trust.json.
func TestProofsOfALiveLedger(t *testing.T) {
	s := newSite(t)
	key := s.node.Sandbox
	_, unknown := s.object(t, bottle, 0)
	assert.Empty(t, unknown.Facts.Events, "nobody has recorded it")

	s.record(t, key, format.Trunk, format.LeafEvent, "TransformationEvent", `"eventTime":"2026-11-01T08:00:00Z","outputEPCList":["`+bottle+`"],`+
		`"inputQuantityList":[{"epcClass":"`+juice+`","quantity":1,"uom":"LTR"}],"ilmd":{"cbvmda:lotNumber":"L1"}`, verify.Name(bottle), verify.Name(juice))
	// A crate that has been in use for long: only what came after the bottle was put in may matter.
	for batch := range 3 {
		var types, fields []string
		for i := range 50 {
			types = append(types, "ObjectEvent")
			fields = append(fields, when(batch*50+i)+`"OBSERVE","epcList":["`+crate+`"]`)
		}
		s.recordAll(t, key, format.Trunk, format.LeafEvent, types, fields, verify.Name(crate))
	}
	now := time.Now().UTC().Format("2006-01-02T15:04:05Z")
	block := s.record(t, key, format.Trunk, format.LeafEvent, "AggregationEvent", `"eventTime":"`+now+`","action":"ADD","parentID":"`+crate+
		`","childEPCs":["`+bottle+`"]`, verify.Name(crate), verify.Name(bottle))
	p, r := s.object(t, bottle, block)
	names := map[string]verify.Relation{}
	for _, o := range r.Facts.Objects {
		names[o.Name] = o.Relation
	}
	assert.Equal(t, map[string]verify.Relation{verify.Name(bottle): verify.RelationSubject, "01/09521202001011/10/L1": verify.RelationLot,
		"01/09521202001011": verify.RelationClass, verify.Name(crate): verify.RelationContainer, verify.Name(juice): verify.RelationInput}, names)
	var from verify.U64
	for _, l := range p.Lanes {
		from = max(from, l.From)
	}
	assert.EqualValues(t, 128, from, "the crate is shown from its second checkpoint on")
	assert.True(t, r.Warned("sandbox"))

	t.Run("what was recorded a moment ago is in the proof", func(t *testing.T) {
		const fresh, other = "https://id.gs1.org/01/09521202001011/21/FRESH", "https://id.gs1.org/01/09521202001011/21/OTHER"
		s.builder.Patience(time.Minute)
		defer s.builder.Patience(0)
		for n := range 3 {
			s.record(t, key, format.Trunk, format.LeafEvent, "ObjectEvent", when(500+n)+`"OBSERVE","epcList":["`+fresh+`"]`, verify.Name(fresh))
			p, err := s.builder.Object(context.Background(), fresh)
			require.NoError(t, err)
			raw := p.Encode()
			r := verify.Verify(raw, s.trust, verify.Options{Want: fresh})
			require.True(t, r.OK(), "%+v", r.Failed)
			assert.Len(t, r.Facts.Events, n+1)
			block := s.record(t, key, format.Trunk, format.LeafEvent, "ObjectEvent", when(600+n)+`"OBSERVE","epcList":["`+other+`"]`, verify.Name(other))
			_, err = s.builder.Block(context.Background(), &block)
			require.NoError(t, err, "the latest block")
		}
	})
	t.Run("a ledger that stands still is not waited for", func(t *testing.T) {
		const still = "https://id.gs1.org/01/09521202001011/21/STILL"
		s.builder.Patience(0)
		block := s.record(t, key, format.Trunk, format.LeafEvent, "ObjectEvent", when(510)+`"OBSERVE","epcList":["`+still+`"]`, verify.Name(still))
		_, r := s.object(t, still, 0) // of the header before, if that is the latest
		assert.LessOrEqual(t, len(r.Facts.Events), 1)
		_, r = s.object(t, still, block)
		assert.Len(t, r.Facts.Events, 1)
	})
	t.Run("notes count and change nothing else", func(t *testing.T) {
		party, other := s.node.Register(t, "Passer-by", 0)
		require.NotZero(t, party)
		block := s.record(t, other, format.Notes, format.LeafEvent, "ObjectEvent", when(300)+`"OBSERVE","epcList":["`+bottle+`"]`, verify.Name(bottle))
		_, noted := s.object(t, bottle, block)
		assert.EqualValues(t, 1, noted.Facts.Notes)
		assert.Equal(t, r.Facts.Events, noted.Facts.Events)
	})
	t.Run("a recall shows at once", func(t *testing.T) {
		block := s.record(t, key, format.Notice, format.LeafRecall, "ObjectEvent", when(400)+`"OBSERVE","epcList":["`+bottle+`"]`, "01/09521202001011/10/L1")
		_, recalled := s.object(t, bottle, block)
		assert.True(t, recalled.Warned("recalled"))
		require.Len(t, recalled.Facts.Recalls, 1)
		assert.Equal(t, verify.RelationLot, recalled.Facts.Recalls[0].Relation)
	})
	t.Run("a licence granted, ended and granted to another shows in the next proof", func(t *testing.T) {
		const orchard = "https://id.gs1.org/01/09521303001019/21/A1"
		holder := func(block uint64) verify.Address {
			_, r := s.object(t, orchard, block)
			require.Len(t, r.Facts.Objects[0].Licences, 1)
			return r.Facts.Objects[0].Licences[0].Holder
		}
		sandbox := holder(0)
		parties := contracts.NewParties()
		for _, name := range []string{"First orchard", "Second orchard"} {
			party, _ := s.node.Register(t, name, 0)
			block := s.node.Do(t, s.node.Operator, contracts.PartiesAddr, parties.PackGrantLicence(party, 1, "9521303", 0, 0, common.Hash{})).Number
			assert.Equal(t, verify.Address(party), holder(block))
			out, err := s.node.Call(context.Background(), contracts.PartiesAddr, parties.PackLicenceFor(2, [32]byte(verify.Candidates(verify.Name(orchard))[0].Primary)))
			require.NoError(t, err)
			id, err := parties.UnpackLicenceFor(out)
			require.NoError(t, err)
			block = s.node.Do(t, s.node.Operator, contracts.PartiesAddr, parties.PackRevokeLicence(id)).Number
			assert.Equal(t, sandbox, holder(block))
		}
	})
	t.Run("every older block by the latest", func(t *testing.T) {
		tip, err := s.node.Tip()
		require.NoError(t, err)
		for n := range tip.Header.Number.Uint64() + 1 {
			p, err := s.builder.Block(context.Background(), &n)
			require.NoError(t, err)
			raw := p.Encode()
			r := verify.Verify(raw, s.trust, verify.Options{Want: fmt.Sprint(n)})
			require.True(t, r.OK(), "block %d: %+v", n, r.Failed)
		}
	})
	t.Run("names take the room that is left", func(t *testing.T) {
		declare := func(names ...string) uint64 {
			call := index.Call{Kind: uint8(format.LeafMasterData)}
			var bodies [][]byte
			for _, name := range names {
				body := []byte(`{"type":"EPCISMasterData","vocabularyList":[{"type":"urn:epcglobal:epcis:vtype:Location","vocabularyElementList":[` +
					`{"id":"https://id.gs1.org/414/9521202000016","attributes":[{"id":"urn:epcglobal:cbv:mda#name","attribute":"` + name + `"}]}]}]}`)
				bodies = append(bodies, body)
				call.Commitments = append(call.Commitments, epcis.Commitment(body))
				call.Objects = append(call.Objects, []index.Object{index.NewObject(format.MasterDataObject(format.Address(p.Leaves[0].Party)))})
			}
			payload, err := epcis.EncodePayload(bodies)
			require.NoError(t, err)
			call.Payload = payload
			data, err := call.Pack()
			require.NoError(t, err)
			return s.node.Do(t, key, contracts.HeadsAddr, data).Number
		}
		_, named := s.object(t, bottle, declare("Mill"))
		assert.Len(t, named.Facts.Parties[0].MasterData, 1)
		var names []string
		for i := range 70 {
			names = append(names, fmt.Sprint("Press ", i))
		}
		p, named := s.object(t, bottle, declare(names...))
		require.Len(t, named.Facts.Parties[0].MasterData, 8, "the latest")
		assert.Contains(t, named.Facts.Parties[0].MasterData[7], "Press 69")
		var from verify.U64
		for _, l := range p.Lanes {
			if p.Objects[l.Object].Kind == int(format.KindMasterData) {
				from = l.From
			}
		}
		assert.EqualValues(t, 0, from, "of 71 the last 8 stand behind no checkpoint that shows them all but the first")
		const loud = "https://id.gs1.org/01/09521202001011/21/S3"
		var types, fields []string
		for i := range 8 {
			types = append(types, "ObjectEvent")
			fields = append(fields, when(i)+`"OBSERVE","epcList":["`+loud+`"],"https://example.org/noise":"`+strings.Repeat("noise ", 6000)+`"`)
		}
		_, named = s.object(t, loud, s.recordAll(t, key, format.Trunk, format.LeafEvent, types, fields, verify.Name(loud)))
		assert.Empty(t, named.Facts.Parties[0].MasterData)
	})
	t.Run("a container is shown from the hand-over on that its records hang on", func(t *testing.T) {
		const pallet, bottle = "https://id.gs1.org/00/095212020000000021", "https://id.gs1.org/01/09521202001011/21/S2"
		party, other := s.node.Register(t, "Haulier", 0)
		s.next = []common.Address{party}
		s.record(t, key, format.Trunk, format.LeafEvent, "ObjectEvent", when(0)+`"OBSERVE","epcList":["`+pallet+`"]`, verify.Name(pallet))
		s.next = nil
		var types, fields []string
		for i := range 70 {
			types = append(types, "ObjectEvent")
			fields = append(fields, when(i+1)+`"OBSERVE","epcList":["`+pallet+`"]`)
		}
		s.recordAll(t, key, format.Trunk, format.LeafEvent, types, fields, verify.Name(pallet))
		block := s.record(t, other, format.Trunk, format.LeafEvent, "AggregationEvent", `"eventTime":"`+soon()+`","action":"ADD","parentID":"`+pallet+
			`","childEPCs":["`+bottle+`"]`, verify.Name(pallet), verify.Name(bottle))
		p, _ := s.object(t, bottle, block)
		var shown *verify.Lane
		for i := range p.Lanes {
			if l := &p.Lanes[i]; p.Objects[l.Object].Name != nil && *p.Objects[l.Object].Name == verify.Name(pallet) && l.Lane == 0 {
				shown = l
			}
		}
		require.NotNil(t, shown)
		assert.Zero(t, shown.From)
		require.NotNil(t, p.Leaves[shown.Leaves[0]].Next)
		assert.Equal(t, verify.List[verify.Address]{verify.Address(party)}, *p.Leaves[shown.Leaves[0]].Next)
	})
	t.Run("a container is shown from the moment on that it was put into another one", func(t *testing.T) {
		const sscc, serial = "https://id.gs1.org/00/", "https://id.gs1.org/01/09521202001011/21/"
		for _, tt := range []struct {
			name, pallet, crate, bottle string
			leave                       bool
		}{
			{"and is still in there", sscc + "095212020000000038", sscc + "095212020000000045", serial + "S4", false},
			{"but for one that it left", sscc + "095212020000000052", sscc + "095212020000000069", serial + "S5", true},
		} {
			pallet, crate, bottle := tt.pallet, tt.crate, tt.bottle
			pack := func(action, parent, child string, second int) uint64 {
				return s.record(t, key, format.Trunk, format.LeafEvent, "AggregationEvent",
					when(second)+`"`+action+`","parentID":"`+parent+`","childEPCs":["`+child+`"]`, verify.Name(parent), verify.Name(child))
			}
			pack("ADD", pallet, crate, 0)
			if tt.leave {
				pack("DELETE", pallet, crate, 1)
			}
			var types, fields []string
			for i := range 70 {
				types = append(types, "ObjectEvent")
				fields = append(fields, when(i+2)+`"OBSERVE","epcList":["`+crate+`"]`)
			}
			s.recordAll(t, key, format.Trunk, format.LeafEvent, types, fields, verify.Name(crate))
			block := s.record(t, key, format.Trunk, format.LeafEvent, "AggregationEvent",
				`"eventTime":"`+soon()+`","action":"ADD","parentID":"`+crate+`","childEPCs":["`+bottle+`"]`, verify.Name(crate), verify.Name(bottle))
			_, r := s.object(t, bottle, block)
			var around []string
			for _, o := range r.Facts.Objects {
				if o.Relation == verify.RelationContainer {
					around = append(around, o.Name)
				}
			}
			want := []string{verify.Name(crate)}
			if !tt.leave {
				want = append(want, verify.Name(pallet))
			}
			assert.ElementsMatch(t, want, around, tt.name)
		}
	})
	t.Run("the founding parties", func(t *testing.T) {
		view, err := s.builder.Party(context.Background(), common.Address(p.Leaves[0].Party))
		require.NoError(t, err)
		raw := view.Encode()
		r := verify.Verify(raw, s.trust, verify.Options{})
		require.True(t, r.OK(), "%+v", r.Failed)
		assert.Equal(t, "Sandbox", r.Facts.Parties[0].Name)
		_, err = s.builder.Party(context.Background(), common.Address{1})
		assert.ErrorIs(t, err, proof.ErrUnknown)
	})
	t.Run("a sealed event is no hole", func(t *testing.T) {
		rec, block := s.seal(t, key, when(500)+`"OBSERVE","bizStep":"shipping","epcList":["`+bottle+`"],"ex:price":"SECRET"`)
		last := func() verify.EventFact {
			_, r := s.object(t, bottle, block)
			require.Zero(t, r.Facts.Withheld)
			for _, e := range r.Facts.Events {
				if e.Sealed != nil {
					return e
				}
			}
			t.Fatal("no sealed event")
			return verify.EventFact{}
		}
		e := last()
		assert.Empty(t, e.Sealed.Fields, "a node that doesn't have the body shows none of it")
		assert.Len(t, e.Sealed.Hashes, 1)
		rec.Party = common.Address(e.Party)
		require.NoError(t, s.vault.Put(rec))
		e = last()
		require.Len(t, e.Sealed.Fields, 2)
		assert.Equal(t, `"shipping"`, e.Sealed.Fields[0].Value)
		assert.Equal(t, len(rec.Fields), e.Sealed.Count)
		_, err := s.vault.Erase(vault.Erasure{Ref: rec.Ref, Time: 1})
		require.NoError(t, err)
		assert.Empty(t, last().Sealed.Fields, "what was erased")
	})
	t.Run("what is no identifier", func(t *testing.T) {
		_, err := s.builder.Object(context.Background(), "nothing that has a name")
		assert.ErrorIs(t, err, proof.ErrUnprovable)
	})
}

// packedSize is the size of a file as it travels.
func packedSize(t testing.TB, p *verify.Proof) (plain, packed int) {
	raw := p.Encode()
	b, err := proof.Pack(raw)
	require.NoError(t, err)
	return len(raw), len(b)
}

// BenchmarkStory measures what a proof of a story of 30 events costs the server, and its reader.
func BenchmarkStory(b *testing.B) {
	s := newSite(b)
	var types, fields []string
	for i := range 30 {
		types = append(types, "ObjectEvent")
		fields = append(fields, when(i)+`"OBSERVE","epcList":["`+bottle+`"]`)
	}
	block := s.recordAll(b, s.node.Sandbox, format.Trunk, format.LeafEvent, types, fields, verify.Name(bottle))
	p, _ := s.object(b, bottle, block)
	plain, packed := packedSize(b, p)
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			_, err := s.builder.Object(context.Background(), bottle)
			require.NoError(b, err)
		}
		b.ReportMetric(float64(plain), "bytes")
		b.ReportMetric(float64(packed), "bytes-gzip")
	})
	raw := p.Encode()
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			require.True(b, verify.Verify(raw, s.trust, verify.Options{}).OK())
		}
	})
}
