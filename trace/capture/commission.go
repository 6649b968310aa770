package capture

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Serials are drawn from characters that can't be taken for one another on a pack, without vowels so that they spell
// nothing: 16 of 22 are 71 bits. All are in GS1's character set 82, and in that of file-safe names.
const (
	serialAlphabet = "34679CDFGHJKMNPQRTVWXY"
	SerialLength   = 16
)

// Commissioning asks for units of one lot, each with a fresh serial that nobody can guess.
type Commissioning struct {
	Request    string    `json:"request" format:"uuid" doc:"Names the act: the same request again makes nothing new" example:"6f7f3b0e-3f3c-4d8e-9b57-0d1c5a7d4e11"`
	GTIN       string    `json:"gtin" doc:"8, 12, 13 or 14 digits" example:"09521202001011"`
	Lot        string    `json:"lot" doc:"Lot the units belong to; the event and their list stand on it" example:"L7"`
	Count      int       `json:"count" minimum:"1" doc:"How many units" example:"1000"`
	Time       time.Time `json:"time,omitzero" doc:"When they came into being; absent: now"`
	Offset     string    `json:"offset,omitempty" doc:"Local time's offset from UTC then; absent: +00:00" example:"+08:00"`
	Location   string    `json:"location,omitempty" doc:"Where they are, as Digital Link or EPC URN"`
	Expiry     string    `json:"expiry,omitempty" doc:"The lot's expiry date, YYYY-MM-DD"`
	BestBefore string    `json:"bestBefore,omitempty" doc:"The lot's best-before date, YYYY-MM-DD"`
	Production string    `json:"production,omitempty" doc:"The lot's production date, YYYY-MM-DD"`
}

// Commissioned is a commissioning on its way.
type Commissioned struct {
	Job   string      `json:"captureID,omitempty" doc:"Capture job; absent if the request was final before"`
	Event string      `json:"eventID" doc:"The commissioning event"`
	Root  common.Hash `json:"root" doc:"Root of the list of units"`
	Salt  common.Hash `json:"salt" doc:"Salt of the list"`
	Count uint64      `json:"count" doc:"How many units"`
	Again bool        `json:"again" doc:"The request was made before: nothing new was made"`
}

var requestForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// fault refuses one field of the request.
func (r *Commissioning) fault(field, value, rule, format string, args ...any) *Problem {
	f := epcis.Fault{Pointer: "/" + field, Rule: rule, Value: value, Message: fmt.Sprintf(format, args...)}
	return &Problem{Type: ValidationException, Title: "The units can't be commissioned", Status: http.StatusBadRequest,
		Detail: fmt.Sprintf("%s %s: %s", field, value, f.Message), Errors: []epcis.Fault{f}}
}

// lot checks the request and answers the lot it is about.
func (r *Commissioning) lot() (gs1.ID, error) {
	if !requestForm.MatchString(r.Request) {
		return gs1.ID{}, r.fault("request", quote(r.Request), epcis.RuleFormat, "must be a UUID in lower case")
	}
	class, err := gs1.Parse("https://id.gs1.org/01/" + r.GTIN)
	if err != nil || len(r.GTIN) != 8 && len(r.GTIN) != 12 && len(r.GTIN) != 13 && len(r.GTIN) != 14 {
		if err == nil {
			err = errors.New("a GTIN has 8, 12, 13 or 14 digits")
		}
		return gs1.ID{}, r.fault("gtin", quote(r.GTIN), epcis.RuleIdentifier, "%s", err)
	}
	if r.Lot == "" {
		return gs1.ID{}, r.fault("lot", `""`, epcis.RuleRequired, "must be given: the list of the units stands on their lot")
	}
	lot := class.WithLot(r.Lot)
	if lot.IsZero() {
		return gs1.ID{}, r.fault("lot", quote(r.Lot), epcis.RuleIdentifier,
			"has up to 20 characters of GS1's set 82 (letters, digits and !\"%%&'()*+,-./:;<=>?_), this one has %d or others", len(r.Lot))
	}
	switch {
	case r.Count < 1:
		return gs1.ID{}, r.fault("count", strconv.Itoa(r.Count), epcis.RuleRange, "must be 1 or more")
	case r.Count > lists.Max:
		return gs1.ID{}, r.fault("count", strconv.Itoa(r.Count), epcis.RuleRange, "is at most %d at once", lists.Max)
	}
	for field, date := range map[string]string{"expiry": r.Expiry, "bestBefore": r.BestBefore, "production": r.Production} {
		if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
			return gs1.ID{}, r.fault(field, quote(date), epcis.RuleTime, "must be a date, YYYY-MM-DD")
		}
	}
	if why := notYet(r.Time, time.Now()); why != "" {
		return gs1.ID{}, r.fault("time", quote(r.Time.Format(time.RFC3339)), epcis.RuleFuture, "%s", why)
	}
	return lot, nil
}

// event is the commissioning as the ledger holds it.
func (r *Commissioning) event(lot gs1.ID, ref epcis.ListRef) (*epcis.Event, error) {
	ilmd := map[string]string{"cbvmda:lotNumber": r.Lot}
	for name, date := range map[string]string{"cbvmda:itemExpirationDate": r.Expiry, "cbvmda:bestBeforeDate": r.BestBefore,
		"cbvmda:productionDate": r.Production} {
		if date != "" {
			ilmd[name] = date
		}
	}
	at := r.Time
	if at.IsZero() {
		at = time.Now()
	}
	offset := r.Offset
	if offset == "" {
		offset = "+00:00"
	}
	body := map[string]any{
		"type": epcis.ObjectEvent, "action": epcis.ActionAdd, "bizStep": "commissioning", "disposition": "active",
		"eventID": r.eventID(), "eventTime": at.UTC().Format("2006-01-02T15:04:05.000Z"), "eventTimeZoneOffset": offset,
		"quantityList": []map[string]any{{"epcClass": lot.String(), "quantity": r.Count}}, "ilmd": ilmd,
		epcis.ListIRI: ref.Value(),
	}
	if r.Location != "" {
		body["readPoint"], body["bizLocation"] = map[string]string{"id": r.Location}, map[string]string{"id": r.Location}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write the commissioning event: %w", err)
	}
	e, err := epcis.ParseBody(text)
	var invalid *epcis.Invalid
	if errors.As(err, &invalid) {
		f := invalid.Faults[0]
		return nil, r.fault(map[string]string{"/eventTimeZoneOffset": "offset", "/bizLocation/id": "location",
			"/readPoint/id": "location"}[f.Pointer], f.Value, f.Rule, "%s", f.Message)
	}
	return e, err
}

func (r *Commissioning) eventID() string { return "urn:uuid:" + r.Request }

// Commission makes units: it draws their serials, keeps the list of them in this node, and puts one commissioning event
// and one list leaf on the lot. When it returns, serials and job are on disk: the units will be recorded whatever
// happens, or the job says why not, and then their list is gone.
func (s *Service) Commission(ctx context.Context, c Caller, r Commissioning) (*Commissioned, error) {
	lot, err := r.lot()
	if err != nil {
		return nil, err
	}
	id := made{c.Party, r.eventID()}
	m, end, err := s.begin(ctx, id, r.Count)
	if err != nil {
		return nil, err
	}
	defer end()
	out := &Commissioned{Event: r.eventID()}
	if again, err := s.commissioned(c.Party, out); err != nil {
		return nil, err
	} else if again {
		return out, s.same(&r, lot, out)
	}
	done, err := s.Turn(ctx)
	if err != nil {
		return nil, err
	}
	turn := sync.OnceFunc(done)
	defer turn()
	object, err := lot.Object("")
	if err != nil {
		return nil, r.fault("lot", quote(r.Lot), epcis.RuleIdentifier, "%s", err)
	}
	it := item{Event: 1, EventID: r.eventID(), Hash: common.Hash(format.Keccak([]byte(r.eventID()))), Lane: uint8(format.Trunk),
		Kind: uint8(format.LeafEvent), Objects: []index.Object{index.NewObject(object)}, Names: []string{lot.String()}, Staged: true}
	// What the ledger would refuse is refused before a million serials are drawn for it. It is asked with a copy: an item
	// remembers the commitment to its body, and there is no body yet.
	asked := it
	if p, err := s.ask(ctx, c, []*item{&asked}); err != nil {
		return nil, err
	} else if p != nil {
		for i := range p.Errors { // units can't be made as an observation
			p.Errors[i].Pointer, p.Errors[i].Message = "/gtin", strings.TrimSuffix(p.Errors[i].Message, "; "+hintNotes)
		}
		p.Detail = strings.ReplaceAll(p.Detail, "; "+hintNotes, "")
		return nil, p
	}
	// What is wrong with the event is said before serials are drawn, too.
	if _, err := r.event(lot, epcis.ListRef{Field: "epcList", Count: uint64(r.Count)}); err != nil {
		return nil, err
	}
	list, err := s.freshUnits(id, lot, m)
	if err != nil {
		return nil, err
	}
	e, err := r.event(lot, epcis.ListRef{Field: "epcList", Root: list.Root, Count: list.Count})
	if err != nil {
		return nil, err
	}
	it.Body, it.List = e.Body(), list.Root
	items := []item{it, leafOf(list.Root, list.Count, list.Top, &it)}
	j := &job{done: make(chan struct{}), rec: jobRecord{Party: c.Party, Key: c.Key.Address(),
		Created: uint64(time.Now().UnixMilli()), Events: 1}}
	if err := s.admit(ctx, c, j, items, Mode{}, true, turn); err != nil {
		s.dropLists(items)
		return nil, err
	}
	out.Job, out.Root, out.Salt, out.Count = j.id.String(), list.Root, list.Salt, list.Count
	return out, nil
}

// freshUnits draws the units of a request and keeps their list, or finds the list that an earlier try has kept.
func (s *Service) freshUnits(id made, lot gs1.ID, m *making) (*lists.Head, error) {
	if h, err := s.kept(id, lot.GTIN(), m.count); err != nil || h != nil {
		return h, err
	}
	list, err := drawSerials(lot, m)
	if err != nil {
		return nil, err
	}
	head := lists.Head{Party: id.party, Event: id.event, Created: uint64(time.Now().Unix())}
	if err := s.Lists.Put(list, head, lists.ObjectKey, func(done int) { m.steps.Store(int64(m.count + done)) }); err != nil {
		return nil, err
	}
	head, err = s.Lists.Head(list.Root)
	return &head, err
}

// commissioned finds a request that was made before, final or on its way.
func (s *Service) commissioned(party common.Address, out *Commissioned) (bool, error) {
	// Jobs first, then the ledger: a job lets go of its claim only after its event is in the index, so one that ends in
	// between is seen by one of the two.
	s.mu.Lock()
	claimed, pending := s.pending[identity{party: party, hash: common.Hash(format.Keccak([]byte(out.Event)))}]
	var sent common.Hash // list of the job
	if j := s.jobs[claimed.job]; pending && j != nil && len(j.items) > 0 {
		sent = j.items[0].List
	}
	s.mu.Unlock()
	v, err := s.Index.View()
	if err != nil {
		return false, err
	}
	defer func() { _ = v.Close() }() // read only
	_, final, err := v.EventOf(party, out.Event)
	if err != nil {
		return false, err
	}
	if !final && !pending {
		return false, nil
	}
	heads, err := s.Lists.Heads()
	if err != nil {
		return false, err
	}
	for _, h := range heads {
		if h.Party != party || h.Event != out.Event {
			continue
		}
		// An earlier try may have left a list that nothing came of.
		taken := pending && h.Root == sent
		if !pending {
			if _, taken, err = v.List(h.Root); err != nil {
				return false, err
			}
		}
		if taken {
			out.Root, out.Salt, out.Count, out.Again = h.Root, h.Salt, h.Count, true
			if pending {
				out.Job = claimed.job.String()
			}
			return true, nil
		}
	}
	return false, &Problem{Type: ResourceAlreadyExists, Title: "The request was made before", Status: http.StatusConflict,
		Detail: "this node doesn't have the serials it led to: ask the node it was made at", Instance: "/epcis/events/" + out.Event}
}

// same refuses a request that was made before of another lot or count: who asks would print serials of other units.
func (s *Service) same(r *Commissioning, lot gs1.ID, made *Commissioned) error {
	other := func(field, asked, was string) error {
		p := r.fault(field, asked, epcis.RuleUnique, "the request was made before, with %s: another one needs a name of its own", was)
		p.Type, p.Title, p.Status = ResourceAlreadyExists, "The request was made before", http.StatusConflict
		return p
	}
	if made.Count != uint64(r.Count) {
		return other("count", strconv.Itoa(r.Count), strconv.FormatUint(made.Count, 10))
	}
	s.mu.Lock()
	for _, j := range s.jobs {
		if len(j.items) > 0 && j.id.String() == made.Job && j.items[0].Names[0] != lot.String() {
			s.mu.Unlock()
			return other("lot", quote(r.Lot), j.items[0].Names[0])
		}
	}
	s.mu.Unlock()
	v, err := s.Index.View()
	if err != nil {
		return err
	}
	defer func() { _ = v.Close() }() // read only
	object, err := lot.Object("")
	if err != nil {
		return err
	}
	if list, ok, err := v.List(made.Root); err != nil {
		return err
	} else if ok && !list.On(object) {
		return other("lot", quote(r.Lot), "another one")
	}
	return nil
}

// drawSerials makes a list of fresh serials of a lot's GTIN.
func drawSerials(lot gs1.ID, m *making) (*lists.List, error) {
	b, err := lists.NewBuilder()
	if err != nil {
		return nil, err
	}
	dice := &dice{}
	serial := make([]byte, SerialLength)
	prefix := unitPrefix(lot.GTIN())
	for range m.count {
		m.steps.Add(1)
		if err := dice.serial(serial); err != nil {
			return nil, err
		}
		o, err := format.NewObject(format.KindInstance, lot.GTIN(), string(serial))
		if err != nil {
			return nil, err
		}
		if err := b.Add(prefix+string(serial), o.Key()); err != nil {
			return nil, err
		}
	}
	return b.Finish()
}

// dice draws characters of serials from the system's randomness, a page at a time.
type dice struct {
	buf  [4096]byte
	left []byte
}

func (d *dice) serial(into []byte) error {
	const n = len(serialAlphabet)
	const fair = 256 / n * n // bytes above would make some characters likelier
	for i := 0; i < len(into); {
		if len(d.left) == 0 {
			if _, err := rand.Read(d.buf[:]); err != nil {
				return fmt.Errorf("draw serials: %w", err)
			}
			d.left = d.buf[:]
		}
		c := int(d.left[0])
		d.left = d.left[1:]
		if c < fair {
			into[i] = serialAlphabet[c%n]
			i++
		}
	}
	return nil
}
