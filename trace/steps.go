package trace

import (
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// finishSteps fills the steps in and puts them in the order of the journey.
func (s *telling) finishSteps() {
	ordered := s.byTime()
	for _, st := range ordered {
		s.fill(st)
	}
	for _, st := range ordered {
		if from, ok := s.corrected[st.EventID]; ok && from != st.EventID {
			st.Corrects, st.Late = from, false
		}
		if st.Corrected != nil {
			st.Late = false // struck out already
		}
		if st.opened != nil && !st.Sealed.Opened {
			s.story.Sealed++
		}
		s.story.Journey = append(s.story.Journey, st.Step)
	}
}

// fill writes the step of a record.
func (s *telling) fill(st *step) {
	rec := &st.rec
	signer, err := s.signer(rec)
	if err != nil {
		signer = Signer{Party: Party{Address: rec.Party}, Agent: rec.Agent, Key: rec.Key}
	}
	st.EventID, st.RecordTime, st.EventTime = rec.ID(), rec.RecordTime(), rec.EventTime()
	st.Signer, st.Relation, st.Via, st.Depth = signer, st.source.relation, st.source.via, st.source.depth
	st.Role, st.Damaged, st.Ledger = roleOf(st.role), rec.Damaged, recordRef(rec)
	st.Counterparts, st.Quantity, st.Sensors = []Counterpart{}, []Quantity{}, []Sensor{}
	st.Documents, st.Certifications, st.Facts = []Document{}, []string{}, []Attribute{}
	if st.Witnesses == nil {
		st.Witnesses = []Witness{}
	}
	if st.EventID == "" {
		st.EventID = rec.Seq.String()
	}
	if st.opened != nil {
		st.Sealed = st.opened.sealed
	}
	e := st.event
	if e == nil {
		st.Local = st.RecordTime.Format(time.RFC3339)
		if st.opened != nil {
			s.fillDisclosed(st)
			s.fillCorrection(st)
		}
		return
	}
	st.Hash, st.Type, st.Action = index.HashID(rec.EventHash), e.Type, e.Action
	st.BizStep, st.Disposition = e.BizStep, e.Disposition
	st.Offset = e.EventTimeZoneOffset
	st.Local = st.EventTime.In(e.Offset()).Format("2006-01-02T15:04:05-07:00")
	st.LateBy = Duration(max(0, st.RecordTime.Sub(st.EventTime)))
	st.Ahead = st.EventTime.Sub(st.RecordTime) > MaxAhead
	if seq, ok := rec.SameID(); ok {
		st.SameID = seq.String()
	}
	st.Possible = st.source.possible || st.source.relation == RelationLot && st.role&index.RoleQuantity != 0 &&
		!commissions(e, st.role)
	st.Place, st.ReadPoint = s.place(e.BizLocation, rec.Party), s.place(e.ReadPoint, rec.Party)
	if st.Place == nil {
		st.Place = st.ReadPoint
	}
	s.fillCorrection(st)
	s.fillWhat(st, e)
	s.fillWitnesses(st)
}

// fillCorrection attaches the declaration by the step's own party that the event was an error.
func (s *telling) fillCorrection(st *step) {
	decl, own := st.rec, st.rec.IsError()
	if !own {
		seq, ok, err := s.view.Correction(st.rec.Seq)
		if err != nil || !ok {
			return
		}
		if decl, err = s.view.Record(seq); err != nil {
			return
		}
	}
	sealed, err := s.unseal(&decl)
	if err != nil {
		return
	}
	if sealed != nil && !sealed.sealed.Opened {
		if signer, err := s.signer(&decl); err == nil && !own {
			st.Corrected = &Correction{Declared: decl.RecordTime(), RecordTime: decl.RecordTime(), CorrectiveEvents: []string{},
				Signer: signer, Ledger: recordRef(&decl)}
		}
		return
	}
	e, err := epcis.ParseBody(decl.Body)
	if err != nil || e.ErrorDeclaration == nil {
		return
	}
	if own && s.foreign(&decl) {
		st.Declaration = true
		return
	}
	signer, err := s.signer(&decl)
	if err != nil {
		return
	}
	st.Corrected = &Correction{
		Declared: e.ErrorDeclaration.DeclarationTime, RecordTime: decl.RecordTime(), Reason: e.ErrorDeclaration.Reason,
		CorrectiveEvents: append([]string{}, e.ErrorDeclaration.CorrectiveEventIDs...), Signer: signer,
		Ledger: recordRef(&decl),
	}
	for _, id := range e.ErrorDeclaration.CorrectiveEventIDs {
		s.corrected[id] = st.EventID
	}
}

// foreign says that another party recorded the event which this declaration calls wrong.
func (s *telling) foreign(decl *index.Record) bool {
	list, err := s.view.Records(decl.EventHash, false)
	return err == nil && len(list) > 0
}

// fillWitnesses adds the parties that recorded the same event outside of the lanes the story was told from.
func (s *telling) fillWitnesses(st *step) {
	list, err := s.view.Records(st.rec.EventHash, false)
	if err != nil || st.rec.IsError() {
		return
	}
	for _, seq := range list {
		if seq == st.rec.Seq || s.taken[seq] {
			continue
		}
		if rec, err := s.view.Record(seq); err == nil {
			_ = s.addWitness(st, rec)
		}
	}
}

// fillWhat takes over what the event says of amounts, papers, sensors and the sender's own fields.
func (s *telling) fillWhat(st *step, e *epcis.Event) {
	for _, t := range e.Objects() {
		if t.Quantity == nil {
			continue
		}
		st.Quantity = append(st.Quantity, Quantity{Class: t.ID.String(), Name: s.productName(t.ID, st.rec.Party),
			Value: t.Quantity.Quantity, UOM: t.Quantity.UOM, Role: roleOf(roleBit(t.Role))})
	}
	for i, list := range [][]epcis.SourceDest{e.Sources, e.Destinations} {
		for _, d := range list {
			st.Counterparts = append(st.Counterparts, s.counterpart([]string{"source", "destination"}[i], d, st.rec.Party))
		}
	}
	for _, b := range e.BizTransactions {
		st.Documents = append(st.Documents, Document{Type: b.Type, ID: b.ID})
	}
	st.Certifications = append(st.Certifications, e.CertificationInfo...)
	for _, el := range e.SensorElements {
		for _, r := range el.Reports {
			st.Sensors = append(st.Sensors, sensorOf(el.Metadata, r))
		}
	}
	for _, list := range [][]epcis.Field{e.ILMD, e.Extensions} {
		for _, f := range list {
			if f.IRI == epcis.ListIRI {
				continue // told by Listed, and by the amounts
			}
			st.Facts = appendFact(st.Facts, f.Local(), f.Value, s.opts.Lang)
		}
	}
}

// appendFact flattens a field: plain values as they are, a value per language in the reader's, lists joined, objects
// field by field. Depth is bounded by the parser.
func appendFact(list []Attribute, name string, v *epcis.Value, lang string) []Attribute {
	switch v.Kind() {
	case epcis.Array:
		var texts []string
		lang = bestOf(v.Items(), lang)
		for _, item := range v.Items() {
			if t := item.Text(); t != "" {
				texts = append(texts, t)
			} else {
				list = appendFact(list, name, item, lang)
			}
		}
		if len(texts) > 0 {
			list = append(list, Attribute{Name: name, Value: strings.Join(texts, ", ")})
		}
	case epcis.Object:
		if text := v.Get("@value").Text(); text != "" {
			if l := v.Get("@language").Text(); l == "" || readable(l, lang) {
				list = append(list, Attribute{Name: name, Value: text})
			}
			return list
		}
		for _, m := range v.Members() {
			list = appendFact(list, name+"."+localName(m.Name), m.Value, lang)
		}
	default:
		if t := v.Text(); t != "" {
			list = append(list, Attribute{Name: name, Value: t})
		}
	}
	return list
}

// bestOf is the language that a reader prefers among those that values are in; all that they prefer if there is none.
func bestOf(values []*epcis.Value, prefer string) string {
	best := ""
	for _, v := range values {
		if l := v.Get("@language").Text(); readable(l, prefer) && (best == "" || rank(l, prefer) < rank(best, prefer)) {
			best = l
		}
	}
	return first(best, prefer)
}

func localName(name string) string { return name[strings.LastIndexAny(name, ":/#")+1:] }

func recordRef(rec *index.Record) RecordRef {
	return RecordRef{
		Height: int64(rec.Seq.Height), Number: rec.Number, Tx: rec.Tx, Index: int(rec.Pos), Cursor: rec.Seq.String(),
		Lane: laneName(rec.Lane), Commitment: rec.Commitment, Leaf: rec.Leaf,
	}
}

func laneName(lane uint8) string {
	switch format.Lane(lane) {
	case format.Trunk:
		return "trunk"
	case format.Notice:
		return "notice"
	}
	return "notes"
}

// roleOf is the strongest of an object's roles in an event.
func roleOf(r index.Role) Role {
	switch {
	case r&index.RoleOutput != 0:
		return RoleOutput
	case r&index.RoleInput != 0:
		return RoleInput
	case r&index.RoleParent != 0:
		return RoleParent
	case r&index.RoleChild != 0:
		return RoleChild
	case r&index.RoleQuantity != 0:
		return RoleQuantity
	}
	return RoleObject
}

func roleBit(r epcis.Role) index.Role {
	switch r {
	case epcis.RoleInput, epcis.RoleInputClass:
		return index.RoleInput
	case epcis.RoleOutput, epcis.RoleOutputClass:
		return index.RoleOutput
	case epcis.RoleChild, epcis.RoleChildClass:
		return index.RoleChild
	case epcis.RoleParent:
		return index.RoleParent
	case epcis.RoleClass:
		return index.RoleObject | index.RoleQuantity
	}
	return index.RoleObject
}

// signer is who recorded something, with what the register says of them.
func (s *telling) signer(rec *index.Record) (Signer, error) {
	sg := Signer{Party: s.party(rec.Party), Agent: rec.Agent, Key: rec.Key}
	if sg.Agent == 0 && s.ledger != nil {
		agent, err := s.agent(rec.Key)
		if err != nil {
			return sg, err
		}
		sg.Agent = agent
	}
	return sg, nil
}

// zeroAddress is no party's.
var zeroAddress common.Address
