package explorer

import (
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/explorer/ledger"
)

func (s *server) parties(c echo.Context) error {
	l := lang(c)
	offset, err := queryNumber(c, "offset")
	if err != nil {
		return s.fail(c, "", err)
	}
	list, total, err := s.Ledger.Parties(c.Request().Context(), int(offset), rows(c, partyRows)) //nolint:gosec // 31 bits
	if err != nil {
		return s.fail(c, l.Say("ledger.parties"), err)
	}
	t := &table{None: l.Say("explorer.parties.none"), Cols: []col{{"party.name", false, "name"}, {"party.country", false, "country"}, {"party.gln", false, "gln"}, {"party.sponsor", false, "sponsor"},
		{"party.since", false, "since"}, {"party.status", false, "state"}, {"party.address", false, "address"}}}
	for _, p := range list {
		t.add(text(p.Name).to("/explorer/parties/"+p.Address.Hex()), text(p.Country), mono(p.GLN), sponsor(l, p), l.atOr(p.Since), partyState(l, p), hash20(p.Address))
	}
	next := ""
	if end := int(offset) + len(list); end < total && len(list) > 0 { //nolint:gosec // 31 bits
		next = strconv.Itoa(end)
	}
	if wantsCSV(c) {
		return sendCSV(c, "organisations", t, nextQuery("offset", next))
	}
	sh := s.sheet(c, "parties")
	sh.Lead = l.Say("parties.lead", "n", total)
	p := part{ID: "list", Table: t, CSV: paged(c, "offset", c.QueryParam("offset"), "format", "csv")}
	if offset > 0 {
		p.Links = append(p.Links, link{l.Say("ledger.first"), paged(c)})
	}
	if next != "" {
		p.Links = append(p.Links, link{l.Say("ledger.more"), paged(c, "offset", next)})
	}
	sh.Parts = []part{p}
	sh.Curl = s.curl(c, "/parties?offset="+strconv.FormatUint(offset, 10))
	return s.show(c, l.Say("parties.title"), sh)
}

func hash20(a common.Address) cell {
	return cell{Text: short(a.Hex()), Title: a.Hex(), Raw: a.Hex(), Class: "mono hash"}
}

func sponsor(l Lang, p ledger.Party) cell {
	if p.Operator {
		return text(l.Say("party.operator"))
	}
	return who(p.Sponsor)
}

func partyState(l Lang, p ledger.Party) cell {
	switch {
	case p.Suspended && p.SuspendedUntil != nil:
		return tag(l.Say("party.until", "time", l.at(*p.SuspendedUntil).Text), "bad")
	case p.Suspended:
		return tag(l.Say("party.suspended"), "bad")
	}
	return text(l.Say("party.active"))
}

func (s *server) party(c echo.Context) error {
	ctx, l := c.Request().Context(), lang(c)
	a, err := addressParam(c)
	if err != nil {
		return s.fail(c, "", err)
	}
	p, err := s.Ledger.Party(ctx, a)
	if err != nil {
		return s.fail(c, l.Say("party.name")+" "+a.Hex(), err)
	}
	history, next, err := s.Ledger.History(ctx, a, "", historyShown)
	if err != nil {
		return s.fail(c, p.Name, err)
	}
	sh := s.sheet(c, "parties")
	sh.Facts = partyFacts(l, p)
	if p.Suspended {
		sh.Lead, sh.Alert = partyState(l, p.Party).Text, "bad"
		if p.Barred {
			sh.Lead += " · " + l.Say("party.barred")
		}
	}
	sh.Parts = []part{{ID: "keys", Title: l.Say("party.keys"), Table: keyTable(l, p.Keys)},
		{ID: "licences", Title: l.Say("ledger.licences"), Table: licenceTable(l, p.Licences)}}
	if more := p.KeyCount - len(p.Keys); more > 0 {
		sh.Parts[0].Note = l.Say("ledger.more.items", "n", more)
	}
	h := part{ID: "history", Title: l.Say("party.history"), Table: historyTable(l, history)}
	if next != "" {
		h.More = &link{l.Say("party.history.all"), "/explorer/parties/" + a.Hex() + "/history"}
	}
	sh.Parts = append(sh.Parts, h)
	sh.Curl = s.curl(c, "/parties/"+a.Hex())
	return s.show(c, p.Name, sh)
}

func partyFacts(l Lang, p ledger.PartyDetail) []fact {
	facts := []fact{{l.Say("party.address"), mono(p.Address.Hex()).to("/explorer/addresses/" + p.Address.Hex())}, {l.Say("party.sponsor"), sponsor(l, p.Party)},
		{l.Say("party.since"), l.atOr(p.Since)}, {l.Say("party.status"), partyState(l, p.Party)}}
	for _, f := range []fact{{l.Say("party.country"), text(p.Country)}, {l.Say("party.gln"), mono(p.GLN)}, {l.Say("party.lei"), mono(p.LEI)}, {l.Say("party.tax"), mono(p.TaxID)},
		{l.Say("party.grantable"), text(l.scopes(p.Grantable))}, {l.Say("party.authority"), text(l.scopes(p.Authority))}} {
		if f.Raw != "" {
			facts = append(facts, f)
		}
	}
	if p.KYC != nil {
		facts = append(facts, fact{l.Say("party.kyc"), text(l.Say("party.kyc.level", "level", p.KYC.Level, "time", l.atOr(p.KYC.CheckedAt).Text))})
	}
	return append(facts, fact{l.Say("party.agents"), num(p.Agents)})
}

func keyTable(l Lang, list []ledger.KeyInfo) *table {
	t := &table{None: l.Say("party.keys.none"), Cols: []col{{"key.address", false, "key"}, {"key.agent", true, "agent"}, {"key.scopes", false, "scopes"}, {"key.valid", false, "valid"}, {"key.state", false, "state"}}}
	for _, k := range list {
		t.add(hash20(k.Address).to("/explorer/addresses/"+k.Address.Hex()), num(k.Agent), text(l.scopes(k.Scopes)), text(l.span(k.ValidFrom, k.ValidUntil)), keyState(l, k))
	}
	return t
}

func keyState(l Lang, k ledger.KeyInfo) cell {
	if k.RevokedAt != nil {
		return tag(l.Say("key.revoked", "time", l.at(*k.RevokedAt).Text), "bad")
	}
	said := contractSpeaker{l: l}.say("admission."+strconv.Itoa(int(k.Reason)), "")
	if k.Reason != 0 {
		return tag(said, "bad")
	}
	return text(said)
}

// span is a time of validity.
func (l Lang) span(from, until *time.Time) string {
	out := l.Say("key.always")
	if until != nil {
		out = l.Say("key.until", "time", l.at(*until).Text)
	}
	if from != nil {
		out = l.Say("key.from", "time", l.at(*from).Text) + l.join() + out
	}
	return out
}

func (l Lang) join() string {
	if l == ZH {
		return "，"
	}
	return ", "
}

func (s *server) history(c echo.Context) error {
	ctx, l := c.Request().Context(), lang(c)
	a, err := addressParam(c)
	if err != nil {
		return s.fail(c, "", err)
	}
	from, err := after(c)
	if err != nil {
		return s.fail(c, "", err)
	}
	p, err := s.Ledger.Party(ctx, a)
	if err != nil {
		return s.fail(c, l.Say("party.name")+" "+a.Hex(), err)
	}
	list, next, err := s.Ledger.History(ctx, a, from, rows(c, pageRows))
	if err != nil {
		return s.fail(c, p.Name, err)
	}
	t := historyTable(l, list)
	if wantsCSV(c) {
		return sendCSV(c, "changes", t, nextQuery("after", next))
	}
	sh := s.sheet(c, "parties")
	sh.Lead = l.Say("history.lead")
	pt := part{ID: "list", Table: t, CSV: paged(c, "after", from, "format", "csv"), Links: []link{{p.Name, "/explorer/parties/" + a.Hex()}}}
	if from != "" {
		pt.Links = append(pt.Links, link{l.Say("ledger.newest"), paged(c)})
	}
	if next != "" {
		pt.Links = append(pt.Links, link{l.Say("ledger.older"), paged(c, "after", next)})
	}
	sh.Parts = []part{pt}
	sh.Curl = s.curl(c, "/parties/"+a.Hex()+"/history")
	return s.show(c, l.Say("history.title", "name", p.Name), sh)
}

func historyTable(l Lang, list []ledger.Change) *table {
	t := &table{None: l.Say("party.history.none"), Cols: []col{{"history.time", false, "time"}, {"history.what", false, "subject"}, {"history.change", false, "change"}, {"history.by", false, "by"},
		{"history.tx", false, "transaction"}, {"history.leaf", false, "leaf"}}}
	w := contractSpeaker{l: l}
	for _, ch := range list {
		what := cell{Text: l.Say("change." + ch.Kind)}
		if ch.Subject != "" {
			what.Text += " " + short(ch.Subject)
			what.Title, what.Raw = ch.Subject, ch.Kind+" "+ch.Subject
		}
		switch ch.Kind {
		case "key":
			what.Href = "/explorer/addresses/" + ch.Subject
		case "licence":
			what.Href = "/explorer/licences/" + ch.Subject
		}
		by, tx := who(ch.By), hash(ch.Tx, "/explorer/transactions/"+ch.Tx.Hex())
		if ch.Number == 0 {
			by, tx = text(l.Say("history.founding")), text(l.Say("history.genesis")).to(blockPath(0))
		}
		t.add(l.at(ch.Time), what, changeCell(w, ch), by, tx, hash(ch.Leaf, "/explorer/objects/"+ch.Object.Hex()))
	}
	return t
}

// changeCell says what a change made of what.
func changeCell(w contractSpeaker, ch ledger.Change) cell {
	var out cell
	if ch.First {
		out.List = append(out.List, cell{Text: w.l.Say("history.first"), Class: "tag"})
	}
	for _, f := range ch.Fields {
		name := f.Name
		for i := len(name) - 1; i >= 0; i-- {
			if name[i] == '.' {
				name = name[i+1:]
				break
			}
		}
		of := ""
		now := w.value(name, f.Type, f.Value, of)
		line := w.say("arg."+name, name) + w.colon() + orDash(now.Text)
		if !ch.First {
			line = w.say("arg."+name, name) + w.colon() + orDash(w.value(name, f.Type, f.Before, of).Text) + " → " + orDash(now.Text)
		}
		out.List = append(out.List, cell{Text: line})
	}
	if len(out.List) == 0 {
		out = text(w.l.Say("history.same"))
	}
	return out
}

func (w contractSpeaker) colon() string {
	if w.l == ZH {
		return "："
	}
	return ": "
}

func (s *server) address(c echo.Context) error {
	l := lang(c)
	a, err := addressParam(c)
	if err != nil {
		return s.fail(c, "", err)
	}
	from, err := after(c)
	if err != nil {
		return s.fail(c, "", err)
	}
	x, err := s.Ledger.Address(c.Request().Context(), a, from, rows(c, pageRows))
	if err != nil {
		return s.fail(c, a.Hex(), err)
	}
	t := txTable(l, x.Transactions)
	if wantsCSV(c) {
		return sendCSV(c, "transactions", t, nextQuery("after", x.Next))
	}
	sh := s.sheet(c, "parties")
	sh.Facts = []fact{{l.Say("party.address"), mono(a.Hex())}}
	switch x.Kind {
	case "contract":
		sh.Lead = l.Say("address.contract", "name", x.Name)
	case "party":
		sh.Lead = l.Say("address.party", "name", x.Name)
		sh.Facts = append(sh.Facts, fact{l.Say("party.name"), text(x.Name).to("/explorer/parties/" + a.Hex())})
	case "key":
		sh.Lead = l.Say("address.key", "name", x.Name, "agent", x.Agent)
		sh.Facts = append(sh.Facts, fact{l.Say("party.name"), text(x.Name).to("/explorer/parties/" + x.Party.Hex())}, fact{l.Say("key.agent"), num(x.Agent)})
	default:
		sh.Lead, sh.Alert = l.Say("address.other"), "warn"
	}
	if k := x.Key; k != nil {
		sh.Facts = append(sh.Facts, fact{l.Say("key.scopes"), text(l.scopes(k.Scopes))}, fact{l.Say("key.valid"), text(l.span(k.ValidFrom, k.ValidUntil))}, fact{l.Say("key.state"), keyState(l, *k)})
	}
	sh.Facts = append(sh.Facts, fact{l.Say("address.nonce"), num(x.Nonce)})
	p := part{ID: "transactions", Title: l.Say("address.sent"), Table: t, CSV: paged(c, "after", from, "format", "csv")}
	if from != "" {
		p.Links = append(p.Links, link{l.Say("ledger.newest"), paged(c)})
	}
	if x.Next != "" {
		p.Links = append(p.Links, link{l.Say("ledger.older"), paged(c, "after", x.Next)})
	}
	sh.Parts = []part{p}
	sh.Curl = s.curl(c, "/addresses/"+a.Hex())
	return s.show(c, l.Say("address.title"), sh)
}
