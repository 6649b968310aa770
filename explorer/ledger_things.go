package explorer

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/explorer/ledger"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

func validatorTable(l Lang, v ledger.Validators) *table {
	t := &table{Cols: []col{{"validator.name", false, "name"}, {"validator.uptime", true, "uptime_percent"}, {"validator.last", true, "last_signed"}, {"validator.power", true, "power"}, {"validator.state", false, "state"}, {"validator.address", false, "address"}}}
	for _, x := range v.List {
		uptime := text("")
		if p, ok := x.Uptime(); ok {
			uptime = cell{Text: fmt.Sprintf("%.1f %%", p), Raw: fmt.Sprintf("%.2f", p), Title: l.Say("validator.signed", "signed", x.Signed, "of", x.Of)}
		}
		last := text("")
		if x.LastSigned > 0 {
			last = num(x.LastSigned)
		}
		state := text(l.Say("validator.signing"))
		switch {
		case x.LastSigned == 0:
			state = tag(l.Say("validator.never"), "bad")
		case x.Missing:
			state = tag(l.Say("validator.missing", "n", x.MissedFor), "bad")
		}
		address := cell{Text: short(x.Address), Title: x.Address, Raw: x.Address, Class: "mono hash"}
		t.add(text(x.Name), uptime, last, num(x.Power), state, address)
	}
	return t
}

func (s *server) validators(c echo.Context) error {
	l, v := lang(c), s.Ledger.Validators()
	t := validatorTable(l, v)
	if wantsCSV(c) {
		return sendCSV(c, "validators", t, nil)
	}
	sh := s.sheet(c, "validators")
	sh.Live = true
	sh.Lead = l.Say("validators.lead", "n", v.Window, "height", v.Height)
	p := part{ID: "list", Table: t, CSV: paged(c, "format", "csv")}
	p.Note, p.Alert = l.signing(v)
	sh.Parts = []part{p}
	sh.Curl = s.curl(c, "/validators")
	return s.show(c, l.Say("validators.title"), sh)
}

func licenceTable(l Lang, list []ledger.Licence) *table {
	t := &table{Cols: []col{{"licence.id", false, "id"}, {"licence.text", false, "range"}, {"licence.kind", false, "kind"}, {"licence.holder", false, "holder"}, {"licence.open", false, "who_may_write"}, {"licence.valid", false, "valid"}, {"licence.state", false, "state"}}}
	for _, x := range list {
		id := strconv.FormatUint(x.ID, 10)
		t.add(text(id).to("/explorer/licences/"+id), mono(x.Text), text(l.Say("licencekind."+x.Kind)), who(x.Holder), text(licenceOpen(l, x)), text(l.span(x.ValidFrom, x.ValidUntil)), licenceState(l, x))
	}
	return t
}

func licenceOpen(l Lang, x ledger.Licence) string {
	if x.Open {
		return l.Say("licence.open.all")
	}
	return l.Say("licence.open.listed")
}

func licenceState(l Lang, x ledger.Licence) cell {
	switch {
	case x.RevokedAt != nil:
		return tag(l.Say("licence.revoked"), "bad")
	case !x.InForce:
		return tag(l.Say("licence.lapsed"), "warn")
	}
	return text(l.Say("licence.force"))
}

func (s *server) licences(c echo.Context) error {
	l := lang(c)
	below, err := queryNumber(c, "before")
	if err != nil {
		return s.fail(c, "", err)
	}
	list, total, err := s.Ledger.Licences(c.Request().Context(), below, rows(c, pageRows))
	if err != nil {
		return s.fail(c, l.Say("ledger.licences"), err)
	}
	t := licenceTable(l, list)
	older := ""
	if n := len(list); n > 0 && list[n-1].ID > 1 {
		older = strconv.FormatUint(list[n-1].ID, 10)
	}
	if wantsCSV(c) {
		return sendCSV(c, "licences", t, nextQuery("before", older))
	}
	sh := s.sheet(c, "licences")
	sh.Lead = l.Say("licences.lead", "n", total)
	p := part{ID: "list", Table: t, CSV: paged(c, "before", c.QueryParam("before"), "format", "csv")}
	if below > 0 {
		p.Links = append(p.Links, link{l.Say("ledger.newest"), paged(c)})
	}
	if older != "" {
		p.Links = append(p.Links, link{l.Say("ledger.older"), paged(c, "before", older)})
	}
	sh.Parts = []part{p}
	sh.Curl = s.curl(c, "/licences")
	return s.show(c, l.Say("licences.title"), sh)
}

func (s *server) licence(c echo.Context) error {
	l := lang(c)
	id, err := strconv.ParseUint(c.Param("id"), 10, 64)
	if err != nil {
		return s.fail(c, "", &badAddress{"id", c.Param("id"), "rule.number"})
	}
	x, err := s.Ledger.Licence(c.Request().Context(), id)
	if err != nil {
		return s.fail(c, l.Say("licence.title", "n", id), err)
	}
	t := &table{None: l.Say("licence.members.none"), Cols: []col{{"party.name", false, "name"}, {"licence.standing", false, "standing"}, {"party.address", false, "address"}}}
	for _, m := range x.Members {
		t.add(who(m.Who), text(l.Say("standing."+m.Standing)), hash20(m.Address))
	}
	if wantsCSV(c) {
		return sendCSV(c, "licence-"+strconv.FormatUint(id, 10)+"-members", t, nil)
	}
	sh := s.sheet(c, "licences")
	sh.Facts = []fact{{l.Say("licence.text"), mono(x.Text)}, {l.Say("licence.kind"), text(l.Say("licencekind." + x.Kind))}, {l.Say("licence.holder"), who(x.Holder)},
		{l.Say("licence.valid"), text(l.span(x.ValidFrom, x.ValidUntil))}, {l.Say("licence.state"), licenceState(l, x.Licence)}, {l.Say("licence.open"), text(licenceOpen(l, x.Licence))}}
	if x.Evidence != "" {
		sh.Facts = append(sh.Facts, fact{l.Say("licence.evidence"), mono(x.Evidence)})
	}
	sh.Parts = []part{{ID: "members", Title: l.Say("licence.members"), Note: l.Say("licence.receivers"), Table: t, CSV: paged(c, "format", "csv")}}
	sh.Curl = s.curl(c, "/licences/"+strconv.FormatUint(id, 10))
	return s.show(c, l.Say("licence.title", "n", id), sh)
}

func (s *server) object(c echo.Context) error {
	l := lang(c)
	key, err := hashParam(c, "key")
	if err != nil {
		return s.fail(c, "", err)
	}
	lane := c.QueryParam("lane")
	if _, ok := ledger.LaneOf(lane); !ok {
		return s.fail(c, "", &badAddress{"lane", lane, "rule.lane"})
	}
	from, err := queryNumber(c, "from")
	if err != nil {
		return s.fail(c, "", err)
	}
	o, err := s.Ledger.Leaves(c.Request().Context(), key, lane, from, rows(c, pageRows))
	if err != nil {
		return s.fail(c, l.Say("arg.objKey")+" "+key.Hex(), err)
	}
	t := leafTable(l, o.Lane.Leaves)
	next := ""
	if o.Lane.Next > 0 {
		next = strconv.FormatUint(o.Lane.Next, 10)
	}
	if wantsCSV(c) {
		return sendCSV(c, "leaves-"+o.Lane.Name, t, nextQuery("from", next))
	}
	sh := s.sheet(c, "")
	sh.Lead = plainID(o.ID)
	if o.ID == "" {
		sh.Lead = l.Say("object.unnamed")
	}
	sh.Facts = []fact{{l.Say("object.key"), mono(key.Hex())}}
	if id, err := gs1.Parse(o.ID); err == nil && id.Key() != "" {
		sh.Facts = append(sh.Facts, fact{l.Say("object.scan"), mono(id.Path()).to(id.Path())})
	}
	p := part{ID: "leaves", Title: l.Say("lane." + o.Lane.Name), Table: t, CSV: paged(c, "from", c.QueryParam("from"), "format", "csv")}
	for i, name := range []string{"trunk", "notice", "notes"} {
		text := fmt.Sprintf("%s (%d)", l.Say("lane."+name), o.Counts[i])
		if name != o.Lane.Name {
			p.Links = append(p.Links, link{text, paged(c, "lane", name)})
		}
	}
	p.Facts = []fact{{l.Say("object.lanekey"), mono(o.Lane.Key.Hex())}, {l.Say("object.count"), num(o.Counts[laneIndex(o.Lane.Name)])}, {l.Say("object.head"), mono(o.Lane.Head.Hex())}, {l.Say("object.contract"), mono(o.Lane.Contract.Hex())}}
	switch {
	case o.Lane.Agrees == nil:
		p.Note, p.Alert = l.Say("object.behind"), "warn"
	case *o.Lane.Agrees:
		p.Note = l.Say("object.agrees")
	default:
		p.Note, p.Alert = l.Say("object.differs"), "bad"
	}
	if next != "" {
		p.Links = append(p.Links, link{l.Say("ledger.more"), paged(c, "from", next)})
	}
	sh.Parts = []part{p}
	sh.Curl = s.curl(c, "/objects/"+key.Hex()+"/leaves?"+url.Values{"lane": {o.Lane.Name}}.Encode())
	return s.show(c, l.Say("object.title"), sh)
}

func laneIndex(name string) int {
	lane, _ := ledger.LaneOf(name)
	return int(lane)
}

func leafTable(l Lang, list []ledger.Leaf) *table {
	t := &table{None: l.Say("leaf.none"), Cols: []col{{"leaf.number", false, "number"}, {"leaf.kind", false, "kind"}, {"leaf.party", false, "party"}, {"leaf.signer", false, "key"}, {"leaf.time", false, "time"},
		{"leaf.hash", false, "leaf"}, {"leaf.commitment", false, "commitment"}, {"leaf.tx", false, "transaction"}}}
	w := contractSpeaker{l: l}
	for _, f := range list {
		party, signer := text(""), text("")
		if f.Party != nil {
			party, signer = who(*f.Party), hash20(f.Signer.Address).to(whoPath(*f.Signer))
		}
		kind := text(w.say("leafkind."+strconv.Itoa(int(f.Kind)), strconv.Itoa(int(f.Kind))))
		if f.Damaged {
			kind = tag(l.Say("record.damaged"), "bad")
		}
		if s := f.Sealed; s != nil {
			kind.Text += " · " + l.Say("record.sealed", "policy", l.Say("record.sealed."+s.Policy), "n", s.Fields)
		}
		t.add(num(f.Number), kind, party, signer, l.atOr(f.Time), hash(f.Hash, ""), hash(f.Commitment, ""), hash(f.Tx, "/explorer/transactions/"+f.Tx.Hex()))
	}
	return t
}

// plainID is a canonical name without the host they all have.
func plainID(id string) string { return strings.TrimPrefix(id, "https://id.gs1.org") }

// search looks for what was typed: one answer is gone to, several are listed.
func (s *server) search(c echo.Context) error {
	l := lang(c)
	found, err := s.Ledger.Search(c.Request().Context(), c.QueryParam("q"))
	if err != nil {
		return s.unavailable(c, err)
	}
	if len(found.Hits) == 1 && !wantsCSV(c) {
		pg := s.newPage(c, nil)
		return c.Redirect(http.StatusSeeOther, pg.Go(found.Hits[0].Path))
	}
	t := &table{Cols: []col{{"hit.kind", false, "kind"}, {"hit.what", false, "result"}}}
	for _, h := range found.Hits {
		what := cell{List: []cell{{Text: plainID(h.Title), Raw: h.Title, Href: h.Path}}}
		if h.Scan != "" && h.Scan != h.Path {
			what.List = append(what.List, cell{Text: l.Say("search.story"), Href: h.Scan, Raw: h.Scan})
		}
		t.add(text(l.Say("hit."+h.Kind)), what)
	}
	if wantsCSV(c) {
		return sendCSV(c, "search", t, nil)
	}
	sh := s.sheet(c, "")
	sh.Query, sh.Lookfor = found.Query, true
	status := http.StatusOK
	p := part{ID: "hits"}
	switch {
	case found.Query == "":
		sh.Lead = l.Say("search.empty")
	case len(found.Hits) == 0:
		status = http.StatusNotFound
		sh.Lead, sh.Alert = l.Say("search.none", "q", found.Query), "warn"
	default:
		sh.Lead = l.Say("search.found", "n", len(found.Hits), "q", found.Query)
		p.Table, p.CSV = t, paged(c, "format", "csv")
	}
	if found.Fault != "" && len(found.Hits) == 0 {
		sh.Parts = append(sh.Parts, part{ID: "fault", Note: l.Say("search.fault", "fault", found.Fault)})
	}
	if len(found.Tried) > 0 {
		tried := make([]string, len(found.Tried))
		for i, x := range found.Tried {
			tried[i] = l.Say("tried." + x)
		}
		p.Note = l.Say("search.tried", "tried", l.List(unique(tried)))
	}
	if found.More {
		p.Links = append(p.Links, link{Text: l.Say("search.more")})
	}
	sh.Parts = append(sh.Parts, p)
	sh.Curl = s.curl(c, "/search?"+url.Values{"q": {found.Query}}.Encode())
	pg := s.newPage(c, sh)
	pg.Title, pg.Script, pg.Wide = l.Say("search.title"), s.pages.island, true
	return s.send(c, status, "sheet", pg)
}

func unique(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			out, seen[s] = append(out, s), true
		}
	}
	return out
}
