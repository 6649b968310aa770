package trace_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// small is a ledger of a few events, told from after every change.
type small struct {
	ledger *tracetest.Ledger
	key    map[common.Address]common.Address
}

func newSmall() *small {
	return &small{ledger: tracetest.New(), key: map[common.Address]common.Address{}}
}

func (s *small) party(name string, standing uint8) common.Address {
	party, key := s.ledger.Register(name, 0)
	s.key[party] = key
	if s.ledger.Standing == nil {
		s.ledger.Standing = map[common.Address]uint8{}
	}
	s.ledger.Standing[party] = standing
	return party
}

func (s *small) mine(by common.Address, c index.Call) {
	s.ledger.Mine(tracetest.Tx{Party: by, Key: s.key[by], Call: c})
}

func (s *small) event(t *testing.T, by common.Address, typ, fields string) {
	t.Helper()
	e, kind := tracetest.Event(t, typ, fields), format.LeafEvent
	if e.IsError() {
		kind = format.LeafErrorDecl
	}
	s.mine(by, tracetest.CallOf(t, format.Trunk, kind, e))
}

func (s *small) master(t *testing.T, by common.Address, vocabulary, id, attributes string) {
	t.Helper()
	md, err := epcis.ParseMasterData([]byte(`{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",` +
		`"type":"EPCISMasterData","vocabularyList":[{"type":"urn:epcglobal:epcis:vtype:` + vocabulary + `","vocabularyElementList":` +
		`[{"id":"` + id + `","attributes":[` + attributes + `]}]}]}`))
	require.NoError(t, err)
	payload, err := epcis.EncodePayload([][]byte{md.Body()})
	require.NoError(t, err)
	s.mine(by, index.Call{Kind: uint8(format.LeafMasterData), Payload: payload, Commitments: []common.Hash{epcis.Commitment(md.Body())},
		Objects: [][]index.Object{{index.NewObject(format.PartyObject(format.Address(by)))}}})
}

func (s *small) tell(t *testing.T, path, lang string) *trace.Story {
	t.Helper()
	x := tracetest.Open(t)
	require.NoError(t, x.Apply(s.ledger.Blocks()...))
	id, err := gs1.ParsePath(path)
	require.NoError(t, err)
	st, err := trace.NewTeller(x, s.ledger).Story(t.Context(), id, trace.Options{Lang: lang})
	require.NoError(t, err)
	return st
}

const bottling = `"eventTime":"2026-11-01T10:00:00+08:00","bizStep":"commissioning",` +
	`"inputQuantityList":[{"epcClass":"https://id.gs1.org/01/09521202009024/10/BULK","quantity":2,"uom":"LTR"}],` +
	`"outputEPCList":["https://id.gs1.org/01/09521202001011/21/ONE","https://id.gs1.org/01/09521202001011/21/TWO"],` +
	`"ilmd":{"cbvmda:lotNumber":"L1","cbvmda:itemExpirationDate":"2027-02-01"}`

func TestLotOfUnitsHasOrigins(t *testing.T) {
	t.Parallel()
	s := newSmall()
	plant := s.party("plant", 1)
	s.event(t, plant, "TransformationEvent", bottling)
	// Another run of the same lot, of other juice: it is the lot's, and not the first bottle's.
	s.event(t, plant, "TransformationEvent", `"eventTime":"2026-11-01T12:00:00+08:00","bizStep":"commissioning",`+
		`"inputQuantityList":[{"epcClass":"https://id.gs1.org/01/09521202009024/10/OTHER","quantity":2,"uom":"LTR"}],`+
		`"outputEPCList":["https://id.gs1.org/01/09521202001011/21/THREE"],"ilmd":{"cbvmda:lotNumber":"L1"}`)
	inputs := func(st *trace.Story) (lots []string) {
		for _, in := range st.Inputs {
			lots = append(lots, in.Lot)
		}
		return lots
	}
	lot := s.tell(t, "/01/09521202001011/10/L1", "en")
	assert.Equal(t, []string{"BULK", "OTHER"}, inputs(lot))
	require.Len(t, lot.Journey, 2)
	assert.Equal(t, trace.RelationUnits, lot.Journey[0].Relation)
	assert.Equal(t, "2027-02-01", lot.Identity.Expiry)
	assert.Equal(t, plant, lot.Identity.DeclaredBy.Address)
	assert.Equal(t, lot.Records, lot.Shown)
	assert.Equal(t, []string{"BULK"}, inputs(s.tell(t, "/01/09521202001011/21/ONE", "en")))
	assert.Empty(t, s.tell(t, "/01/09521202001011/10/L2", "en").Journey)
}

func TestRecallOfAPrefixReachesWhatIsUnderIt(t *testing.T) {
	t.Parallel()
	s := newSmall()
	brand, plant := s.party("brand", 3), s.party("plant", 1)
	s.event(t, plant, "TransformationEvent", bottling)
	s.event(t, plant, "AggregationEvent", `"eventTime":"2026-11-01T13:00:00+08:00","action":"ADD","bizStep":"packing",`+
		`"parentID":"https://id.gs1.org/00/095213030007301181","childEPCs":["https://id.gs1.org/01/09521202001011/21/ONE"]`)
	recall := func(digits string, kind format.LeafKind, time string) {
		e := tracetest.Event(t, "ObjectEvent", `"eventTime":"`+time+`","action":"OBSERVE","bizStep":"holding","disposition":"recalled",`+
			`"epcList":["https://id.gs1.org/01/09521202001011/21/ONE"],"ex:recallReason":"glass"`)
		c := tracetest.CallOf(t, format.Notice, kind, e)
		o, err := format.NewObject(format.KindPrefix, digits, "")
		require.NoError(t, err)
		c.Objects = [][]index.Object{{index.NewObject(o)}}
		s.mine(brand, c)
	}
	unit := "/01/09521202001011/21/ONE"
	assert.Empty(t, s.tell(t, unit, "en").Recalls)

	recall("9521999", format.LeafRecall, "2026-11-02T09:00:00+08:00")
	assert.Empty(t, s.tell(t, unit, "en").Recalls, "another company's")

	recall("9521202", format.LeafRecall, "2026-11-02T10:00:00+08:00")
	st := s.tell(t, unit, "en")
	require.Len(t, st.Recalls, 1)
	assert.Equal(t, trace.UnitRecalled, st.Unit.State)
	assert.Equal(t, trace.RelationPrefix, st.Recalls[0].Level)
	assert.Equal(t, "9521202", st.Recalls[0].Scope)
	assert.Equal(t, "glass", st.Recalls[0].Reason)
	assert.True(t, st.Inputs[0].Recalled, "the juice is under the same prefix")

	recall("9521202", format.LeafLift, "2026-11-03T10:00:00+08:00")
	assert.NotEqual(t, trace.UnitRecalled, s.tell(t, unit, "en").Unit.State)

	recall("9521303", format.LeafRecall, "2026-11-04T10:00:00+08:00")
	assert.Len(t, s.tell(t, unit, "en").Recalls, 1, "its pallet's prefix is not its own")

	recall("9521202001011", format.LeafRecall, "2026-11-05T10:00:00+08:00")
	assert.Len(t, s.tell(t, unit, "en").Recalls, 2, "all digits that a proof looks for")
}

func TestClaimsAreGraded(t *testing.T) {
	t.Parallel()
	s := newSmall()
	brand, plant, lab, agency := s.party("brand", 3), s.party("plant", 1), s.party("lab", 1), s.party("agency", 0)
	s.event(t, plant, "TransformationEvent", bottling+`,"certificationInfo":"https://plant.example/fssc"`)
	inspect := func(by common.Address, hour, report string) {
		s.event(t, by, "ObjectEvent", `"eventTime":"2026-11-02T`+hour+`:00:00+08:00","action":"OBSERVE","bizStep":"inspecting",`+
			`"disposition":"conformant","epcList":["https://id.gs1.org/01/09521202001011/21/ONE"],`+
			`"bizTransactionList":[{"type":"testres","bizTransaction":"`+report+`"}],"certificationInfo":"https://lab.example/iso17025"`)
	}
	inspect(plant, "08", "https://plant.example/own-test")
	inspect(brand, "09", "https://lab.example/r1") // the brand cites it first; it is the lab's signature that counts
	inspect(lab, "10", "https://lab.example/r1")
	s.event(t, brand, "ObjectEvent", `"eventTime":"2026-11-03T08:00:00+08:00","action":"OBSERVE","bizStep":"accepting",`+
		`"epcList":["https://id.gs1.org/01/09521202001011/21/ONE"],"ex:certification":[{"ex:certificationStandard":"Organic",`+
		`"ex:certificationAgency":"Green Seal","ex:certificationEndDate":"2027-01-31"}]`)
	certify := func(kind format.LeafKind, hour string) {
		e := tracetest.Event(t, "ObjectEvent", `"eventTime":"2026-11-04T`+hour+`:00:00+08:00","action":"OBSERVE","bizStep":"inspecting",`+
			`"epcList":["https://id.gs1.org/01/09521202001011/21/ONE"],"certificationInfo":"https://agency.example/organic/7"`)
		s.mine(agency, tracetest.CallOf(t, format.Notice, kind, e))
	}
	certify(format.LeafCertificate, "08")

	grades := func() (out map[string]trace.Claim) {
		out = map[string]trace.Claim{}
		for _, c := range s.tell(t, "/01/09521202001011/21/ONE", "en").Claims {
			out[c.ID] = c
		}
		return out
	}
	got := grades()
	for id, want := range map[string]trace.Grade{
		"https://plant.example/fssc": trace.GradeDocument, "https://plant.example/own-test": trace.GradeDocument,
		"https://lab.example/r1": trace.GradeVerified, "https://lab.example/iso17025": trace.GradeDocument,
		"": trace.GradeSelf, "https://agency.example/organic/7": trace.GradeVerified,
	} {
		require.Contains(t, got, id)
		assert.Equal(t, want, got[id].Grade, id)
	}
	assert.Len(t, got, 6)
	assert.Equal(t, "lab", got["https://lab.example/r1"].Issuer.Name)
	assert.Len(t, got["https://lab.example/r1"].Events, 2)
	assert.Equal(t, "conformant", got["https://lab.example/r1"].Result)
	words := got[""]
	assert.Equal(t, []string{"Organic", "Green Seal", "2027-01-31"}, []string{words.Standard, words.Agency, words.To})
	assert.False(t, got["https://agency.example/organic/7"].Revoked)

	certify(format.LeafRevocation, "09")
	assert.True(t, grades()["https://agency.example/organic/7"].Revoked)

	// A former holder of the prefix isn't a third party, even if it recorded nothing else of the thing.
	licence := contracts.Licence{Holder: lab, Kind: 1, Length: 7, ValidFrom: 1, Text: "9521202"}
	copy(licence.Primary[:], licence.Text)
	s.ledger.Mine(tracetest.Tx{Party: lab, Key: s.key[lab], Licence: &licence})
	licence.RevokedAt = 2
	s.ledger.Mine(tracetest.Tx{Party: lab, Key: s.key[lab], Licence: &licence})
	assert.Equal(t, trace.GradeDocument, grades()["https://lab.example/r1"].Grade)
	assert.Equal(t, trace.GradeVerified, grades()["https://agency.example/organic/7"].Grade)
}

func TestTemplateIsTheHoldersWord(t *testing.T) {
	t.Parallel()
	s := newSmall()
	brand, plant, stranger := s.party("brand", 3), s.party("plant", 1), s.party("stranger", 0)
	s.event(t, plant, "TransformationEvent", bottling)
	s.event(t, plant, "ObjectEvent", `"eventTime":"2026-11-02T08:00:00+08:00","action":"OBSERVE","bizStep":"storing",`+
		`"epcList":["https://id.gs1.org/01/09521202001011/21/ONE"]`)
	step := func(text string) string {
		return `{"id":"` + trace.ExpectedStep + `","attribute":"` + text + `"}`
	}
	unit := "/01/09521202001011/21/ONE"
	class := "https://id.gs1.org/01/09521202001011"
	s.master(t, stranger, "EPCClass", class, step("destroying"))
	assert.Nil(t, s.tell(t, unit, "en").Expected, "nobody else sets the bar")
	s.master(t, brand, "EPCClass", class, step("commissioning")+","+step("holding|storing")+","+step("storing Temperature")+","+
		step("input/inspecting")+","+step("a||b")+","+step(" "))
	x := s.tell(t, unit, "en").Expected
	require.NotNil(t, x)
	assert.Equal(t, "brand", x.DeclaredBy.Name)
	require.Len(t, x.Steps, 4, "what isn't well written is left out")
	var met []int
	for _, e := range x.Steps {
		met = append(met, len(e.Events))
	}
	assert.Equal(t, []int{1, 1, 0, 0}, met)
	assert.Nil(t, s.tell(t, "/01/09521202001011", "en").Expected, "a class has no journey")
	for _, a := range s.tell(t, unit, "en").Identity.Attributes {
		assert.NotEqual(t, "expectedStep", a.Name)
	}
}

// A name in the reader's language is taken where its declarer may be believed: the one who was there, or the holder.
func TestNamesInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := newSmall()
	plant, holder, stranger := s.party("plant", 1), s.party("holder", 3), s.party("stranger", 0)
	place := "https://id.gs1.org/414/9521303000012"
	s.event(t, plant, "ObjectEvent", `"eventTime":"2026-11-02T08:00:00+08:00","action":"ADD","bizStep":"commissioning",`+
		`"epcList":["https://id.gs1.org/01/09521202001011/21/ONE"],"bizLocation":{"id":"`+place+`"}`)
	name := func(text, lang string) string {
		return `{"id":"urn:epcglobal:cbv:mda#name","attribute":{"@language":"` + lang + `","@value":"` + text + `"}}`
	}
	told := func(lang string) string {
		return s.tell(t, "/01/09521202001011/21/ONE", lang).Journey[0].Place.Name.Text
	}
	s.master(t, plant, "Location", place, name("Works", "en"))
	assert.Equal(t, "Works", told("zh"), "better than none")
	s.master(t, stranger, "Location", place, name("毒厂", "zh"))
	assert.Equal(t, "Works", told("zh"), "not a stranger's")
	s.master(t, holder, "Location", place, name("工厂", "zh"))
	assert.Equal(t, "工厂", told("zh"))
	assert.Equal(t, "Works", told("en"))
	assert.Equal(t, "工厂", told("fr,zh,en"), "the best of the languages there is one in")
	assert.Equal(t, "Works", told("fr,en,zh"))
	assert.Equal(t, "Works", told("fr"), "better than none")
	s.master(t, plant, "ReadPoint", place, name("灌装厂", "zh-Hans"))
	assert.Equal(t, "灌装厂", told("zh"), "the one who was there, in another vocabulary")
}

// TestWhoMayLift has a lift end its own party's recalls and those of no authority; an authority's ends all.
func TestWhoMayLift(t *testing.T) {
	t.Parallel()
	const unit = "/01/09521202001011/21/ONE"
	for name, tt := range map[string]struct {
		recall, lift string
		stands       bool
	}{
		"the brand's own":                                    {"brand", "brand", false},
		"the brand's, by who took its prefix over":           {"brand", "buyer", false},
		"the brand's, by an authority":                       {"brand", "agency", false},
		"an authority's own":                                 {"agency", "agency", false},
		"an authority's, by another":                         {"agency", "customs", false},
		"an authority's, by the brand":                       {"agency", "brand", true},
		"an authority's, by an authority on certificates":    {"agency", "lab", true},
		"one's that is an authority no more, by the brand":   {"former", "brand", true},
		"the brand's, by one that became an authority since": {"brand", "later", false},
		"an authority's, by who became an authority since":   {"agency", "later", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSmall()
			by := map[string]common.Address{}
			authority := func(name string, scope contracts.Scope) {
				if by[name] == (common.Address{}) {
					by[name] = s.party(name, 3)
				}
				s.ledger.Mine(tracetest.Tx{Party: by[name], Key: s.key[by[name]], Record: &contracts.Party{Since: 1, Authority: uint32(scope)}})
			}
			for name, scope := range map[string]contracts.Scope{"brand": 0, "buyer": 0, "agency": contracts.ScopeRecall, "customs": contracts.ScopeRecall,
				"lab": contracts.ScopeCertify, "former": contracts.ScopeRecall, "later": 0} {
				authority(name, scope)
			}
			notice := func(by common.Address, kind format.LeafKind, minute string) {
				s.mine(by, tracetest.CallOf(t, format.Notice, kind, tracetest.Event(t, "ObjectEvent", `"eventTime":"2026-11-02T09:`+minute+`:00+08:00","action":"OBSERVE",`+
					`"epcList":["https://id.gs1.org`+unit+`"]`)))
			}
			notice(by[tt.recall], format.LeafRecall, "00")
			authority("former", 0)
			notice(by[tt.lift], format.LeafLift, "10")
			authority("later", contracts.ScopeRecall)
			st := s.tell(t, unit, "en")
			require.Len(t, st.Recalls, 1)
			assert.Equal(t, tt.stands, st.Recalls[0].Active)
			assert.Equal(t, tt.stands, st.Recalls[0].Lift == nil)
			assert.Equal(t, tt.stands, st.Unit.State == trace.UnitRecalled)
		})
	}
}
