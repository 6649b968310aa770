package trace

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Sealed is what a story says of a sealed event beside what the ledger says of every record.
type Sealed struct {
	Policy string `json:"policy"` // chain or private
	// Fields is the number of fields of the body, Withheld of those that aren't shown to the reader.
	Fields   int `json:"fields"`
	Withheld int `json:"withheld"`
	// Disclosed are the fields that its party shows to everybody, as far as this node has them.
	Disclosed []DisclosedField `json:"disclosed"`
	// Opened says that the reader is entitled to the body: the step is told as if the event were open.
	Opened bool `json:"opened,omitempty"`
}

// DisclosedField is one field of a sealed event: RFC 6901 pointer, and value as JSON.
type DisclosedField struct {
	Pointer string          `json:"pointer"`
	Value   json.RawMessage `json:"value"`
}

// Opener opens sealed events for one asker: those that it may see, where this node has them. A nil one opens none.
type Opener struct {
	Who   string // whom it is for: those of the same name see the same
	Vault *vault.Store
	May   func(v *index.View, rec *index.Record, stub *epcis.Stub) (bool, error)
}

// Open puts the body into the record of a sealed event, if the asker may see it and it is here.
func (o *Opener) Open(v *index.View, rec *index.Record) (opened bool, err error) {
	if o == nil || o.Vault == nil {
		return false, nil
	}
	stub, ok := rec.Sealed()
	if !ok {
		return false, nil
	}
	if may, err := o.May(v, rec, &stub); err != nil || !may {
		return false, err
	}
	kept, err := o.Vault.Get(vault.Ref{Commitment: rec.Commitment, Party: rec.Party})
	if errors.Is(err, vault.ErrUnknown) || errors.Is(err, vault.ErrErased) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	body, err := kept.Body()
	if err != nil || rec.Open(body) != nil {
		return false, nil //nolint:nilerr // not the body of an event: as good as none
	}
	return true, nil
}

// WithVault lets stories tell what is disclosed of sealed events, and open them to those entitled.
func (t *Teller) WithVault(s *vault.Store) *Teller {
	t.vault = s
	return t
}

// opened is a sealed record as the story's reader may see it.
type opened struct {
	rec    index.Record
	stub   epcis.Stub
	sealed *Sealed
	shown  map[string]string // texts of what is disclosed, by pointer
}

// unseal reads a sealed record once; nil for an open one.
func (s *telling) unseal(rec *index.Record) (*opened, error) {
	if known, ok := s.unsealed[rec.Seq]; ok {
		*rec = known.rec
		return known, nil
	}
	stub, ok := rec.Sealed()
	if !ok || !rec.Matches() {
		return nil, nil
	}
	o := &opened{stub: stub, sealed: &Sealed{Policy: stub.Policy, Fields: int(stub.Count), Disclosed: []DisclosedField{}}, shown: map[string]string{}}
	shown, err := s.vault.Shown(vault.Ref{Commitment: rec.Commitment, Party: rec.Party})
	if err != nil {
		return nil, err
	}
	for _, f := range shown {
		o.sealed.Disclosed = append(o.sealed.Disclosed, DisclosedField{f.Pointer, f.Value})
		var text string
		if json.Unmarshal(f.Value, &text) == nil {
			o.shown[f.Pointer] = text
		}
	}
	if o.sealed.Opened, err = s.opts.Opener.Open(s.view, rec); err != nil {
		return nil, err
	}
	if o.sealed.Opened {
		if err := s.mention(rec); err != nil {
			return nil, err
		}
	} else {
		o.sealed.Withheld = o.sealed.Fields - len(o.sealed.Disclosed)
		if t, err := time.Parse(time.RFC3339, o.shown["/eventTime"]); err == nil {
			rec.OpenKnown(t)
		}
	}
	o.rec = *rec
	s.unsealed[rec.Seq] = o
	return o, nil
}

// roleIn is what an object is to an opened event.
func roleIn(rec *index.Record, obj common.Hash) index.Role {
	for i, o := range rec.Objects {
		if o.Key() == obj {
			return rec.RoleOf(i)
		}
	}
	return 0
}

// toldElsewhere says that a sealed declaration is told with the event that it strikes out.
func (s *telling) toldElsewhere(st *step) (bool, error) {
	if st.opened == nil || !st.rec.IsError() || st.opened.stub.Of == (format.Hash{}) {
		return false, nil
	}
	_, found, err := s.view.SealedBy(st.opened.stub.Of, st.rec.Party)
	return found, err
}

// fillDisclosed writes what everybody may see of a sealed event whose body the reader doesn't get.
func (s *telling) fillDisclosed(st *step) {
	text := st.opened.shown
	st.Declaration = st.rec.IsError()
	st.Type, st.Action = text["/type"], text["/action"]
	st.BizStep = strings.TrimPrefix(text["/bizStep"], "https://ref.gs1.org/cbv/BizStep-")
	st.Disposition = strings.TrimPrefix(text["/disposition"], "https://ref.gs1.org/cbv/Disp-")
	if t, err := time.Parse(time.RFC3339, text["/eventTime"]); err == nil {
		st.LateBy = Duration(max(0, st.RecordTime.Sub(t)))
		st.Local, st.Offset = t.UTC().Format("2006-01-02T15:04:05-07:00"), text["/eventTimeZoneOffset"]
		if zone, err := time.Parse("-07:00", st.Offset); err == nil {
			st.Local = t.In(zone.Location()).Format("2006-01-02T15:04:05-07:00")
		}
	}
	for _, p := range []struct {
		pointer string
		place   **Place
	}{{"/bizLocation/id", &st.Place}, {"/readPoint/id", &st.ReadPoint}} {
		if id, err := gs1.Parse(text[p.pointer]); err == nil {
			*p.place = s.place(id, st.rec.Party)
		}
	}
	if st.Place == nil {
		st.Place = st.ReadPoint
	}
}
