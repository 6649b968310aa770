package node

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/node/api"
	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/trace/problem"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// ListFileType is the media type of a list in a file: a line of JSON that says which list, and a name a line.
const ListFileType = "application/vnd.suyuan.list"

// ByRoot is the part of an input that names a list.
type ByRoot struct {
	Root string `path:"root" pattern:"^0x[0-9a-fA-F]{64}$" doc:"Root of the list" example:"0xcbd0afcbfcd13f598784d0f442f36e84942529b577bef2abf2fa9a0716caced5"`
}

// mountLists opens the doors to commissioning and to the lists of this node. What a list holds is for the party that made
// it; anybody else learns of one thing at a time, by naming it.
func (n *Node) mountLists(a *api.API, e *echo.Echo) {
	tags := []string{"lists"}
	api.Described[struct{ Body capture.Commissioning }, struct {
		Location string `header:"Location" doc:"The capture job"`
		Body     capture.Commissioned
	}](a, e, huma.Operation{OperationID: "commission", Method: http.MethodPost, Path: "/commissions", Tags: tags, DefaultStatus: http.StatusAccepted, Errors: []int{400, 401, 403, 409},
		Summary: "Make units of a lot", Extensions: api.Chinese("赋码：为一个批次生成单品"),
		Description: "Draws serials that nobody can guess, keeps their list in this node and puts one event and one list leaf on the lot. " +
			"202: the job is on disk and its address is in Location; 200: the same request was final before, nothing new is made. " +
			"The API key needs the scope capture.",
		Responses: map[string]*huma.Response{"200": {Description: "The request was final before"}}}, n.postCommission)
	api.Described[struct {
		Request string `path:"request" format:"uuid" doc:"The request's UUID"`
	}, struct{ Body capture.Making }](a, e, huma.Operation{OperationID: "commission-progress", Method: http.MethodGet, Path: "/commissions/{request}", Tags: tags,
		Summary: "How far a commissioning has come", Extensions: api.Chinese("赋码的进度")}, n.getCommission)
	api.Described[struct{}, struct{ Body []keptList }](a, e, huma.Operation{OperationID: "lists", Method: http.MethodGet, Path: "/lists", Tags: tags,
		Summary: "Lists of the caller's party in this node", Extensions: api.Chinese("本机构在本节点的清单")}, n.getLists)
	api.Described[struct {
		RawBody []byte `contentType:"application/vnd.suyuan.list"`
	}, struct{}](a, e, huma.Operation{OperationID: "import-list", Method: http.MethodPost, Path: "/lists", Tags: tags, DefaultStatus: http.StatusCreated, Errors: []int{400, 401, 409},
		Summary: "Take in a list from another node", Extensions: api.Chinese("导入其他节点的清单"),
		Description: "A line of JSON with type, root, salt, count, eventID and party of the list, and a canonical identifier a line. The list " +
			"must be one that the ledger holds the root of. 204: it is here already.",
		Responses: map[string]*huma.Response{"204": {Description: "The list is here already"}}}, n.postList)
	api.Described[ByRoot, struct{ Body keptList }](a, e, huma.Operation{OperationID: "list", Method: http.MethodGet, Path: "/lists/{root}", Tags: tags,
		Summary: "One list of the caller's party", Extensions: api.Chinese("本机构的一份清单")}, n.getList)
	api.Described[struct {
		ByRoot
		Lot string `query:"lot" doc:"Lot to write into the links"`
	}, struct {
		Body []byte `contentType:"text/csv"`
	}](a, e, huma.Operation{OperationID: "serials", Method: http.MethodGet, Path: "/lists/{root}/serials", Tags: tags,
		Summary: "A list as CSV", Extensions: api.Chinese("清单（CSV）"), Responses: streamed("text/csv"),
		Description: "Columns serial, digital_link, list_root, list_count and list_salt."}, n.getSerials)
	api.Described[ByRoot, struct {
		Body []byte `contentType:"application/vnd.suyuan.list"`
	}](a, e, huma.Operation{OperationID: "list-file", Method: http.MethodGet, Path: "/lists/{root}/file", Tags: tags,
		Summary: "A list as a file for another node", Extensions: api.Chinese("清单文件，可导入其他节点"), Responses: streamed(ListFileType)}, n.getListFile)
}

// streamed describes an answer that isn't JSON.
func streamed(media string) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{media: {Schema: &huma.Schema{Type: "string"}}}}}
}

// writer is who asks a door that needs an API key.
func (n *Node) writer(c echo.Context) (*capture.Caller, error) {
	who, err := callers{n}.Caller(c.Request())
	if err != nil {
		return nil, err
	}
	if who == nil {
		return nil, &refusal{http.StatusUnauthorized, c.Request().URL.Path + " needs an API key"}
	}
	return who, nil
}

// said turns a problem of the trace domain into this interface's.
func said(err error) error {
	var p *capture.Problem
	if !errors.As(err, &p) {
		return err
	}
	out := problem.New(p.Status, p.Detail)
	for _, f := range p.Errors {
		out.Errors = append(out.Errors, problem.Fault{Pointer: f.Pointer, Rule: f.Rule, Value: f.Value, Message: f.Message})
	}
	if p.Detail == "" {
		out.Detail = p.Title
	}
	return out
}

// maxRequest is how large a request for commissioning may be, in bytes.
const maxRequest = 64 << 10

func (n *Node) postCommission(c echo.Context) error {
	who, err := n.writer(c)
	if err != nil {
		return err
	}
	if who.Scopes&contracts.ScopeCapture == 0 {
		return &refusal{http.StatusForbidden, "this API key doesn't have the scope capture"}
	}
	var r capture.Commissioning
	dec := json.NewDecoder(http.MaxBytesReader(c.Response(), c.Request().Body, maxRequest))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return problem.New(http.StatusBadRequest, "the body is not a commissioning: "+err.Error(),
			problem.Fault{Pointer: "", Rule: "json", Message: err.Error()})
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return problem.New(http.StatusBadRequest, "the body is not a commissioning: more follows after it",
			problem.Fault{Pointer: "", Rule: "json", Message: "more follows after it"})
	}
	made, err := n.trace.capture.Commission(c.Request().Context(), *who, r)
	if err != nil {
		return said(err)
	}
	if made.Job == "" {
		return c.JSON(http.StatusOK, made)
	}
	c.Response().Header().Set("Location", "/epcis/capture/"+made.Job)
	return c.JSON(http.StatusAccepted, made)
}

func (n *Node) getCommission(c echo.Context) error {
	who, err := n.writer(c)
	if err != nil {
		return err
	}
	far, err := n.trace.capture.Making(who.Party, c.Param("request"))
	if err != nil {
		return said(err)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, far)
}

// keptList is what a party learns of a list of its own.
type keptList struct {
	Root      common.Hash `json:"root" doc:"Root of the list"`
	Salt      common.Hash `json:"salt" doc:"Salt of the list"`
	Count     uint64      `json:"count" doc:"How many things it holds"`
	Event     string      `json:"eventID" doc:"Event that says what they went through"`
	Effective bool        `json:"effective" doc:"The ledger holds the list's leaf and its event"`
}

func (n *Node) keptList(h lists.Head) (keptList, error) {
	v, err := n.trace.index.View()
	if err != nil {
		return keptList{}, err
	}
	defer func() { _ = v.Close() }() // read only
	_, ok, err := v.List(h.Root)
	return keptList{Root: h.Root, Salt: h.Salt, Count: h.Count, Event: h.Event, Effective: ok}, err
}

func (n *Node) getLists(c echo.Context) error {
	who, err := n.writer(c)
	if err != nil {
		return err
	}
	heads, err := n.trace.lists.Heads()
	if err != nil {
		return err
	}
	out := []keptList{}
	for _, h := range heads {
		if h.Party != who.Party {
			continue
		}
		k, err := n.keptList(h)
		if err != nil {
			return err
		}
		out = append(out, k)
	}
	return c.JSON(http.StatusOK, out)
}

// ownList is the head of the list a request names, if it is the caller's.
func (n *Node) ownList(c echo.Context) (lists.Head, error) {
	who, err := n.writer(c)
	if err != nil {
		return lists.Head{}, err
	}
	var root common.Hash
	if err := root.UnmarshalText([]byte(c.Param("root"))); err != nil {
		return lists.Head{}, problem.BadParam("path", "root", c.Param("root"), "hash", "32 bytes in hexadecimal, with 0x, are expected")
	}
	h, err := n.trace.lists.Head(root)
	if errors.Is(err, lists.ErrUnknown) || err == nil && h.Party != who.Party {
		return lists.Head{}, problem.NotFound("list", root.Hex())
	}
	return h, err
}

func (n *Node) getList(c echo.Context) error {
	h, err := n.ownList(c)
	if err != nil {
		return err
	}
	k, err := n.keptList(h)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, k)
}

// getSerials writes a list as CSV: serial, the link for the pack, and root, count and salt of the list, so that a row and the
// path that any node with the list gives prove the unit's place in it. ?lot= puts the lot into the links.
func (n *Node) getSerials(c echo.Context) error {
	h, err := n.ownList(c)
	if err != nil {
		return err
	}
	lot := c.QueryParam("lot")
	res := c.Response()
	res.Header().Set(echo.HeaderContentType, "text/csv; charset=utf-8; header=present")
	res.Header().Set("Cache-Control", "no-store")
	res.WriteHeader(http.StatusOK)
	buf := bufio.NewWriterSize(res, 64<<10)
	w := csv.NewWriter(buf)
	w.UseCRLF = true // RFC 4180
	if err := w.Write([]string{"serial", "digital_link", "list_root", "list_count", "list_salt"}); err != nil {
		return err
	}
	root, count, salt := h.Root.Hex(), strconv.FormatUint(h.Count, 10), h.Salt.Hex()
	err = n.trace.lists.Names(h.Root, func(name string) error {
		id, err := gs1.Parse(name)
		if err != nil {
			return err
		}
		path := id.FullPath()
		if lot != "" && id.GTIN() != "" {
			path = id.WithLot(lot).FullPath() + "/21/" + strings.TrimPrefix(path, "/01/"+id.GTIN()+"/21/")
		}
		return w.Write([]string{serialOf(id), strings.TrimRight(n.cfg.LinkDomain, "/") + path, root, count, salt})
	})
	w.Flush()
	return errors.Join(err, w.Error(), buf.Flush())
}

// serialOf is what tells a thing from others of its kind.
func serialOf(id gs1.ID) string {
	if s := id.Serial(); s != "" {
		return s
	}
	return id.Value()
}

// listFile is the first line of a list in a file.
type listFile struct {
	Type  string         `json:"type"` // suyuan-list/1
	Root  common.Hash    `json:"root"`
	Salt  common.Hash    `json:"salt"`
	Count uint64         `json:"count"`
	Event string         `json:"eventID"`
	Party common.Address `json:"party"`
}

const listFileType = "suyuan-list/1"

func (n *Node) getListFile(c echo.Context) error {
	h, err := n.ownList(c)
	if err != nil {
		return err
	}
	res := c.Response()
	res.Header().Set(echo.HeaderContentType, ListFileType)
	res.Header().Set("Cache-Control", "no-store")
	res.WriteHeader(http.StatusOK)
	w := bufio.NewWriterSize(res, 64<<10)
	head := listFile{listFileType, h.Root, h.Salt, h.Count, h.Event, h.Party}
	if err := json.NewEncoder(w).Encode(head); err != nil {
		return err
	}
	err = n.trace.lists.Names(h.Root, func(name string) error {
		_, err := fmt.Fprintln(w, name)
		return err
	})
	return errors.Join(err, w.Flush())
}

// postList takes in a list that another node made. It must be one that the ledger knows: then it can be checked to the
// last name, and holds nothing that its maker didn't put there.
func (n *Node) postList(c echo.Context) error {
	if _, err := n.writer(c); err != nil {
		return err
	}
	head, list, err := readList(http.MaxBytesReader(c.Response(), c.Request().Body, maxListFile))
	if err != nil {
		return problem.New(http.StatusBadRequest, "the list can't be read: "+err.Error(),
			problem.Fault{Rule: "list", Message: err.Error()})
	}
	v, err := n.trace.index.View()
	if err != nil {
		return err
	}
	defer func() { _ = v.Close() }() // read only
	known, ok, err := v.List(list.Root)
	if err != nil {
		return err
	}
	if !ok {
		return problem.New(http.StatusConflict, fmt.Sprintf("no list of root %s is on this ledger", head.Root))
	}
	if _, err := n.trace.lists.Head(list.Root); err == nil {
		return c.NoContent(http.StatusNoContent)
	}
	own := lists.Head{Party: known.Leaf.Party, Event: known.Event.EventID, Created: known.Leaf.BlockTime}
	if err := n.trace.lists.Put(list, own, lists.ObjectKey, nil); err != nil {
		return err
	}
	return c.NoContent(http.StatusCreated)
}

// maxListFile bounds a list in a file, in bytes: a list of the greatest length with names of 200 characters.
const maxListFile = lists.Max * 200

// readList reads a list from a file and builds it anew; what it says of itself must be what comes out.
func readList(r io.Reader) (listFile, *lists.List, error) {
	var head listFile
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), 4096)
	if !lines.Scan() {
		return head, nil, errors.Join(errors.New("the file is empty"), lines.Err())
	}
	if err := json.Unmarshal(lines.Bytes(), &head); err != nil || head.Type != listFileType {
		return head, nil, fmt.Errorf("line 1: not the head of a list of type %s", listFileType)
	}
	b := lists.WithSalt(format.Hash(head.Salt))
	names := uint64(0)
	for n := 2; lines.Scan(); n++ {
		names++
		key, err := lists.ObjectKey(lines.Text())
		if err != nil && names < head.Count && !lines.Scan() {
			return head, nil, fmt.Errorf("line %d: the file ends here, and should hold %d names", n, head.Count)
		}
		if err != nil {
			return head, nil, fmt.Errorf("line %d: %w", n, err)
		}
		if err := b.Add(lines.Text(), key); err != nil {
			return head, nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return head, nil, err
	}
	if names != head.Count {
		return head, nil, fmt.Errorf("the file holds %d names, and should hold %d", names, head.Count)
	}
	list, err := b.Finish()
	if err != nil {
		return head, nil, err
	}
	if list.Root != format.Hash(head.Root) {
		return head, nil, fmt.Errorf("the names make the root %s, not %s: the file is not whole, or was changed",
			common.Hash(list.Root), head.Root)
	}
	return head, list, nil
}
