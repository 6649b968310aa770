package node

import (
	"context"
	"errors"

	"github.com/danielgtaylor/huma/v2"
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/node/api"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/trace/problem"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Bounds of one answer.
const (
	maxMemberships = 100
	maxLotLists    = 1_000
)

// Memberships is what sealed lists say of one thing.
type Memberships struct {
	ID     string      `json:"id" doc:"Canonical identifier asked for" example:"https://id.gs1.org/01/09521202001011/21/GCGK79C4KGRJTWKG"`
	ObjKey common.Hash `json:"objKey" doc:"Key of its object on the ledger"`
	In     []ListProof `json:"in" doc:"Lists that hold it, with the path to the root"`
	Out    []ListProof `json:"out" doc:"Lists of the lot in the identifier that don't hold it, with the entries it would stand between"`
	Closed []ListRoot  `json:"closed" doc:"Lists of that lot that this node can't look into"`
}

// ListRoot names a list on the ledger.
type ListRoot struct {
	Root  common.Hash `json:"root" doc:"Root of the list"`
	Count uint64      `json:"count,string" doc:"Number of its entries"`
	Event string      `json:"eventID" doc:"Event that says what the things in it went through"`
}

// ListProof shows that a thing is in a list, or isn't.
type ListProof struct {
	ListRoot
	Salt   common.Hash `json:"salt" doc:"Salt of the list; an entry is keccak256(0x00 ‖ LIST_V1 ‖ salt ‖ objKey)"`
	Place  *ListPlace  `json:"place,omitempty" doc:"Where the thing stands"`
	Before *ListPlace  `json:"before,omitempty" doc:"The entry before where it would stand; none at the beginning"`
	After  *ListPlace  `json:"after,omitempty" doc:"The entry behind where it would stand; none at the end"`
}

// ListPlace is an entry with the way to the root.
type ListPlace struct {
	Entry common.Hash   `json:"entry" doc:"Entry"`
	Index uint64        `json:"index,string" doc:"Place among the sorted entries, from 0"`
	Path  []common.Hash `json:"path" doc:"Siblings from the bottom up; none at a level where the node is the odd one out"`
}

func placeOf(p *format.ListPlace) *ListPlace {
	if p == nil {
		return nil
	}
	out := &ListPlace{Entry: p.Entry, Index: p.Index, Path: make([]common.Hash, len(p.Path))}
	for i, h := range p.Path {
		out.Path[i] = h
	}
	return out
}

type membershipInput struct {
	ID string `query:"id" required:"true" doc:"Full identifier: Digital Link (path or URI), EPC URN or element string; with its lot, the lists that don't hold it are shown too" example:"/01/09521202001011/10/L7/21/GCGK79C4KGRJTWKG"`
}

// mountMemberships opens the door at which whoever holds a thing, and so its serial, learns of its lists.
func (n *Node) mountMemberships(a *api.API) {
	api.Public(a, huma.Operation{OperationID: "memberships", Path: "/memberships", Summary: "Sealed lists that hold a thing, with proof",
		Tags: []string{"lists"}, Extensions: api.Chinese("含有某一件物品的密封清单及其证明"),
		Description: "Lists of serials stand on the ledger as a root. Their contents are given to nobody but their maker; to whoever " +
			"presents one serial this door answers whether it is in the lists that this node holds, and proves the answer."},
		func(_ context.Context, in *membershipInput) (*struct{ Body Memberships }, error) {
			body, err := n.memberships(in.ID)
			if err != nil {
				return nil, err
			}
			return &struct{ Body Memberships }{*body}, nil
		})
}

func (n *Node) memberships(text string) (*Memberships, error) {
	if len(text) > 0 && text[0] == '/' {
		text = "https://id.gs1.org" + text
	}
	id, err := gs1.Parse(text)
	if err != nil {
		return nil, problem.BadParam("query", "id", text, "identifier", err.Error())
	}
	name := id.Canonical()
	if name.Level() != gs1.LevelInstance {
		return nil, problem.BadParam("query", "id", text, "identifier-level", "name one thing: with a serial, or an SSCC")
	}
	key, err := lists.ObjectKey(name.String())
	if err != nil {
		return nil, problem.BadParam("query", "id", text, "identifier", err.Error())
	}
	out := &Memberships{ID: name.String(), ObjKey: key, In: []ListProof{}, Out: []ListProof{}, Closed: []ListRoot{}}
	found, err := n.trace.lists.Of(key, maxMemberships)
	if err != nil {
		return nil, err
	}
	v, err := n.trace.index.View()
	if err != nil {
		return nil, err
	}
	defer func() { _ = v.Close() }() // read only
	for _, m := range found {
		if _, ok, err := v.List(m.Head.Root); err != nil || !ok {
			if err != nil {
				return nil, err
			}
			continue // not recorded (yet)
		}
		out.In = append(out.In, ListProof{ListRoot: ListRoot{m.Head.Root, m.Head.Count, m.Head.Event}, Salt: m.Head.Salt,
			Place: placeOf(&m.Place)})
	}
	lot := name.WithLot(id.Lot())
	if id.Lot() == "" || lot.IsZero() {
		return out, nil
	}
	object, err := lot.Object("")
	if err != nil {
		return nil, err
	}
	leaves, _, err := v.Lists(object.Key(), maxLotLists)
	if err != nil {
		return nil, err
	}
	for _, leaf := range leaves {
		l, ok, err := v.List(leaf.Root)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		root := ListRoot{leaf.Root, l.Head.Count, l.Event.ID()}
		_, absent, err := n.trace.lists.Prove(leaf.Root, key)
		switch {
		case errors.Is(err, lists.ErrUnknown):
			out.Closed = append(out.Closed, root)
		case err != nil:
			return nil, err
		case absent != nil:
			h, err := n.trace.lists.Head(leaf.Root)
			if err != nil {
				return nil, err
			}
			out.Out = append(out.Out, ListProof{ListRoot: root, Salt: h.Salt, Before: placeOf(absent.Before), After: placeOf(absent.After)})
		}
	}
	return out, nil
}
