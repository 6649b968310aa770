package capture

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// listed plans an event about more things than a leaf may have: the event with amounts by lot in place of the things, and
// a list leaf beside it, on the container and the lots. Both take effect with one seal.
func (p *planner) listed(i int, e *epcis.Event, it item) ([]item, []epcis.Fault, error) {
	own := []item{it}
	fault := func(format string, args ...any) ([]item, []epcis.Fault, error) {
		return own, []epcis.Fault{faultAt(i, epcis.RuleSize, strconv.Itoa(things(e)), format, args...)}, nil
	}
	if it.Lane != uint8(format.Trunk) {
		return fault("names more than %d things: recalls and notes name the lot or container, or come as several events", MaxObjects)
	}
	field, ids := largest(e)
	amounts, err := p.amounts(e, field, ids)
	if err != nil {
		return own, nil, err
	}
	var ref *epcis.ListRef
	var list *lists.List
	if !e.IsError() { // a declaration says of an event that it is wrong; it lists nothing anew
		if list, err = build(ids); err != nil {
			return fault("%s", err)
		}
		ref = &epcis.ListRef{Field: field, Root: list.Root, Count: list.Count()}
	}
	sealed, err := e.WithList(field, amounts, ref)
	if err != nil {
		return fault("can't be told with a list: %s", err)
	}
	own[0].Body = sealed.Body()
	// A class is told by amount, but it is no place for a list: who packs it need not be who may write for the class.
	faults, err := p.objects(i, &own[0], sealed, func(t epcis.Touched) bool { return t.ID.Level() == gs1.LevelClass })
	switch {
	case err != nil:
		return own, nil, err
	case len(faults) > 0 && len(own[0].Objects) == 0, len(own[0].Objects) == 0:
		return fault("names more than %d things of no lot known here, in no container: give the lot (ilmd lotNumber, or "+
			"/01/GTIN/10/LOT/21/SERIAL) or the container (parentID)", MaxObjects)
	case len(faults) > 0:
		return own, faults, nil
	case len(own[0].Objects) > MaxObjects:
		return fault("names more than %d lots, containers and other things beside its list", MaxObjects)
	}
	if err := p.narrow(&own[0], sealed); err != nil {
		return own, nil, err
	}
	if list == nil {
		return own, nil, nil
	}
	own[0].Staged, own[0].List = true, list.Root
	head := lists.Head{Party: p.caller.Party, Event: e.ID(), Created: uint64(time.Now().Unix())}
	if err := p.service.Lists.Put(list, head, lists.ObjectKey, nil); err != nil {
		return own, nil, fmt.Errorf("keep the list of event %s: %w", e.ID(), err)
	}
	return append(own, leafOf(list.Root, list.Count(), list.Top, &own[0])), nil, nil
}

// leafOf is the list leaf beside an event.
func leafOf(root common.Hash, count uint64, top format.Hash, it *item) item {
	return item{Of: it.Event, Body: epcis.ListHead{Count: count, Top: top}.Body(), Lane: it.Lane,
		Kind: uint8(format.LeafList), Objects: it.Objects, Names: it.Names, Staged: true, List: root}
}

// largest is the field of an event that names the most things.
func largest(e *epcis.Event) (field string, ids []gs1.ID) {
	for _, f := range []struct {
		name string
		ids  []gs1.ID
	}{{"epcList", e.EPCs}, {"childEPCs", e.ChildEPCs}, {"outputEPCList", e.OutputEPCs}, {"inputEPCList", e.InputEPCs}} {
		if len(f.ids) > len(ids) {
			field, ids = f.name, f.ids
		}
	}
	return field, ids
}

// build lists things under a fresh salt.
func build(ids []gs1.ID) (*lists.List, error) {
	b, err := lists.NewBuilder()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		id = id.Canonical()
		key, err := lists.ObjectKey(id.String())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		if err := b.Add(id.String(), key); err != nil {
			return nil, err
		}
	}
	return b.Finish()
}

// amounts are how many things of each lot the field names, and of each class where the lot isn't known.
func (p *planner) amounts(e *epcis.Event, field string, ids []gs1.ID) ([]epcis.Quantity, error) {
	lots, err := p.service.newLots()
	if err != nil {
		return nil, err
	}
	defer lots.close()
	said := ""
	if field == "outputEPCList" || e.Type == epcis.ObjectEvent && e.Action == epcis.ActionAdd {
		said = e.Lookup("lotNumber").Text()
	}
	count := make(map[string]int)
	of := make(map[string]gs1.ID)
	for _, id := range ids {
		class, ok := id.Class()
		if !ok {
			continue // containers and assets have no class: the list alone tells them
		}
		lot := id.Lot()
		if lot == "" {
			lot = said
		}
		if lot == "" {
			if lot, err = lots.of(id.Canonical()); err != nil {
				return nil, err
			}
		}
		if whole := id.Canonical().WithLot(lot); !whole.IsZero() {
			class = whole
		}
		name := class.String()
		count[name]++
		of[name] = class
	}
	var out []epcis.Quantity
	for _, name := range slices.Sorted(maps.Keys(count)) {
		out = append(out, epcis.Quantity{Class: of[name], Quantity: strconv.Itoa(count[name])})
	}
	return out, nil
}

// lots finds the lot of things that lists of this node name.
type lots struct {
	store *lists.Store
	view  *index.View
	known map[common.Hash]string // of a list, "" if it tells none
}

func (s *Service) newLots() (*lots, error) {
	v, err := s.Index.View()
	if err != nil {
		return nil, err
	}
	return &lots{store: s.Lists, view: v, known: make(map[common.Hash]string)}, nil
}

func (l *lots) close() { _ = l.view.Close() } // read only

// of is the lot that the list of its commissioning gives a thing.
func (l *lots) of(id gs1.ID) (string, error) {
	key, err := lists.ObjectKey(id.String())
	if err != nil {
		return "", nil // an identifier that can't be an object is refused elsewhere
	}
	roots, err := l.store.In(key)
	if err != nil {
		return "", err
	}
	for _, root := range roots {
		lot, ok := l.known[root]
		if !ok {
			if lot, err = l.read(root); err != nil {
				return "", err
			}
			l.known[root] = lot
		}
		if gtin, number, _ := strings.Cut(lot, "/"); gtin == id.GTIN() {
			return number, nil
		}
	}
	return "", nil
}

// read is GTIN and lot, with a slash between, of a list whose event names one lot.
func (l *lots) read(root common.Hash) (string, error) {
	list, ok, err := l.view.List(root)
	if err != nil || !ok {
		return "", err
	}
	e, err := epcis.ParseBody(list.Event.Body)
	if err != nil {
		return "", nil // a damaged record tells nothing
	}
	quantities := slices.Concat(e.Quantities, e.OutputQuants)
	if len(quantities) != 1 || quantities[0].Class.Lot() == "" {
		return "", nil
	}
	return quantities[0].Class.GTIN() + "/" + quantities[0].Class.Lot(), nil
}

// narrow leaves the lots out of what a packing is recorded for, if the party may write for the container but not for them.
func (p *planner) narrow(it *item, e *epcis.Event) error {
	if e.ParentID.IsZero() || len(it.Objects) < 2 {
		return nil
	}
	refusal, err := p.service.ask(p.ctx, p.caller, []*item{it})
	if err != nil || refusal == nil {
		return err
	}
	alone := *it
	alone.Objects, alone.Names = nil, nil
	faults, err := p.objects(0, &alone, e, func(t epcis.Touched) bool { return t.Role != epcis.RoleParent })
	if err != nil || len(faults) > 0 {
		return err
	}
	if refusal, err = p.service.ask(p.ctx, p.caller, []*item{&alone}); err == nil && refusal == nil {
		*it = alone
	}
	return err
}
