package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Limits of one event.
const (
	MaxObjects   = 256 // objects one leaf may have (Policy)
	MaxReceivers = 8   // parties one call hands over to (Policy)
	// MaxBody is the size of one canonical body in bytes.
	MaxBody = 4 << 20
)

// item is one leaf to be: an event, or the document's master data.
type item struct {
	Event   uint64 // place in the document counted from 1, 0 for master data
	Body    []byte
	Hash    common.Hash
	EventID string // as the event is found later
	Lane    uint8
	Kind    uint8
	Objects []index.Object
	Names   []string // of the objects, for error messages
	Next    []common.Address

	// Unit numbers what is recorded together or not at all, from 1; 0 stands alone.
	Unit uint32 `rlp:"optional"`
	// Staged says that the unit is staged and takes effect with a seal.
	Staged bool `rlp:"optional"`
	// List is the root of the list that stands for the things of the event, and of the list leaf beside it. Of is the
	// event's place for a list leaf, which has none of its own.
	List common.Hash `rlp:"optional"`
	Of   uint64      `rlp:"optional"`

	committed common.Hash   // see commitment
	sealed    *vault.Record // of a sealed event, until it is in the vault; Body is the stub then
}

// group is what must be equal for two items to share a transaction.
type group struct {
	key        common.Address
	lane, kind uint8
	next       string
}

func (it *item) group(key common.Address) group {
	var next bytes.Buffer
	for _, a := range it.Next {
		next.Write(a[:])
	}
	return group{key: key, lane: it.Lane, kind: it.Kind, next: next.String()}
}

// planner turns a document into items for one caller.
type planner struct {
	ctx      context.Context
	ledger   trace.Ledger
	index    *index.Projection
	caller   Caller
	mode     Mode
	limits   Config
	service  *Service
	parties  map[uint64]common.Address
	licences map[string]string

	sealing     Sealing
	sealingSaid bool // by the sender, not by a default
	sealAsked   bool // whether the caller may seal here
	sealRefused error
}

func (s *Service) newPlanner(ctx context.Context, c Caller, mode Mode) *planner {
	p := &planner{ctx: ctx, ledger: s.ledger, caller: c, mode: mode, limits: s.cfg, service: s,
		parties: make(map[uint64]common.Address), licences: make(map[string]string)}
	p.sealing, p.sealingSaid = s.sealing(c, mode)
	return p
}

// plan answers the items of a document, and what is wrong with its events: a *Problem with every fault where the document
// is taken as a whole.
func (p *planner) plan(doc *epcis.Document) (items []item, faulty []*Problem, err error) {
	var faults []epcis.Fault
	bad := func(i int, list []epcis.Fault) {
		faults = append(faults, list...)
		if len(list) > 0 && p.mode.Proceed {
			faulty = append(faulty, Invalid(&epcis.Invalid{Faults: list}))
		}
	}
	for _, i := range slices.Sorted(maps.Keys(doc.Faulty)) {
		bad(i, doc.Faulty[i])
	}
	// Names go to the party's own object of master data whatever lane the events go to.
	if md := doc.MasterData; md != nil && len(md.Vocabularies) > 0 {
		if p.sealingSaid && p.sealing.Policy != epcis.PolicyPublic {
			bad(-1, []epcis.Fault{faultAt(-1, epcis.RuleSealing, quote(p.sealing.Policy),
				"master data is for everybody: send it in a document of its own")})
		}
		items = append(items, p.masterData(md))
	}
	seen := make(map[string]bool)
	now := time.Now()
	named := make(map[string]int) // event ID: which of the events has it
	for i, e := range doc.Events {
		place := placeOf(doc, i)
		own, fs, err := p.event(place, e)
		if err != nil {
			return nil, nil, err
		}
		if first, taken := named[e.EventID]; taken && e.EventID != "" && !e.IsError() && doc.Events[first].HashID() != e.HashID() {
			fs = append(fs, eventIDFault(place, e.EventID, fmt.Sprintf("is the eventID of another event of this document, "+
				"/epcisBody/eventList/%d; each event has one of its own", placeOf(doc, first))))
		} else if !e.IsError() {
			named[e.EventID] = i
		}
		fs = append(fs, ahead(place, e, now)...)
		bad(place, fs)
		if id := fmt.Sprint(own[0].Hash, e.IsError()); len(fs) == 0 && !seen[id] { // the same event twice is the same event
			seen[id] = true
			items = append(items, own...)
		}
	}
	if len(faults) > 0 && !p.mode.Proceed {
		return nil, nil, Invalid(&epcis.Invalid{Faults: faults})
	}
	return items, faulty, nil
}

// ahead refuses an event that says it will happen: eventTime is when it did, declarationTime when it was found wrong.
func ahead(i int, e *epcis.Event, now time.Time) (faults []epcis.Fault) {
	check := func(field string, at time.Time) {
		if why := notYet(at, now); why != "" {
			f := faultAt(i, epcis.RuleFuture, quote(at.Format(time.RFC3339Nano)), "%s", why)
			f.Pointer += field
			faults = append(faults, f)
		}
	}
	check("/eventTime", e.EventTime)
	if e.ErrorDeclaration != nil {
		check("/errorDeclaration/declarationTime", e.ErrorDeclaration.DeclarationTime)
	}
	return faults
}

// notYet says why a time can't be one at which something happened; "" if it can.
func notYet(at, now time.Time) string {
	if at.Sub(now) <= trace.MaxAhead {
		return ""
	}
	return fmt.Sprintf("is more than %d minutes after now, %s: it hasn't happened yet", trace.MaxAhead/time.Minute,
		now.UTC().Format("2006-01-02T15:04:05Z"))
}

// placeOf is where the i-th of a document's valid events stands in it.
func placeOf(doc *epcis.Document, i int) int {
	if i < len(doc.Places) {
		return doc.Places[i]
	}
	return i
}

func (p *planner) masterData(md *epcis.MasterData) item {
	return item{
		Body: md.Body(), Lane: uint8(format.Trunk), Kind: uint8(format.LeafMasterData),
		Objects: []index.Object{index.NewObject(format.MasterDataObject(p.caller.Party))},
		Names:   []string{"the party's own master data"},
	}
}

// event plans one event: its own leaf, and that of the list that stands for its things if they are too many.
func (p *planner) event(i int, e *epcis.Event) ([]item, []epcis.Fault, error) {
	it := item{Event: uint64(i) + 1, Body: e.Body(), EventID: e.ID(), Hash: index.DigestOf(e.HashID())}
	it.Lane, it.Kind = laneOf(e, p.mode.Notes)
	own := []item{it}
	done, faults, err := p.sealed(i, e, &own[0])
	switch {
	case done:
	case things(e) > MaxObjects:
		own, faults, err = p.listed(i, e, it)
	default:
		p.service.Index.Expect(own[0].commitment(), e)
		faults, err = p.objects(i, &own[0], e, nil)
	}
	if err != nil || len(faults) > 0 {
		return own, faults, err
	}
	it = own[0]
	if len(it.Body) > MaxBody {
		return own, []epcis.Fault{faultAt(i, epcis.RuleSize, strconv.Itoa(len(it.Body)), "has more than %d bytes in canonical form",
			MaxBody)}, nil
	}
	if it.Lane != uint8(format.Trunk) {
		return own, nil, nil
	}
	if own[0].Next, err = p.receivers(e); err != nil {
		return own, nil, err
	}
	it = own[0]
	if len(it.Next) > MaxReceivers {
		faults = append(faults, faultAt(i, epcis.RuleSize, strconv.Itoa(len(it.Next)), "hands over to more than %d parties",
			MaxReceivers))
	}
	if len(it.Next) <= MaxReceivers && gasCall+it.weight() > submit.MaxGas {
		faults = append(faults, faultAt(i, epcis.RuleSize, strconv.Itoa(len(it.Objects)),
			"hands %d things over to %d parties, more than one transaction can: split it into several events",
			len(it.Objects), len(it.Next)))
	}
	return own, faults, nil
}

// things is the number of things an event names, places among them.
func things(e *epcis.Event) int { return len(e.Objects()) }

// objects names the ledger's objects of what an event is about, without those that skip says aren't to be.
func (p *planner) objects(i int, it *item, e *epcis.Event, skip func(epcis.Touched) bool) (faults []epcis.Fault, err error) {
	seen := make(map[index.Object]bool)
	for _, t := range e.Objects() {
		if t.ID.Level() == gs1.LevelPlace || skip != nil && skip(t) {
			continue
		}
		licence, err := p.licence(t.ID)
		if err != nil {
			return nil, err
		}
		o, err := t.ID.Object(licence)
		if err != nil {
			faults = append(faults, faultAt(i, epcis.RuleIdentifier, quote(t.ID.String()), "%s", err))
			continue
		}
		if obj := index.NewObject(o); !seen[obj] {
			seen[obj] = true
			it.Objects = append(it.Objects, obj)
			it.Names = append(it.Names, t.ID.String())
		}
	}
	if len(it.Objects) == 0 && len(faults) == 0 {
		faults = append(faults, faultAt(i, epcis.RuleRequired, "", "names no product, logistic unit, asset or other thing"))
	}
	return faults, nil
}

// laneOf decides which lane and kind of leaf an event becomes.
func laneOf(e *epcis.Event, notes bool) (lane, kind uint8) {
	k := format.LeafEvent
	if e.IsError() {
		k = format.LeafErrorDecl
	}
	switch {
	case notes:
		return uint8(format.Notes), uint8(k)
	case e.IsError():
		return uint8(format.Trunk), uint8(k)
	case slices.Contains(e.PersistentDisposition.Unset, "recalled"):
		return uint8(format.Notice), uint8(format.LeafLift)
	case e.Disposition == "recalled" || slices.Contains(e.PersistentDisposition.Set, "recalled"):
		return uint8(format.Notice), uint8(format.LeafRecall)
	}
	return uint8(format.Trunk), uint8(k)
}

// receivers are the parties that the event's destinations name by their registered GLN, sorted.
func (p *planner) receivers(e *epcis.Event) ([]common.Address, error) {
	var out []common.Address
	for _, d := range e.Destinations {
		if d.Type != "possessing_party" && d.Type != "owning_party" || d.ID.GLN() == "" {
			continue
		}
		gln, err := strconv.ParseUint(d.ID.GLN(), 10, 64)
		if err != nil {
			continue
		}
		party, ok := p.parties[gln]
		if !ok {
			if party, err = trace.PartyByGLN(p.ctx, p.ledger, gln); err != nil {
				return nil, err
			}
			p.parties[gln] = party
		}
		if party != (common.Address{}) && party != p.caller.Party && !slices.Contains(out, party) {
			out = append(out, party)
		}
	}
	slices.SortFunc(out, common.Address.Cmp)
	return out, nil
}

var parties = contracts.NewParties()

// licence is the registered prefix or namespace an identifier falls under, for the kinds whose object needs it.
func (p *planner) licence(id gs1.ID) (string, error) {
	if id.IsURI() {
		return p.namespace(id.Value())
	}
	if id.Key() != "8004" && id.Key() != "8010" {
		return "", nil
	}
	digits := id.PrefixDigits()
	if l, ok := p.licences[digits]; ok {
		return l, nil
	}
	var word [32]byte
	copy(word[:], digits)
	out, err := p.call(func() ([]byte, error) { return parties.TryPackLicenceForDigits(word) })
	if err != nil {
		return "", err
	}
	number, err := parties.UnpackLicenceForDigits(out)
	if err != nil || number == 0 {
		return "", err
	}
	if out, err = p.call(func() ([]byte, error) { return parties.TryPackLicence(number) }); err != nil {
		return "", err
	}
	l, err := parties.UnpackLicence(out)
	if err != nil {
		return "", err
	}
	licence := ""
	if n := int(l.Length); n <= len(digits) {
		licence = digits[:n]
	}
	p.licences[digits] = licence
	return licence, nil
}

func (p *planner) namespace(uri string) (string, error) {
	if l, ok := p.licences[uri]; ok {
		return l, nil
	}
	out, err := p.call(func() ([]byte, error) { return parties.TryPackLicenceForURI(uri) })
	if err != nil {
		return "", err
	}
	answer, err := parties.UnpackLicenceForURI(out)
	if err != nil {
		return "", err
	}
	licence := ""
	if answer.Length.IsUint64() && answer.Length.Uint64() <= uint64(len(uri)) {
		licence = uri[:answer.Length.Uint64()]
	}
	p.licences[uri] = licence
	return licence, nil
}

func (p *planner) call(pack func() ([]byte, error)) ([]byte, error) {
	data, err := pack()
	if err != nil {
		return nil, err
	}
	out, err := p.ledger.Call(p.ctx, contracts.PartiesAddr, data)
	if err != nil {
		return nil, unavailable("the register can't be asked: " + err.Error())
	}
	return out, nil
}

func unavailable(detail string) *Problem {
	return &Problem{Type: ServiceUnavailable, Title: "The ledger can't be asked now", Status: http.StatusServiceUnavailable,
		Detail: detail, RetryAfter: retryAfter}
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(b)
}
