package explorer

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/explorer/ledger"
)

// overview is the explorer's first page.
func (s *server) overview(c echo.Context) error {
	ctx, l := c.Request().Context(), lang(c)
	head, err := s.Ledger.Head(ctx)
	if err != nil {
		return s.unavailable(c, err)
	}
	blocks, err := s.Ledger.Blocks(ctx, 0, blocksOnFirst)
	if err != nil {
		return s.unavailable(c, err)
	}
	_, organisations, err := s.Ledger.Parties(ctx, 0, 1)
	if err != nil {
		return s.unavailable(c, err)
	}
	v := s.Ledger.Validators()
	sh := s.sheet(c, "overview")
	sh.Live = true
	sh.Lead = l.Say("explorer.lead", "validators", l.Say("explorer.lead.validators", "n", len(v.List)),
		"parties", l.Say("explorer.lead.parties", "n", organisations), "number", head.Number)
	sh.Tiles = []fact{{l.Say("explorer.chain"), num(head.ChainID)}, {l.Say("explorer.head"), num(head.Number).to(blockPath(head.Number))},
		{l.Say("explorer.height"), num(head.Height)}, {l.Say("block.time"), l.at(head.Time)}}
	state := part{ID: "validators", Title: l.Say("ledger.validators"), Table: validatorTable(l, v), More: &link{l.Say("ledger.all"), "/explorer/validators"}}
	state.Note, state.Alert = l.signing(v)
	sh.Parts = []part{state, {ID: "blocks", Title: l.Say("explorer.blocks"), Table: blockTable(l, blocks), More: &link{l.Say("ledger.all"), "/explorer/blocks"}}}
	sh.Curl = s.curl(c, "/blocks?limit="+strconv.Itoa(blocksOnFirst))
	return s.show(c, l.Say("explorer.title"), sh)
}

// signing says who is missing, and why writes wait.
func (l Lang) signing(v ledger.Validators) (text, class string) {
	names, waiting := v.Missing()
	switch {
	case waiting:
		text, class = l.Say("explorer.quorum.lost", "names", l.List(names)), "bad"
	case len(names) > 0:
		text, class = l.Say("explorer.missing", "names", l.List(names)), "warn"
	default:
		text = l.Say("explorer.all.signed")
	}
	if v.WaitingFor != "" {
		present, of := v.Votes()
		text += " " + l.Say("validators.waiting", "present", present, "of", of)
		class = "bad"
	}
	return text, class
}

func blockPath(n uint64) string { return "/explorer/blocks/" + strconv.FormatUint(n, 10) }

func blockTable(l Lang, list []ledger.Block) *table {
	t := &table{None: l.Say("explorer.blocks.none"), Cols: []col{{"block.number", false, "number"}, {"block.height", true, "height"}, {"block.time", false, "time"},
		{"block.txs", true, "transactions"}, {"block.failed", true, "failed"}, {"block.records", true, "records"}, {"block.hash", false, "hash"}}}
	for _, b := range list {
		t.add(num(b.Number).to(blockPath(b.Number)), num(b.Height), l.at(b.Time), num(b.Txs), num(b.Failed), num(b.Records), hash(b.Hash, ""))
	}
	return t
}

func (s *server) blocks(c echo.Context) error {
	l := lang(c)
	below, err := queryNumber(c, "before")
	if err != nil {
		return s.fail(c, "", err)
	}
	list, err := s.Ledger.Blocks(c.Request().Context(), below, rows(c, pageRows))
	if err != nil {
		return s.fail(c, l.Say("ledger.blocks"), err)
	}
	t := blockTable(l, list)
	var older string
	if n := len(list); n > 0 && list[n-1].Number > 1 {
		older = strconv.FormatUint(list[n-1].Number, 10)
	}
	if wantsCSV(c) {
		return sendCSV(c, "blocks", t, nextQuery("before", older))
	}
	sh := s.sheet(c, "blocks")
	sh.Live = below == 0
	p := part{ID: "list", Table: t, CSV: paged(c, "before", c.QueryParam("before"), "format", "csv")}
	if below > 0 {
		p.Links = append(p.Links, link{l.Say("ledger.newest"), paged(c)})
	}
	if older != "" {
		p.Links = append(p.Links, link{l.Say("ledger.older"), paged(c, "before", older)})
	}
	sh.Parts = []part{p}
	sh.Curl = s.curl(c, "/blocks?"+url.Values{"before": {strconv.FormatUint(below, 10)}, "limit": {strconv.Itoa(pageRows)}}.Encode())
	return s.show(c, l.Say("ledger.blocks"), sh)
}

func nextQuery(name, value string) url.Values {
	if value == "" {
		return nil
	}
	return url.Values{name: {value}}
}

func (s *server) block(c echo.Context) error {
	l := lang(c)
	from, err := queryNumber(c, "from")
	if err != nil {
		return s.fail(c, "", err)
	}
	id := c.Param("id")
	b, err := s.Ledger.Block(c.Request().Context(), id, int(from)) //nolint:gosec // 31 bits
	if err != nil {
		return s.fail(c, l.Say("block.title", "n", id), err)
	}
	head, err := s.Ledger.Head(c.Request().Context())
	if err != nil {
		return s.unavailable(c, err)
	}
	t := txTable(l, b.Transactions)
	next := ""
	if end := b.From + len(b.Transactions); end < b.Txs && len(b.Transactions) > 0 {
		next = strconv.Itoa(end)
	}
	if wantsCSV(c) {
		return sendCSV(c, fmt.Sprintf("block-%d-transactions", b.Number), t, nextQuery("from", next))
	}
	sh := s.sheet(c, "blocks")
	sh.Lead = l.Say("block.lead", "n", b.Txs, "time", l.at(b.Time).Text)
	sh.Facts = blockFacts(l, b, head)
	if b.Number == 0 {
		sh.Lead = l.Say("block.genesis")
	}
	txs := part{ID: "transactions", Title: l.Say("tx.list"), Table: t, CSV: paged(c, "from", c.QueryParam("from"), "format", "csv")}
	if next != "" {
		txs.Links = []link{{l.Say("ledger.more"), paged(c, "from", next)}}
	}
	sh.Parts = []part{txs}
	if b.Number > 0 {
		sh.Parts = append(sh.Parts, certificatePart(l, b.Certificate))
	}
	sh.Curl = s.curl(c, "/blocks/"+strconv.FormatUint(b.Number, 10))
	return s.show(c, l.Say("block.title", "n", b.Number), sh)
}

func blockFacts(l Lang, b ledger.BlockDetail, head ledger.Head) []fact {
	facts := []fact{{l.Say("block.hash"), whole(b.Hash)}}
	if b.Number > 0 {
		facts = append(facts, fact{l.Say("block.parent"), whole(b.Parent).to(blockPath(b.Number - 1))})
	}
	if b.Number < head.Number {
		facts = append(facts, fact{l.Say("block.next"), num(b.Number + 1).to(blockPath(b.Number + 1))})
	}
	facts = append(facts, fact{l.Say("block.height"), num(b.Height)}, fact{l.Say("block.time"), l.at(b.Time)})
	if !b.Proposed.IsZero() {
		facts = append(facts, fact{l.Say("block.proposed"), cell{Text: b.Proposed.Format("15:04:05.000000"), Stamp: b.Proposed.Format("2006-01-02T15:04:05.000000Z")}},
			fact{l.Say("block.proposer"), text(b.Proposer)}, fact{l.Say("block.comet"), whole(b.CometHash)})
	}
	return append(facts, fact{l.Say("block.root"), whole(b.StateRoot)}, fact{l.Say("block.mountain"), whole(b.Mountain)},
		fact{l.Say("block.gas"), num(b.GasUsed)}, fact{l.Say("block.size"), text(l.Say("block.bytes", "n", b.Size))},
		fact{l.Say("block.records"), num(b.Records)}, fact{l.Say("block.failed"), num(b.Failed)})
}

func certificatePart(l Lang, cert *ledger.Certificate) part {
	p := part{ID: "certificate", Title: l.Say("block.certificate")}
	if cert == nil {
		p.Note = l.Say("block.certificate.none")
		return p
	}
	p.Note = l.Say("block.certificate.lead", "height", cert.Height, "signed", cert.Power, "total", cert.Total)
	p.Table = &table{Cols: []col{{"signer.name", false, "validator"}, {"validator.address", false, "address"}, {"validator.power", true, "power"}, {"signer.signed", false, "signed"}}}
	for _, v := range cert.Signers {
		signed := text(l.Say("yes"))
		if !v.Signed {
			signed = tag(l.Say("no"), "warn")
		}
		p.Table.add(text(v.Name), mono(v.Address), num(v.Power), signed)
	}
	return p
}

func txPath(row ledger.TxRow) string { return "/explorer/transactions/" + row.Hash.Hex() }

func txTable(l Lang, list []ledger.TxRow) *table {
	t := &table{None: l.Say("tx.none"), Cols: []col{{"tx.hash", false, "hash"}, {"tx.what", false, "call"}, {"tx.from", false, "from"}, {"tx.to", false, "to"},
		{"block.time", false, "time"}, {"tx.state", false, "result"}}}
	w := contractSpeaker{l: l}
	for _, x := range list {
		what := text(w.method(x.Contract, x.Method))
		what.Raw = x.Contract + "." + x.Method
		to := text(l.Say("tx.create"))
		if x.To != nil {
			to = who(*x.To)
		}
		state := text(l.Say("tx.ok"))
		if !x.OK {
			state = tag(l.Say("tx.failed"), "bad")
		}
		state.Raw = map[bool]string{true: "ok", false: "failed"}[x.OK]
		t.add(hash(x.Hash, txPath(x)), what, who(x.From), to, l.at(x.Time), state)
	}
	return t
}

func (s *server) transaction(c echo.Context) error {
	l := lang(c)
	h, err := hashParam(c, "hash")
	if err != nil {
		return s.fail(c, "", err)
	}
	tx, err := s.Ledger.Transaction(c.Request().Context(), h)
	if err != nil {
		return s.fail(c, l.Say("tx.title")+" "+h.Hex(), err)
	}
	w := contractSpeaker{l: l, names: tx.Names}
	sh := s.sheet(c, "blocks")
	if tx.Failure != nil {
		var view *callView
		sh.Lead, view = w.failure(*tx.Failure)
		sh.Alert = "bad"
		if view != nil {
			sh.Parts = append(sh.Parts, part{ID: "failure", Title: l.Say("tx.state"), Call: view})
		}
	} else {
		sh.Lead = w.method(tx.Contract, tx.Method)
		if tx.To == nil {
			sh.Lead = l.Say("tx.create")
		}
	}
	sh.Facts = []fact{{l.Say("tx.hash"), whole(tx.Hash)}, {l.Say("block.number"), num(tx.Number).to(blockPath(tx.Number))}, {l.Say("block.time"), l.at(tx.Time)},
		{l.Say("tx.from"), who(tx.From)}}
	if tx.To != nil {
		sh.Facts = append(sh.Facts, fact{l.Say("tx.to"), who(*tx.To)})
	}
	if tx.Created != nil {
		sh.Facts = append(sh.Facts, fact{l.Say("tx.created"), who(ledger.Who{Address: *tx.Created})})
	}
	sh.Facts = append(sh.Facts, fact{l.Say("tx.nonce"), num(tx.Nonce)}, fact{l.Say("tx.gas"), text(fmt.Sprintf("%d (%d)", tx.GasUsed, tx.Gas))})
	if len(tx.Records) > 0 {
		p := part{ID: "records", Title: l.Say("tx.records"), Table: recordTable(l, tx.Records)}
		if len(tx.Records) == 50 {
			p.Note = l.Say("tx.records.more", "n", 50)
		}
		sh.Parts = append(sh.Parts, p)
	}
	if tx.To != nil {
		call := w.call(tx.Call)
		sh.Parts = append(sh.Parts, part{ID: "call", Title: l.Say("tx.call"), Call: &call})
	}
	logs := part{ID: "logs", Title: l.Say("tx.logs")}
	for _, lg := range tx.Logs {
		logs.Logs = append(logs.Logs, w.log(lg))
	}
	if tx.LogCount == 0 {
		logs.Note = l.Say("tx.logs.none")
	} else if more := tx.LogCount - len(tx.Logs); more > 0 {
		logs.Note = l.Say("ledger.more.items", "n", more)
	}
	sh.Parts = append(sh.Parts, logs)
	sh.Curl = s.curl(c, "/transactions/"+h.Hex())
	return s.show(c, l.Say("tx.title"), sh)
}

func recordTable(l Lang, list []ledger.RecordRef) *table {
	t := &table{Cols: []col{{"record.cursor", false, "cursor"}, {"record.kind", false, "kind"}, {"record.lane", false, "lane"}, {"record.objects", false, "objects"}, {"record.event", false, "event"}}}
	w := contractSpeaker{l: l}
	for _, r := range list {
		objects := cell{Text: "–"}
		for _, o := range r.Objects {
			objects.List = append(objects.List, objectCell(l, o))
		}
		if more := r.Count - len(r.Objects); more > 0 {
			objects.List = append(objects.List, text(l.Say("ledger.more.items", "n", more)))
		}
		event := cell{Text: cut(orDash(r.EventID)), Title: r.EventID, Raw: r.EventID, Class: "mono"}
		if r.Damaged {
			event = tag(l.Say("record.damaged"), "bad")
		}
		if s := r.Sealed; s != nil {
			event = tag(l.Say("record.sealed", "policy", l.Say("record.sealed."+s.Policy), "n", s.Fields), "")
		}
		t.add(mono(r.Cursor), text(w.say("leafkind."+strconv.Itoa(int(r.Kind)), "")), text(l.Say("lane."+ledger.LaneName(r.Lane))), objects, event)
	}
	return t
}

func objectCell(l Lang, o ledger.ObjectRef) cell {
	c := cell{Text: plainID(o.ID), Title: o.Key.Hex(), Raw: o.ID, Href: "/explorer/objects/" + o.Key.Hex(), Class: "mono"}
	if o.ID == "" {
		c.Text, c.Raw = contractSpeaker{l: l}.say("objkind."+strconv.Itoa(int(o.Kind)), "")+" "+short(o.Key.Hex()), o.Key.Hex()
	}
	return c
}
