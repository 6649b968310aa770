package epcis

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"github.com/suyuan-ledger/suyuan/verify/format"

	"github.com/ethereum/go-ethereum/common"
)

// ListIRI is the name of the field by which an event refers to a sealed list of the things it is about.
const ListIRI = "https://github.com/suyuan-ledger/suyuan#list"

// ListRef is an event's reference to the list that stands for one of its fields.
type ListRef struct {
	Field string // epcList, childEPCs, inputEPCList or outputEPCList
	Root  format.Hash
	Count uint64
}

// listFields are the fields a list can stand for, and where the amounts are told in their place.
var listFields = map[string]string{
	"epcList": "quantityList", "childEPCs": "childQuantityList",
	"inputEPCList": "inputQuantityList", "outputEPCList": "outputQuantityList",
}

// listRoles are what the things in a list are to the event.
var listRoles = map[string]Role{
	"epcList": RoleObject, "childEPCs": RoleChild, "inputEPCList": RoleInput, "outputEPCList": RoleOutput,
}

// Role is what the things in the list are to the event.
func (r ListRef) Role() Role { return listRoles[r.Field] }

// List is the event's reference to a sealed list; ok is false if it has none that can be read.
func (e *Event) List() (ref ListRef, ok bool) {
	for _, f := range e.Extensions {
		if f.IRI != ListIRI {
			continue
		}
		root, ok1 := hashOf(f.Value.Get("root").Text())
		count, err := strconv.ParseUint(f.Value.Get("count").Text(), 10, 64)
		ref = ListRef{Field: f.Value.Get("field").Text(), Root: root, Count: count}
		return ref, ok1 && err == nil && ref.Role() != 0
	}
	return ref, false
}

// Value is the reference as it stands in an event.
func (r ListRef) Value() *Value {
	return newObject(
		Member{"count", &Value{kind: Number, text: strconv.FormatUint(r.Count, 10)}},
		Member{"field", newString(r.Field)},
		Member{"root", newString(common.Hash(r.Root).Hex())})
}

// WithList is the event as the ledger holds it when a list stands for one of its fields: amounts by lot or class in
// place of the single things, a reference to the list unless ref is nil, and the name of the full event as its eventID.
func (e *Event) WithList(field string, amounts []Quantity, ref *ListRef) (*Event, error) {
	quantities := listFields[field]
	if quantities == "" {
		return nil, fmt.Errorf("epcis: a list can't stand for the field %q", field)
	}
	var told []*Value
	members := make([]Member, 0, len(e.root.members)+2)
	for _, m := range e.root.members {
		switch m.Name {
		case field, "eventID", ListIRI:
		case quantities:
			told = append(told, m.Value.items...)
		default:
			members = append(members, m)
		}
	}
	for _, q := range amounts {
		told = append(told, newObject(Member{"epcClass", newString(q.Class.String())},
			Member{"quantity", &Value{kind: Number, text: q.Quantity}}))
	}
	if len(told) > 0 {
		members = append(members, Member{quantities, newArray(told...)})
	}
	members = append(members, Member{"eventID", newString(e.ID())})
	if ref != nil {
		own := *ref
		own.Field = field
		members = append(members, Member{ListIRI, own.Value()})
	}
	slices.SortFunc(members, byName)
	return ParseBody(appendJSON(nil, newObject(members...)))
}

// WithoutList is the event but for its reference to a list.
func (e *Event) WithoutList() *Event {
	members := slices.DeleteFunc(slices.Clone(e.root.members), func(m Member) bool { return m.Name == ListIRI })
	out, err := ParseBody(appendJSON(nil, newObject(members...)))
	if err != nil {
		return e // it was valid with the reference: the reference is all that it is about
	}
	return out
}

// ListHead is what the ledger holds of a list beside its leaf: how many entries, and the top of their tree. The salt and
// the entries are with those who are entitled to them.
type ListHead struct {
	Count uint64
	Top   format.Hash
}

// Root is the list's root.
func (h ListHead) Root() format.Hash { return format.ListRootOf(h.Count, h.Top) }

// Commitment is what the list's leaf commits to.
func (h ListHead) Commitment() format.Hash { return format.Commitment(format.Listed, h.Root()) }

// Body is the head as the payload of its leaf has it.
func (h ListHead) Body() []byte {
	return fmt.Appendf(nil, `{"count":%d,"top":"%s","type":"List"}`, h.Count, common.Hash(h.Top).Hex())
}

// ParseListHead reads the body of a list leaf: the very bytes that Body writes.
func ParseListHead(body []byte) (h ListHead, err error) {
	const most = 200
	if len(body) > most {
		return h, fmt.Errorf("list: the head has %d bytes, at most %d", len(body), most)
	}
	root, f := parseJSON(body, 2)
	if f != nil {
		return h, fmt.Errorf("list: the head is not JSON: %s", f.Message)
	}
	count, err := strconv.ParseUint(root.Get("count").Text(), 10, 64)
	top, ok := hashOf(root.Get("top").Text())
	h = ListHead{Count: count, Top: top}
	if err != nil || !ok || count == 0 || !bytes.Equal(h.Body(), body) {
		return h, fmt.Errorf("list: %q is not the head of a list", body)
	}
	return h, nil
}

// hashOf reads what common.Hash writes, and nothing else: phones compare roots by their text.
func hashOf(s string) (h common.Hash, ok bool) {
	err := h.UnmarshalText([]byte(s))
	return h, err == nil && h.Hex() == s
}
