package index

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Role says what an identifier is to an event; a set of bits, because one identifier may be named twice.
type Role uint8

// Roles. RoleQuantity goes with another one where the identifier is a class or lot with an amount: membership of a
// unit is possible then, not certain.
const (
	RoleObject Role = 1 << iota
	RoleQuantity
	RoleParent
	RoleChild
	RoleInput
	RoleOutput
)

var roleBits = map[epcis.Role]Role{
	epcis.RoleObject:      RoleObject,
	epcis.RoleClass:       RoleObject | RoleQuantity,
	epcis.RoleParent:      RoleParent,
	epcis.RoleChild:       RoleChild,
	epcis.RoleChildClass:  RoleChild | RoleQuantity,
	epcis.RoleInput:       RoleInput,
	epcis.RoleInputClass:  RoleInput | RoleQuantity,
	epcis.RoleOutput:      RoleOutput,
	epcis.RoleOutputClass: RoleOutput | RoleQuantity,
}

// Mention is one identifier named by an event.
type Mention struct {
	Name string // canonical
	Role Role

	id    gs1.ID
	plain Object // what it is on the ledger where the key alone decides; zero for others and for places
}

// Facts are what the index needs to know of an event.
type Facts struct {
	EventID        string // as sent
	Hash           common.Hash
	Millis         int64 // event time
	Type           string
	Action         string
	BizStep        string // bare CBV word or URI
	Disposition    string // the same
	ReadPoint      string // canonical, "" if not sent
	BizLocation    string // the same
	Transformation string // transformationID
	Lot            string // lot number in the master data of what the event brings into being
	Mentions       []Mention
	List           *epcis.ListRef // nil if the event names all it is about
}

func (f *Facts) hasChildren() bool {
	for _, m := range f.Mentions {
		if m.Role&RoleChild != 0 {
			return true
		}
	}
	return false
}

// LotsOfUnits are the keys of the lots that the event gives, in its master data, to the units it puts out, each once: of a
// record those that it may give, see Record.LotsOfUnits.
func (f *Facts) LotsOfUnits() []common.Hash {
	var r Record
	r.Lot = f.lotHash()
	for i := range f.Mentions {
		r.Objects, r.Roles = append(r.Objects, f.Mentions[i].plain), append(r.Roles, byte(f.Mentions[i].Role))
	}
	return r.LotsOfUnits()
}

// lotHash is the hash of the lot number; nil if there is none.
func (f *Facts) lotHash() []byte {
	if f.Lot == "" {
		return nil
	}
	h := format.Keccak([]byte(f.Lot))
	return h[:]
}

// ReadFacts reads a canonical body. It is version 1 of the rule that decides which bodies are events; another rule
// needs another Version of the index.
func ReadFacts(body []byte) (Facts, error) {
	e, err := epcis.ParseBody(body)
	if err != nil {
		return Facts{}, fmt.Errorf("read the body: %w", err)
	}
	return factsOf(e), nil
}

func factsOf(e *epcis.Event) Facts {
	f := Facts{
		EventID: e.EventID, Hash: DigestOf(e.HashID()), Millis: Millis(e.EventTime), Type: e.Type, Action: e.Action, BizStep: e.BizStep,
		Disposition: e.Disposition, ReadPoint: e.ReadPoint.String(), BizLocation: e.BizLocation.String(),
		Transformation: e.TransformationID,
	}
	if ref, ok := e.List(); ok {
		f.List = &ref
	}
	if e.Type == epcis.TransformationEvent || e.Type == epcis.ObjectEvent && e.Action == epcis.ActionAdd {
		f.Lot = e.Lookup("lotNumber").Text()
	}
	touched := e.Objects()
	f.Mentions = make([]Mention, len(touched))
	for i, t := range touched {
		m := Mention{Name: t.ID.String(), Role: roleBits[t.Role], id: t.ID}
		if o, err := t.ID.Object(""); err == nil {
			m.plain = objectOf(o)
		}
		f.Mentions[i] = m
	}
	return f
}

var errHashID = errors.New("not an event hash ID")

// hashOf reads the digest out of a GS1 event hash ID.
func hashOf(id string) (h common.Hash, err error) {
	rest, ok := strings.CutPrefix(id, "ni:///sha-256;")
	text, _, _ := strings.Cut(rest, "?")
	if !ok || len(text) != 64 {
		return h, fmt.Errorf("%q: %w", id, errHashID)
	}
	if _, err := hex.Decode(h[:], []byte(text)); err != nil {
		return h, fmt.Errorf("%q: %w", id, errHashID)
	}
	return h, nil
}

// DigestOf is the digest in a GS1 event hash ID; zero if it isn't one.
func DigestOf(id string) common.Hash {
	h, _ := hashOf(id)
	return h
}

// among finds which of a record's objects an identifier is. The register isn't needed: where a company prefix or
// namespace stands in the object itself, it is tried. ok is false if the call data doesn't name the identifier.
func (m *Mention) among(objects []Object) (i int, ok bool) {
	id := m.id
	for i, o := range objects {
		switch kind := format.Kind(o.Kind); kind {
		case format.KindGIAI, format.KindCPID:
			prefix := strings.TrimRight(string(o.Primary[:]), "\x00")
			if under(id, prefix, o) {
				return i, true
			}
		case format.KindURI:
			if !id.IsURI() {
				continue
			}
			for n := 0; n <= len(id.Value()); n++ {
				if format.Keccak([]byte(id.Value()[:n])) == o.Primary && under(id, id.Value()[:n], o) {
					return i, true
				}
			}
		default:
			if m.plain == o {
				return i, true
			}
		}
	}
	return 0, false
}

func under(id gs1.ID, licence string, o Object) bool {
	got, err := id.Object(licence)
	return err == nil && objectOf(got) == o
}

func objectOf(o format.Object) Object {
	return Object{Kind: uint8(o.Kind), Primary: o.Primary, Suffix: o.Suffix}
}

// NewObject is the object of the formats as it stands in call data.
func NewObject(o format.Object) Object { return objectOf(o) }

// Master is what one party declared of one thing.
type Master struct {
	ID         string // canonical name, or as sent where it is no identifier we know
	Vocabulary string // last part of the vocabulary's URI: EPCClass, Location, Party, ...
	Attributes []MasterAttribute
}

// MasterAttribute is one declared fact. Language is empty where none was given.
type MasterAttribute struct {
	Name     string // as sent
	Language string
	Text     string
}

// Local is the last part of the attribute's name.
func (a MasterAttribute) Local() string { return local(a.Name) }

func local(uri string) string {
	return uri[strings.LastIndexAny(uri, ":/#")+1:]
}

// readMaster reads a master data body.
func readMaster(body []byte) ([]Master, error) {
	md, err := epcis.ParseMasterData(body)
	if err != nil {
		return nil, fmt.Errorf("read the master data: %w", err)
	}
	var out []Master
	for _, v := range md.Vocabularies {
		for _, e := range v.Elements {
			m := Master{ID: masterID(e.ID), Vocabulary: local(v.Type)}
			for _, a := range e.Attributes {
				m.Attributes = append(m.Attributes, masterAttributes(a)...)
			}
			out = append(out, m)
		}
	}
	return out, nil
}

// masterAttributes reads a value: plain, with a language, or a list of either. Deeper structures are left to the body.
func masterAttributes(a epcis.ElementAttribute) []MasterAttribute {
	values := []*epcis.Value{a.Value}
	if a.Value.Kind() == epcis.Array {
		values = a.Value.Items()
	}
	var out []MasterAttribute
	for _, v := range values {
		m := MasterAttribute{Name: a.ID, Text: v.Text()}
		if v.Kind() == epcis.Object {
			m.Language, m.Text = v.Get("@language").Text(), v.Get("@value").Text()
		}
		if m.Text != "" {
			out = append(out, m)
		}
	}
	return out
}

// masterID is the name under which declarations of a thing are found. Patterns of a class (urn:epc:idpat) are the
// class; a lot keeps its lot.
func masterID(id string) string {
	if parsed, err := gs1.Parse(id); err == nil {
		return parsed.String()
	}
	return id
}
