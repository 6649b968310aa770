package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/node/api"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/problem"
	vaults "github.com/suyuan-ledger/suyuan/trace/share"
	"github.com/suyuan-ledger/suyuan/trace/vault"
)

// SealedBody is a sealed event in this node's vault, without what it says.
type SealedBody struct {
	Commitment common.Hash    `json:"commitment" doc:"What the ledger committed to"`
	Party      common.Address `json:"party" doc:"Who recorded the event"`
	Policy     string         `json:"policy" enum:"chain,private" doc:"Who may have the body: those on the way of the event's things, or the party's operator alone"`
	EventID    string         `json:"eventID" doc:"The event's own ID, or its GS1 event hash ID"`
	Disclose   []string       `json:"disclose" doc:"Fields (RFC 6901) that everybody may see"`
	Since      uint64         `json:"since,string" doc:"When this node got it, seconds since 1970"`
	Cursor     string         `json:"cursor,omitempty" doc:"Place of the record on the ledger; absent while it isn't final"`
}

// OpenedBody is a sealed event with what it says.
type OpenedBody struct {
	SealedBody
	Body json.RawMessage `json:"body" doc:"The event as recorded"`
}

// sealedList is a piece of the list of sealed events.
type sealedList struct {
	Items []SealedBody `json:"items"`
	Next  string       `json:"next,omitempty" doc:"Go on with after=, even if there are fewer items than limit, or none; absent if the list ends here"`
}

// byCommitment is the part of an input that names a sealed event.
type byCommitment struct {
	Commitment string `path:"commitment" pattern:"^0x[0-9a-fA-F]{64}$" doc:"What the ledger committed to" example:"0x2f1d1a7cd03b8c9f7dd1f3a26a1f8a6a52a9c34b9f0b0a8f52c9a6c0a1e9f3d7"`
}

// mountVault opens the doors to the vault of this node: to its operator on this machine, and to parties by their API keys.
func (n *Node) mountVault(a *api.API, e *echo.Echo) {
	tags := []string{"vault"}
	api.Members(a, huma.Operation{OperationID: "vault", Path: "/vault", Tags: tags, Summary: "How this node's vault does",
		Extensions: api.Chinese("本节点保险库的状态"), Description: "Bodies held, wanted, erased, and how sharing with other nodes goes."},
		func(context.Context, *struct{}) (*struct{ Body vaults.Status }, error) {
			return &struct{ Body vaults.Status }{n.trace.sharing.Status()}, nil
		})
	api.Described[struct {
		After string `query:"after" doc:"Go on behind this commitment and party, as an earlier answer's next says"`
		Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most entries to answer with"`
		Event string `query:"event" doc:"Only the sealed events of this event ID, or GS1 event hash ID"`
	}, struct{ Body sealedList }](a, e, huma.Operation{OperationID: "sealed-events", Method: http.MethodGet, Path: "/vault/bodies", Tags: tags, Errors: []int{400, 401, 403},
		Summary: "Sealed events whose bodies this node has", Extensions: api.Chinese("本节点持有内容的密封事件"),
		Description: "For an API key with the scope read, those that its party may see; for a caller on the node's machine, all. One request looks at " +
			"1,000 bodies at most: go on as long as the answer has a next."}, n.getSealedBodies)
	api.Described[byCommitment, struct{ Body OpenedBody }](a, e, huma.Operation{OperationID: "sealed-event", Method: http.MethodGet, Path: "/vault/bodies/{commitment}", Tags: tags, Errors: []int{401, 403, 404, 410},
		Summary: "A sealed event with its body", Extensions: api.Chinese("一个密封事件及其内容"),
		Description: "410: the body was erased."}, n.getSealedBody)
	api.Described[byCommitment, struct{}](a, e, huma.Operation{OperationID: "erase-sealed-event", Method: http.MethodDelete, Path: "/vault/bodies/{commitment}", Tags: tags, DefaultStatus: http.StatusNoContent, Errors: []int{401, 403, 404, 409},
		Summary: "Erase the body of a sealed event", Extensions: api.Chinese("删除一个密封事件的内容"),
		Description: "For an API key of the party that recorded the event, with the scope capture, at a node of the party's operator. When the " +
			"answer comes, no file of this node holds the body or its salts; the other nodes are told. What the ledger holds stays: " +
			"that there is an event, by whom, when, of which things, and what its body was committed to."}, n.deleteSealedBody)
}

// seer is who asks for sealed events: a party by its API key, or, with all, the operator on the node's own machine.
type seer struct {
	all   bool
	party common.Address
}

func (n *Node) seer(c echo.Context) (seer, error) {
	if err := n.mayRead(c.Request()); err != nil {
		return seer{}, err
	}
	key, err := n.bearer(c.Request())
	if key == nil || err != nil {
		return seer{all: true}, err
	}
	return seer{party: key.Party}, nil
}

// sees says whether somebody may have a record; cursor is its place on the ledger, empty if it has none yet.
func (w seer) sees(v *index.View, ref vault.Ref) (may bool, cursor string, err error) {
	own := w.all || w.party == ref.Party
	rec, stub, ok, err := v.SealedRecord(ref.Commitment, ref.Party)
	if err != nil || !ok {
		return own, "", err
	}
	if !own {
		own, err = vaults.MaySee(v, &rec, &stub, w.party)
	}
	return own, rec.Seq.String(), err
}

func sealedBody(h *vault.Head, cursor string) SealedBody {
	b := SealedBody{Commitment: h.Commitment, Party: h.Party, Policy: h.Policy, EventID: h.EventID, Disclose: h.Disclose, Since: h.Captured, Cursor: cursor}
	if b.EventID == "" {
		b.EventID = index.HashID(h.Hash)
	}
	if b.Disclose == nil {
		b.Disclose = []string{}
	}
	return b
}

func (n *Node) getSealedBodies(c echo.Context) error {
	who, err := n.seer(c)
	if err != nil {
		return err
	}
	limit, err := strconv.Atoi(c.QueryParam("limit"))
	if c.QueryParam("limit") == "" {
		limit, err = 100, nil
	}
	if err != nil || limit < 1 || limit > 1000 {
		return problem.BadParam("query", "limit", c.QueryParam("limit"), "range", "is not a number from 1 to 1000")
	}
	v, err := n.trace.index.View()
	if err != nil {
		return err
	}
	defer func() { _ = v.Close() }() // read only
	var out sealedList
	if id := c.QueryParam("event"); id != "" {
		heads, err := n.trace.vault.ByEventID(id)
		if err == nil && index.DigestOf(id) != (common.Hash{}) {
			heads, err = n.trace.vault.ByDigest(index.DigestOf(id))
		}
		if err != nil {
			return err
		}
		if out.Items, _, err = who.pick(v, heads, limit); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, out)
	}
	at, err := parseRef(c.QueryParam("after"))
	if err != nil {
		return err
	}
	if out, err = who.list(v, n.trace.vault, at, limit); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, out)
}

// maxLooked bounds how many records of the vault one request looks at. Who may see few of them goes on with the cursor.
const maxLooked = 1000

// list lists the records behind one that somebody may see, at most limit.
func (w seer) list(v *index.View, kept *vault.Store, behind vault.Ref, limit int) (out sealedList, err error) {
	most := maxLooked
	if w.all {
		most = min(most, limit+1)
	}
	heads, err := kept.Heads(behind, most)
	if err != nil {
		return out, err
	}
	looked := 0
	if out.Items, looked, err = w.pick(v, heads, limit); err != nil {
		return out, err
	}
	if looked < len(heads) || looked == most {
		out.Next = cursorOf(heads[looked-1].Ref)
	}
	return out, nil
}

// pick takes the records that somebody may see, at most limit, and answers how many were looked at.
func (w seer) pick(v *index.View, heads []vault.Head, limit int) (list []SealedBody, looked int, err error) {
	list = []SealedBody{}
	for ; looked < len(heads) && len(list) < limit; looked++ {
		may, cursor, err := w.sees(v, heads[looked].Ref)
		if err != nil {
			return nil, looked, err
		}
		if may {
			list = append(list, sealedBody(&heads[looked], cursor))
		}
	}
	return list, looked, nil
}

func cursorOf(r vault.Ref) string { return r.Commitment.Hex() + r.Party.Hex()[2:] }

// parseRef reads the place in the list that an answer's next names.
func parseRef(s string) (r vault.Ref, err error) {
	if s == "" {
		return r, nil
	}
	b := common.FromHex(s)
	if len(b) != len(r.Commitment)+len(r.Party) {
		return r, problem.BadParam("query", "after", s, "cursor", "is not what an earlier answer's next says")
	}
	copy(r.Commitment[:], b)
	copy(r.Party[:], b[len(r.Commitment):])
	return r, nil
}

// findSealed finds the records of a commitment that somebody may see.
func (n *Node) findSealed(c echo.Context, who seer) ([]vault.Head, []string, error) {
	commitment, err := parseCommitment(c)
	if err != nil {
		return nil, nil, err
	}
	heads, err := n.trace.vault.ByCommitment(commitment)
	if err != nil {
		return nil, nil, err
	}
	v, err := n.trace.index.View()
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = v.Close() }() // read only
	var found []vault.Head
	var cursors []string
	for _, h := range heads {
		may, cursor, err := who.sees(v, h.Ref)
		if err != nil {
			return nil, nil, err
		}
		if may {
			found, cursors = append(found, h), append(cursors, cursor)
		}
	}
	if len(found) > 0 {
		return found, cursors, nil
	}
	if erased, err := n.trace.vault.ErasedAs(commitment); err != nil || len(erased) > 0 {
		if err == nil {
			err = &refusal{http.StatusGone, fmt.Sprintf("the body of the sealed event %s was erased", commitment)}
		}
		return nil, nil, err
	}
	return nil, nil, &refusal{http.StatusNotFound, fmt.Sprintf("this node has no body of a sealed event %s that the caller may see", commitment)}
}

func parseCommitment(c echo.Context) (common.Hash, error) {
	given := c.Param("commitment")
	b := common.FromHex(given)
	if len(b) != common.HashLength || len(given) != 2+2*common.HashLength {
		return common.Hash{}, problem.BadParam("path", "commitment", given, "pattern", "is not 0x and 64 hexadecimal digits")
	}
	return common.Hash(b), nil
}

func (n *Node) getSealedBody(c echo.Context) error {
	who, err := n.seer(c)
	if err != nil {
		return err
	}
	heads, cursors, err := n.findSealed(c, who)
	if err != nil {
		return err
	}
	r, err := n.trace.vault.Get(heads[0].Ref)
	if err != nil {
		return err
	}
	body, err := r.Body()
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, OpenedBody{SealedBody: sealedBody(&r.Head, cursors[0]), Body: body})
}

func (n *Node) deleteSealedBody(c echo.Context) error {
	who, err := n.writer(c)
	if err != nil {
		return err
	}
	if who.Scopes&contracts.ScopeCapture == 0 {
		return &refusal{http.StatusForbidden, "this API key doesn't have the scope capture"}
	}
	commitment, err := parseCommitment(c)
	if err != nil {
		return err
	}
	ref := vault.Ref{Commitment: commitment, Party: who.Party}
	if _, gone, err := n.trace.vault.Erased(ref); gone || err != nil {
		if gone {
			err = c.NoContent(http.StatusNoContent)
		}
		return err
	}
	if err := n.mayErase(c.Request().Context(), ref); err != nil {
		return err
	}
	if err := n.trace.sharing.Erase(ref); err != nil {
		return err
	}
	n.log.Info("the body of a sealed event was erased", "commitment", commitment, "party", who.Party)
	return c.NoContent(http.StatusNoContent)
}

// mayErase refuses to erase what isn't the party's, or where others wouldn't believe it.
func (n *Node) mayErase(ctx context.Context, ref vault.Ref) error {
	v, err := n.trace.index.View()
	if err != nil {
		return err
	}
	defer func() { _ = v.Close() }() // read only
	_, recorded, err := v.SealedBy(ref.Commitment, ref.Party)
	if err != nil {
		return err
	}
	held, err := n.trace.vault.Has(ref)
	if err != nil {
		return err
	}
	if !recorded && !held {
		return &refusal{http.StatusNotFound, fmt.Sprintf("the API key's party recorded no sealed event %s", ref.Commitment)}
	}
	if err := n.sponsors(ctx, ref.Party); err != nil {
		return &refusal{http.StatusConflict, err.Error() + "; other nodes wouldn't believe that the body is to be erased"}
	}
	return nil
}

// errForeign says that a party isn't this node's operator's.
var errForeign = errors.New("this node's operator doesn't sponsor the party: send it to a node of the one that does")

// sponsors refuses a party that isn't of this node's operator.
func (n *Node) sponsors(ctx context.Context, party common.Address) error {
	sponsor, err := n.register.Sponsor(ctx, party)
	if err != nil {
		return err
	}
	if sponsor == (common.Address{}) || sponsor != n.trace.sharing.Operator() {
		return errForeign
	}
	return nil
}

// maySeal refuses sealed events of another operator's parties. Their bodies would be on a node that may not have them, and
// nobody would ask there.
func (n *Node) maySeal(ctx context.Context, party common.Address) error {
	return n.sponsors(ctx, party)
}
