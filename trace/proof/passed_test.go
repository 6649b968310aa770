package proof_test

import (
	"context"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/chaintest"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// member is a party with a key.
type member struct {
	party common.Address
	key   chaintest.Key
}

func (s *site) member(t testing.TB, name string) member {
	party, key := s.node.Register(t, name, 0)
	return member{party, key}
}

// grant gives a party a prefix, and answers the licence's number.
func (s *site) grant(t testing.TB, to member, digits string) uint64 {
	t.Helper()
	parties := contracts.NewParties()
	s.node.Do(t, s.node.Operator, contracts.PartiesAddr, parties.PackGrantLicence(to.party, 1, digits, 0, 0, common.Hash{}))
	out, err := s.node.Call(context.Background(), contracts.PartiesAddr, parties.PackLicenceCount())
	require.NoError(t, err)
	id, err := parties.UnpackLicenceCount(out)
	require.NoError(t, err)
	return id
}

func (s *site) revoke(t testing.TB, id uint64) {
	t.Helper()
	s.node.Do(t, s.node.Operator, contracts.PartiesAddr, contracts.NewParties().PackRevokeLicence(id))
}

// later has the ledger make blocks until one is of a later second: of one second it can't be told what came first.
func (s *site) later(t testing.TB) {
	t.Helper()
	for at := s.node.Final().Time; s.node.Final().Time == at; {
		s.record(t, s.node.Sandbox, format.Notes, format.LeafEvent, "ObjectEvent", when(0)+`"OBSERVE","epcList":["`+crate+`"]`, verify.Name(crate))
	}
}

// TestPassedPrefix has prefixes pass from one holder to another on a real ledger.
func TestPassedPrefix(t *testing.T) {
	s := newSite(t)
	first, second, haulier, pressing := s.member(t, "First orchard"), s.member(t, "Second orchard"), s.member(t, "Haulier"), s.member(t, "Pressing")
	observe := func(m member, id string) uint64 {
		return s.record(t, m.key, format.Trunk, format.LeafEvent, "ObjectEvent", when(0)+`"OBSERVE","epcList":["`+id+`"]`, verify.Name(id))
	}
	notice := func(m member, kind format.LeafKind, name string) uint64 {
		return s.record(t, m.key, format.Notice, kind, "ObjectEvent", when(0)+`"OBSERVE","epcList":["`+bottle+`"]`, name)
	}
	handOver := func(m, to member, id string) {
		s.next = []common.Address{to.party}
		observe(m, id)
		s.next = nil
	}
	const apple, pear, plum = "https://id.gs1.org/01/09521303001019/21/A1", "https://id.gs1.org/01/09521404010019/21/P1", "https://id.gs1.org/01/09521505001015/21/L1"
	open := member{key: s.node.Sandbox}

	observe(open, apple)
	firsts, pears, plums := s.grant(t, first, "9521303"), s.grant(t, first, "9521404"), s.grant(t, first, "9521505")
	s.later(t)
	observe(first, apple)
	handOver(first, haulier, apple)
	s.node.Do(t, first.key, contracts.PartiesAddr, contracts.NewParties().PackSetMember(firsts, pressing.party, 1))
	observe(pressing, apple)
	notice(first, format.LeafRecall, verify.Name(apple))
	observe(first, pear)
	notice(first, format.LeafRecall, "9521404")
	block := observe(first, plum)
	p, _ := s.object(t, apple, block)
	require.Len(t, *p.Objects[0].Licences, 2, "the catch-all and the first orchard's")

	s.later(t)
	s.revoke(t, firsts)
	observe(haulier, apple)
	seconds := s.grant(t, second, "9521303")
	observe(second, apple)
	s.revoke(t, pears)
	longer := s.grant(t, second, "952140401")
	s.revoke(t, plums)
	block = notice(second, format.LeafLift, verify.Name(apple))

	t.Run("before and after", func(t *testing.T) {
		p, r := s.object(t, apple, block)
		o := r.Facts.Objects[0]
		require.Len(t, o.Licences, 3)
		assert.True(t, o.Licences[0].Sandbox)
		assert.Equal(t, verify.Address(first.party), o.Licences[1].Holder)
		require.NotNil(t, o.Licences[1].Until)
		assert.True(t, o.Licences[1].Since.Before(*o.Licences[1].Until))
		assert.Equal(t, verify.Address(second.party), o.Licences[2].Holder)
		assert.Nil(t, o.Licences[2].Until)
		assert.False(t, o.Licences[1].Until.After(o.Licences[2].Since))
		var ids []verify.U64
		for _, l := range *p.Objects[0].Licences {
			ids = append(ids, l.ID)
		}
		assert.Equal(t, []verify.U64{1, verify.U64(firsts), verify.U64(seconds)}, ids)
		var by []string
		for _, e := range r.Facts.Events {
			by = append(by, e.Name)
		}
		assert.Equal(t, []string{"Sandbox", "First orchard", "First orchard", "Pressing", "Haulier", "Second orchard", "First orchard", "Second orchard"}, by)
		require.Len(t, r.Facts.Recalls, 1)
		assert.True(t, r.Warned("sandbox"), "the first record stands by the catch-all alone")
		assert.False(t, r.Warned("unlicensed"))
	})
	t.Run("to more digits", func(t *testing.T) {
		p, r := s.object(t, pear, block)
		require.Len(t, r.Facts.Objects[0].Licences, 2)
		assert.Equal(t, verify.U64(longer), (*p.Objects[0].Licences)[1].ID)
		assert.True(t, r.Warned("recalled"), "the first orchard recalled all that began with its digits")
		require.Len(t, r.Facts.Recalls, 1)
		assert.Equal(t, "prefix 9521404", r.Facts.Recalls[0].Object)
		assert.False(t, r.Warned("sandbox"))
	})
	t.Run("to nobody, on a test network", func(t *testing.T) {
		_, r := s.object(t, plum, block)
		require.Len(t, r.Facts.Objects[0].Licences, 2)
		assert.True(t, r.Facts.Objects[0].Licences[0].Sandbox)
		assert.NotNil(t, r.Facts.Objects[0].Licences[1].Until)
		assert.True(t, r.Warned("sandbox"), "the catch-all alone holds now")
	})
	t.Run("a thing of the new holder's alone", func(t *testing.T) {
		const late = "https://id.gs1.org/01/09521303001019/21/A2"
		s.later(t)
		_, r := s.object(t, late, observe(second, late))
		require.Len(t, r.Facts.Objects[0].Licences, 1)
		assert.Equal(t, verify.Address(second.party), r.Facts.Objects[0].Licences[0].Holder)
	})
	t.Run("digits within the prefix recalled", func(t *testing.T) {
		_, r := s.object(t, apple, notice(second, format.LeafRecall, "95213030010"))
		assert.True(t, r.Warned("recalled"))
		_, r = s.object(t, "https://id.gs1.org/01/09521303002016/21/B1", 0)
		assert.False(t, r.Warned("recalled"))
	})
	t.Run("an asset that was recorded before the grant stays what it was", func(t *testing.T) {
		const pallet = "https://id.gs1.org/8004/9521606PALLET"
		observe(open, pallet)
		block := s.node.Do(t, s.node.Operator, contracts.PartiesAddr, contracts.NewParties().PackGrantLicence(first.party, 1, "9521606", 0, 0, common.Hash{})).Number
		_, r := s.object(t, pallet, block)
		assert.Len(t, r.Facts.Events, 1)
		assert.True(t, r.Warned("sandbox"))
	})
}
