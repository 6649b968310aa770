package trace

import (
	"slices"
	"sort"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Grade says what a claim rests on.
type Grade string

// Grades, strongest first.
const (
	// GradeVerified: a third party signed the record itself: its own inspection, or the certificate it issued.
	GradeVerified Grade = "verified"
	// GradeDocument: a document is named, by a party that doesn't answer for what stands in it.
	GradeDocument Grade = "document"
	// GradeSelf: words only.
	GradeSelf Grade = "self-declared"
)

// ClaimKind says what sort of paper a claim names.
type ClaimKind string

// Kinds of claim.
const (
	ClaimCertificate ClaimKind = "certificate" // certificationInfo, business transactions of type cert, certification fields
	ClaimReport      ClaimKind = "report"      // test results: business transactions of type testres
)

// Claim is a certificate or test report that events of the story name.
type Claim struct {
	Kind ClaimKind `json:"kind"`
	// ID is the document as recorded, a URI or number; empty where only words were given.
	ID string `json:"id,omitempty"`
	// Standard and Agency are what is certified and who is said to certify it, in the recorder's words.
	Standard string `json:"standard,omitempty"`
	Agency   string `json:"agency,omitempty"`
	// From and To are calendar dates of validity as recorded.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Issuer is the third party that signed for it; nil unless Grade is GradeVerified.
	Issuer *Party `json:"issuer"`
	// By is who recorded it first, at Time; Result the disposition of the goods in that record.
	By     Party     `json:"by"`
	Time   time.Time `json:"time"`
	Result string    `json:"result,omitempty"`
	// Relation and Via say what it is about, as in Step.
	Relation Relation `json:"relation"`
	Via      string   `json:"via,omitempty"`
	Grade    Grade    `json:"grade"`
	// Revoked says that whoever issued the certificate revoked it.
	Revoked bool `json:"revoked"`
	// Events are the events that name it, oldest first.
	Events []string `json:"events"`
}

// readClaims collects what the journey's events, and the certificates on the notice lanes, name. A document named
// several times is one claim, with the best of its grades.
func (s *telling) readClaims() {
	byID := make(map[string]int)
	makers := s.makers()
	for _, st := range slices.Concat(s.byTime(), s.certificates) {
		if st.event == nil || st.struck {
			continue
		}
		third := st.issued || st.event.BizStep == "inspecting" && len(st.event.BizTransactions) > 0 && s.thirdParty(st, makers)
		for _, c := range claimsOf(st, third) {
			if i, ok := byID[c.ID]; ok && c.ID != "" {
				s.story.Claims[i].merge(c)
				continue
			}
			if len(s.story.Claims) >= MaxClaims {
				s.story.Truncated = true
				return
			}
			byID[c.ID] = len(s.story.Claims)
			s.story.Claims = append(s.story.Claims, c)
		}
	}
	rank := map[Grade]int{GradeVerified: 0, GradeDocument: 1, GradeSelf: 2}
	sort.SliceStable(s.story.Claims, func(i, j int) bool {
		return rank[s.story.Claims[i].Grade] < rank[s.story.Claims[j].Grade]
	})
}

// merge adds another mention of the same document.
func (c *Claim) merge(o Claim) {
	c.Events = append(c.Events, o.Events...)
	c.Standard, c.Agency = first(c.Standard, o.Standard), first(c.Agency, o.Agency)
	c.From, c.To = first(c.From, o.From), first(c.To, o.To)
	c.Revoked = c.Revoked || o.Revoked
	if o.Grade == GradeVerified && c.Grade != GradeVerified {
		c.Grade, c.Issuer, c.Result = o.Grade, o.Issuer, o.Result
	}
}

// claimsOf are the claims of one event. third says that a third party signed it as its own finding. A party's
// certificationInfo is about itself (an accreditation, a farm's certificate), whoever it is, unless it issued it.
func claimsOf(st *step, third bool) (list []Claim) {
	e := st.event
	add := func(kind ClaimKind, id string, signed bool) *Claim {
		c := Claim{Kind: kind, ID: id, By: st.Signer.Party, Time: st.EventTime, Relation: st.Relation, Via: st.Via,
			Grade: GradeSelf, Revoked: st.revoked, Events: []string{st.EventID}}
		if kind == ClaimReport {
			c.Result = st.Disposition
		}
		switch {
		case signed:
			issuer := st.Signer.Party
			c.Grade, c.Issuer = GradeVerified, &issuer
		case id != "":
			c.Grade = GradeDocument
		}
		list = append(list, c)
		return &list[len(list)-1]
	}
	for _, id := range e.CertificationInfo {
		add(ClaimCertificate, id, st.issued)
	}
	for _, b := range e.BizTransactions {
		switch b.Type {
		case "cert":
			add(ClaimCertificate, b.ID, third)
		case "testres":
			add(ClaimReport, b.ID, third)
		}
	}
	for _, fields := range [][]epcis.Field{e.ILMD, e.Extensions} {
		for _, f := range fields {
			if n := f.Local(); n != "certification" && n != "certificationList" {
				continue
			}
			for _, v := range each(f.Value) {
				member := func(name string) string { return memberText(v, name) }
				c := add(ClaimCertificate, first(member("certificationIdentification"), member("certificationURI")), st.issued)
				c.Standard = first(member("certificationStandard"), member("certificationValue"), v.Text())
				c.Agency = member("certificationAgency")
				c.From, c.To = dateOf(member("certificationStartDate")), dateOf(member("certificationEndDate"))
			}
		}
	}
	return list
}

// each are the items of a list, or a value itself.
func each(v *epcis.Value) []*epcis.Value {
	if v.Kind() == epcis.Array {
		return v.Items()
	}
	return []*epcis.Value{v}
}

// memberText is the text of an object's member by the last part of its name.
func memberText(v *epcis.Value, name string) string {
	if v.Kind() != epcis.Object {
		return ""
	}
	for _, m := range v.Members() {
		if localName(m.Name) != name {
			continue
		}
		if t := m.Value.Text(); t != "" {
			return t
		}
		return first(m.Value.Get("@value").Text(), m.Value.Get("id").Text(), m.Value.Get("@id").Text())
	}
	return ""
}

func dateOf(text string) string {
	if len(text) > 10 {
		text = text[:10]
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return ""
	}
	return text
}

// makers are the parties that brought the things of the story into being, by Via.
func (s *telling) makers() map[string]map[common.Address]bool {
	out := make(map[string]map[common.Address]bool)
	for _, st := range s.steps {
		if st.event == nil || st.struck || !commissions(st.event, st.role) {
			continue
		}
		if out[st.source.via] == nil {
			out[st.source.via] = make(map[common.Address]bool)
		}
		out[st.source.via][st.rec.Party] = true
	}
	return out
}

// thirdParty says that a step's signer neither made the thing nor holds or held its licence, itself or by delegation.
func (s *telling) thirdParty(st *step, makers map[string]map[common.Address]bool) bool {
	via, id := st.source.via, s.id
	if via != "" {
		var err error
		if id, err = gs1.Parse(via); err != nil {
			return false
		}
	}
	if makers[via][st.rec.Party] || st.source.relation != RelationInput && makers[""][st.rec.Party] {
		return false
	}
	return s.outsider(st.rec.Party, id.String())
}

// certificatesOf takes the certificates of an object's notice lane. One revoked by its issuer stays, marked.
func (s *telling) certificatesOf(list []*step, src source) {
	for _, st := range list {
		if format.LeafKind(st.rec.Kind) != format.LeafCertificate || st.struck {
			continue
		}
		st.source = src
		for _, other := range list {
			if format.LeafKind(other.rec.Kind) == format.LeafRevocation && !other.rec.Damaged &&
				other.rec.Party == st.rec.Party && st.rec.Seq.Less(other.rec.Seq) {
				st.revoked = true
			}
		}
		s.fill(st)
		id := src.via
		if id == "" {
			id = s.id.String()
		}
		st.issued = s.outsider(st.rec.Party, id)
		s.certificates = append(s.certificates, st)
	}
}
