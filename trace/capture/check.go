package capture

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/admit"
	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// maxCheckFaults is how many refused events of a document are named.
const maxCheckFaults = 100

// retryAfter is what callers are asked to wait when the ledger can't answer.
const retryAfter = 5 * time.Second

var policy = contracts.NewPolicy()

// check puts every item to the ledger's policy before anything is sent. Where the document is taken as a whole the error
// is a *Problem that names each event that would be refused, with its object and the rule; else those are left out and
// told by the job.
func (s *Service) check(ctx context.Context, c Caller, j *job, items []item, mode Mode) ([]item, error) {
	refusals := make(map[*item]*Problem)
	var order []*Problem
	refuse := func(it *item, p *Problem) {
		refusals[it] = p
		order = append(order, p)
	}
	for _, part := range s.parts(c.Key.Address(), items) {
		refusal, err := s.ask(ctx, c, part)
		if err != nil {
			return nil, err
		}
		if refusal == nil {
			continue
		}
		if len(part) == 1 {
			refuse(part[0], refusal)
			continue
		}
		for _, it := range part { // together they are refused: which of them, and why?
			if refusal, err = s.ask(ctx, c, []*item{it}); err != nil {
				return nil, err
			}
			if refusal != nil {
				refuse(it, refusal)
			}
			if len(order) >= maxCheckFaults && !mode.Proceed {
				break
			}
		}
	}
	if len(order) == 0 {
		return items, nil
	}
	if mode.Proceed {
		return s.leaveOut(j, items, refusals), nil
	}
	problem := order[len(order)-1]
	var faults []epcis.Fault
	for _, p := range order {
		faults = append(faults, p.Errors...)
	}
	problem.Errors = faults
	if len(faults) > 1 {
		problem.Detail = fmt.Sprintf("%s (and %d more)", problem.Errors[0].Message, len(faults)-1)
	}
	return nil, problem
}

// leaveOut takes refused items out of a job, and with an event its list, and tells of them.
func (s *Service) leaveOut(j *job, items []item, refusals map[*item]*Problem) (rest []item) {
	events := make(map[uint64]bool)
	for i := range items {
		if it := &items[i]; refusals[it] != nil {
			events[max(it.Event, it.Of)] = true
		}
	}
	told := make(map[uint64]bool)
	for i := range items {
		it := &items[i]
		event := max(it.Event, it.Of)
		if refusals[it] == nil && (event == 0 || !events[event]) {
			rest = append(rest, *it)
			continue
		}
		if p := refusals[it]; p != nil && !told[event] {
			told[event] = true
			j.errors = append(j.errors, p)
		}
		s.dropList(it)
	}
	return rest
}

// parts packs items into the calls that they would be sent as, without sending.
func (s *Service) parts(key common.Address, items []item) [][]*item {
	open := make(map[group][]*item)
	var order []group
	var out [][]*item
	for i := range items {
		it := &items[i]
		g := it.group(key)
		list, ok := open[g]
		if !ok {
			order = append(order, g)
		}
		if len(list) > 0 && s.cfg.full(sizeOf(list)+len(it.Body), weightOf(list)+it.weight(), len(list)+1) {
			out = append(out, list)
			list = nil
		}
		open[g] = append(list, it)
	}
	for _, g := range order {
		out = append(out, open[g])
	}
	return out
}

// ask puts one call to Policy.check. A refusal is not an error.
func (s *Service) ask(ctx context.Context, c Caller, items []*item) (*Problem, error) {
	call := callOf(items)
	data, err := call.PackCheck(c.Key.Address())
	if err != nil {
		return nil, err
	}
	out, err := s.ledger.Call(ctx, contracts.PolicyAddr, data)
	switch {
	case err == nil:
		return nil, nil
	case len(out) >= 4:
		return refusalOf(out, items), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, unavailable("the ledger's policy can't be asked: " + err.Error())
}

// callOf is the call that items of one group become.
func callOf(items []*item) index.Call {
	c := index.Call{Lane: items[0].Lane, Kind: items[0].Kind, Next: items[0].Next}
	for _, it := range items {
		c.Commitments = append(c.Commitments, it.commitment())
		c.Objects = append(c.Objects, it.Objects)
	}
	return c
}

// commitment is what the item's leaf commits to.
func (it *item) commitment() common.Hash {
	if it.committed != (common.Hash{}) {
		return it.committed
	}
	it.committed = epcis.Commitment(it.Body)
	if format.LeafKind(it.Kind) == format.LeafList {
		if head, err := epcis.ParseListHead(it.Body); err == nil {
			it.committed = head.Commitment()
		}
	} else if stub, err := epcis.ParseStub(it.Body); err == nil {
		it.committed = stub.Commitment()
	}
	return it.committed
}

// refusalOf puts a revert of Policy into words: which event, which object, which rule, and what to do instead.
func refusalOf(data []byte, items []*item) *Problem {
	p := &Problem{Type: SecurityException, Title: titleNotEntitled, Status: http.StatusForbidden}
	decoded, err := policy.UnpackError(data)
	if err != nil {
		p.Detail = fmt.Sprintf("the ledger's policy refused with %#x", data[:4])
		return p.at(items, 0, "policy", "", p.Detail)
	}
	switch e := decoded.(type) {
	case *contracts.PolicyNotAuthorized:
		i, name := pick(items, e.EventIndex.Uint64(), e.ObjectIndex.Uint64())
		rule, text := reasonText(e.Reason)
		return p.at(items, i, rule, name, fmt.Sprintf("%s: %s", name, text))
	case *contracts.PolicyKeyRefused:
		p.Title = titleKey
		return p.at(items, 0, "key", e.Key.Hex(), admit.Reason(e.Reason).String())
	case *contracts.PolicyScopeMissing:
		p.Title = titleKey
		return p.at(items, 0, "scope", e.Key.Hex(), fmt.Sprintf("the key lacks the scope %s", scopeText(e.Scope)))
	case *contracts.PolicyQuotaExceeded:
		p.Type, p.Status, p.RetryAfter = TooManyRequests, http.StatusTooManyRequests, time.Hour
		p.Title = "The party's notes of today are used up"
		return p.at(items, 0, "quota", "", fmt.Sprintf("%s may record %s notes a day (UTC)", e.Party, e.Quota))
	case *contracts.PolicyBadObject:
		i, name := pick(items, e.EventIndex.Uint64(), e.ObjectIndex.Uint64())
		p.Type, p.Status, p.Title = ValidationException, http.StatusBadRequest, titleInvalid
		return p.at(items, i, epcis.RuleIdentifier, name, fmt.Sprintf("%s can't be an object of the ledger (fault %d)", name, e.Fault))
	case *contracts.PolicyTooManyObjects:
		i, name := pick(items, e.EventIndex.Uint64(), 0)
		p.Type, p.Status, p.Title = CaptureLimitExceeded, http.StatusRequestEntityTooLarge, titleInvalid
		return p.at(items, i, epcis.RuleSize, name, fmt.Sprintf("names %s things, %s are allowed", e.Count, e.Limit))
	}
	return p.at(items, 0, "policy", "", fmt.Sprintf("the ledger's policy refused: %T", decoded))
}

// at adds the fault of one item and takes its text for the detail.
func (p *Problem) at(items []*item, i int, rule, value, text string) *Problem {
	f := faultAt(int(items[i].Event)-1, rule, "", "%s", text)
	if value != "" {
		f.Value = quote(value)
	}
	p.Errors, p.Detail = []epcis.Fault{f}, text
	return p
}

// pick finds the event and object an error of Policy points at.
func pick(items []*item, event, object uint64) (int, string) {
	if event >= uint64(len(items)) {
		return 0, ""
	}
	if it := items[event]; object < uint64(len(it.Names)) {
		return int(event), it.Names[object]
	}
	return int(event), ""
}

// reasonText explains Policy's reasons.
func reasonText(reason uint8) (rule, text string) {
	switch reason {
	case 1:
		return "use-notes", "the party is neither holder, delegate or contributor of its licence, nor was it handed over to " +
			"the party; " + hintNotes
	case 2:
		return "no-licence", "no registered licence covers this identifier; " + hintNotes
	case 3:
		return "licence-not-in-force", "the licence that covers it is not yet or no longer valid; " + hintNotes
	case 4:
		return "not-holder-or-authority", "recalls, lifts and certificates are for the licence holder and for authorities; " + hintNotes
	case 5:
		return "not-your-master-data", "master data goes to the party's own object of master data"
	case 6:
		return "registry-only", "only the register itself records this"
	}
	return "policy", fmt.Sprintf("refused for reason %d", reason)
}

func scopeText(bits uint32) string {
	switch contracts.Scope(bits) {
	case contracts.ScopeCapture:
		return "capture"
	case contracts.ScopeRecall:
		return "recall"
	case contracts.ScopeCertify:
		return "certify"
	}
	return fmt.Sprintf("%#x", bits)
}

// neededScope is what an API key must carry for a lane.
func neededScope(lane, kind uint8) contracts.Scope {
	switch {
	case format.Lane(lane) != format.Notice:
		return contracts.ScopeCapture
	case format.LeafKind(kind) == format.LeafRecall || format.LeafKind(kind) == format.LeafLift:
		return contracts.ScopeRecall
	}
	return contracts.ScopeCertify
}

// scoped refuses items that the API key isn't for, though the ledger's key may be.
func (s *Service) scoped(c Caller, j *job, items []item, mode Mode) ([]item, error) {
	refusals := make(map[*item]*Problem)
	for i := range items {
		if need := neededScope(items[i].Lane, items[i].Kind); c.Scopes&need == 0 {
			p := &Problem{Type: SecurityException, Title: titleKey, Status: http.StatusForbidden}
			p = p.at([]*item{&items[i]}, 0, "scope", "", "the API key lacks the scope "+scopeText(uint32(need)))
			if !mode.Proceed {
				return nil, p
			}
			refusals[&items[i]] = p
		}
	}
	if len(refusals) == 0 {
		return items, nil
	}
	return s.leaveOut(j, items, refusals), nil
}

// problemOf puts an error of submission into an answer for what was sent together.
func problemOf(err error, items []*item) *Problem {
	var refused *submit.Refused
	var reverted *submit.Reverted
	var invalid *submit.Invalid
	switch {
	case errors.As(err, &refused):
		p := &Problem{Type: SecurityException, Title: titleKey, Status: http.StatusForbidden}
		text := refused.Reason.String()
		if refused.TxHash != (common.Hash{}) {
			text += fmt.Sprintf("; transaction %s was sent before and may still take effect if the refusal is lifted", refused.TxHash)
		}
		return p.at(items, 0, "key", "", text)
	case errors.As(err, &reverted) && len(reverted.Data) >= 4:
		return refusalOf(reverted.Data, items)
	case errors.As(err, &reverted):
		p := &Problem{Type: SecurityException, Title: "The ledger refused the record", Status: http.StatusForbidden}
		return p.at(items, 0, "policy", "", reverted.Error())
	case errors.As(err, &invalid):
		p := &Problem{Type: CaptureLimitExceeded, Title: "The event is too large", Status: http.StatusRequestEntityTooLarge}
		return p.at(items, 0, epcis.RuleSize, "", invalid.Error())
	}
	p := &Problem{Type: ImplementationException, Title: "The event could not be recorded", Status: http.StatusInternalServerError}
	return p.at(items, 0, "internal", "", err.Error())
}
