package trace

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

var parties = contracts.NewParties()

// party is what is known of an organisation: from the register's logs, or from the register itself for those of the
// genesis block, which left no log. An address that can't be looked up stays bare.
func (s *telling) party(address common.Address) Party {
	if p, ok := s.parties[address]; ok {
		return p
	}
	p := Party{Address: address}
	rec, ok, err := s.view.Party(address)
	if err == nil && !ok && s.ledger != nil {
		rec, ok, err = s.registered(s.ctx, address)
	}
	if err == nil && ok {
		p.Name, p.Suspended = rec.Name, rec.SuspendedUntil > s.view.Position().Time
		if p.Suspended && (s.until == 0 || rec.SuspendedUntil < s.until) {
			s.until = rec.SuspendedUntil
		}
		if rec.GLN != 0 {
			p.GLN = fmt.Sprintf("%013d", rec.GLN)
		}
		if declared := s.partyName(p); declared != "" {
			p.Name = declared
		}
	}
	s.parties[address] = p
	return p
}

// PartyName is the name of a registered party, in the language if it declared one in it; empty if it isn't registered.
func (t *Teller) PartyName(ctx context.Context, address common.Address, lang string) (string, error) {
	v, err := t.index.View()
	if err != nil {
		return "", fmt.Errorf("name of %s: %w", address, err)
	}
	s := &telling{Teller: t, ctx: ctx, view: v, opts: Options{Lang: lang}}
	s.init()
	name := s.party(address).Name
	if err := v.Close(); err != nil {
		return "", fmt.Errorf("name of %s: %w", address, err)
	}
	return name, nil
}

// partyName is the name a party declared for its own registered GLN in the reader's language; the register holds one
// language only.
func (s *telling) partyName(p Party) string {
	if p.GLN == "" {
		return ""
	}
	for _, key := range []string{"417", "414"} {
		id, err := gs1.ParsePath("/" + key + "/" + p.GLN)
		if err != nil {
			return ""
		}
		for _, d := range s.declared(id.String()) {
			if d.Party == p.Address {
				if text, lang := attribute(d.Attributes, s.opts.Lang, "name"); text != "" && readable(lang, s.opts.Lang) {
					return text
				}
			}
		}
	}
	return ""
}

func (t *Teller) registered(ctx context.Context, address common.Address) (index.PartyRecord, bool, error) {
	data, err := parties.TryPackParty(address)
	if err != nil {
		return index.PartyRecord{}, false, err
	}
	out, err := t.ledger.Call(ctx, contracts.PartiesAddr, data)
	if err != nil {
		return index.PartyRecord{}, false, fmt.Errorf("ask the register for %s: %w", address, err)
	}
	p, err := parties.UnpackParty(out)
	if err != nil {
		return index.PartyRecord{}, false, fmt.Errorf("register's answer for %s: %w", address, err)
	}
	return index.NewPartyRecord(address, p), p.Since != 0, nil
}

// agent asks the register for the agent of a key that left no log, one of the genesis block.
func (s *telling) agent(key common.Address) (uint64, error) {
	if a, ok := s.agents[key]; ok {
		return a, nil
	}
	data, err := parties.TryPackKeyInfo(key)
	if err != nil {
		return 0, err
	}
	out, err := s.ledger.Call(s.ctx, contracts.PartiesAddr, data)
	if err != nil {
		return 0, fmt.Errorf("ask the register for key %s: %w", key, err)
	}
	k, err := parties.UnpackKeyInfo(out)
	if err != nil {
		return 0, fmt.Errorf("register's answer for key %s: %w", key, err)
	}
	s.agents[key] = k.Agent
	return k.Agent, nil
}

// declared lists the declarations for a thing: the licence holder's first, then its delegates' and contributors', then
// those of parties that wrote to the object's own trunk; of equals the latest. Anybody can declare a name for anything,
// so whose it is matters more than when.
func (s *telling) declared(id string) []index.Declared {
	if list, ok := s.masters[id]; ok {
		return list
	}
	list, err := s.view.Master(id)
	if err != nil {
		list = nil
	}
	rank := make(map[common.Address]int)
	if len(list) > 1 {
		for _, d := range list {
			rank[d.Party] = s.standing(d.Party, id)
		}
	}
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if rank[a.Party] != rank[b.Party] {
			return rank[a.Party] > rank[b.Party]
		}
		return b.Seq.Less(a.Seq)
	})
	s.masters[id] = list
	return list
}

// nameAttributes are the attributes that name a thing, best first.
var nameAttributes = []string{"name", "descriptionShort", "tradeItemDescription", "productName", "regulatedProductName"}

// nameOf is the name declared for a thing in the first of the reader's languages that there is one in, else any.
func (s *telling) nameOf(id string, prefer common.Address) (best *Name) {
	for lang := range strings.SplitSeq(s.opts.Lang, ",") {
		n, reads := s.nameIn(id, prefer, lang)
		if reads {
			return n
		}
		if best == nil {
			best = n
		}
	}
	return best
}

// nameIn is the name declared for a thing: by prefer if it declared one, else by the most trusted party. Where prefer has no
// name in the language, one in it that the licence holder declared is better. reads says that it is in the language.
func (s *telling) nameIn(id string, prefer common.Address, language string) (best *Name, reads bool) {
	var by common.Address
	list, score := s.declared(id), -1
	for _, d := range list {
		text, lang := attribute(d.Attributes, language, nameAttributes...)
		if text == "" {
			continue
		}
		n, own := 0, readable(lang, language)
		switch {
		case d.Party == prefer && own:
			n = 4
		case own && len(list) > 1 && s.standing(d.Party, id) >= standingDelegate:
			n = 3
		case d.Party == prefer:
			n = 2
		case own && best != nil && d.Party == by: // the same party's other vocabulary
			n = 1
		}
		if n > score {
			best, by, score, reads = &Name{Text: text, DeclaredBy: s.party(d.Party)}, d.Party, n, own
		}
	}
	return best, reads
}

// productName is the name of a thing, or of the class it belongs to.
func (s *telling) productName(id gs1.ID, prefer common.Address) *Name {
	if n := s.nameOf(id.String(), prefer); n != nil {
		return n
	}
	if class, ok := id.Class(); ok {
		return s.nameOf(class.String(), prefer)
	}
	return nil
}

// attribute is the first of the named attributes that has a text, in the best of the languages that there is one in.
func attribute(list []index.MasterAttribute, lang string, names ...string) (text, language string) {
	for _, name := range names {
		var best, any *index.MasterAttribute
		for i, a := range list {
			if a.Local() != name {
				continue
			}
			if r := rank(a.Language, lang); r >= 0 && (best == nil || r < rank(best.Language, lang)) {
				best = &list[i]
			}
			if any == nil || any.Language != "" && a.Language == "" {
				any = &list[i]
			}
		}
		if best != nil {
			return best.Text, best.Language
		}
		if any != nil {
			return any.Text, any.Language
		}
	}
	return "", ""
}

// readable says whether a language is among those that a reader prefers.
func readable(tag, prefer string) bool { return rank(tag, prefer) >= 0 }

// rank is the place of a language among those that a reader prefers, by the primary subtags of the tags; -1 if it isn't there.
func rank(tag, prefer string) int {
	primary := func(tag string) string {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), "-")
		return tag
	}
	tag = primary(tag)
	if tag == "" {
		return -1
	}
	i := 0
	for p := range strings.SplitSeq(prefer, ",") {
		if strings.EqualFold(primary(p), tag) {
			return i
		}
		i++
	}
	return -1
}

// place is where something happened; nil for the zero ID.
func (s *telling) place(id gs1.ID, by common.Address) *Place {
	if id.IsZero() {
		return nil
	}
	p := &Place{ID: id.String(), Code: codeOf(id), Name: s.nameOf(id.String(), by)}
	if lat, lon, ok := geo(id); ok {
		p.Lat, p.Lon = &lat, &lon
	}
	s.locate(p, id.String(), by)
	if site, ok := siteOf(id); ok { // a spot within a site has the site's town, and its name if it has none
		if p.Name == nil {
			p.Name = s.nameOf(site.String(), by)
		}
		s.locate(p, site.String(), by)
	}
	return p
}

// locate fills in what p doesn't know yet from the declarations for id.
func (s *telling) locate(p *Place, id string, by common.Address) {
	list := s.declared(id)
	for _, own := range []bool{true, false} {
		for _, d := range list {
			if own != (d.Party == by) {
				continue
			}
			city, _ := attribute(d.Attributes, s.opts.Lang, "city")
			country, _ := attribute(d.Attributes, s.opts.Lang, "countryCode")
			p.City, p.Country = first(p.City, city), first(p.Country, country)
			if p.Lat == nil {
				lat, ok1 := number(d.Attributes, "latitude", 90)
				lon, ok2 := number(d.Attributes, "longitude", 180)
				if ok1 && ok2 {
					p.Lat, p.Lon = &lat, &lon
				}
			}
		}
	}
}

func number(list []index.MasterAttribute, name string, bound float64) (float64, bool) {
	text, _ := attribute(list, "", name)
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && f >= -bound && f <= bound
}

// siteOf is the location without its extension.
func siteOf(id gs1.ID) (gs1.ID, bool) {
	if id.Key() != "414" || id.Qualifier("254") == "" {
		return gs1.ID{}, false
	}
	site, err := gs1.ParsePath("/414/" + id.Value())
	return site, err == nil
}

// geo reads a geo: URI (RFC 5870).
func geo(id gs1.ID) (lat, lon float64, ok bool) {
	rest, ok := strings.CutPrefix(id.Value(), "geo:")
	if !ok || !id.IsURI() {
		return 0, 0, false
	}
	rest, _, _ = strings.Cut(rest, ";")
	parts := strings.Split(rest, ",")
	if len(parts) < 2 {
		return 0, 0, false
	}
	lat, err1 := strconv.ParseFloat(parts[0], 64)
	lon, err2 := strconv.ParseFloat(parts[1], 64)
	return lat, lon, err1 == nil && err2 == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180
}

// codeOf is the short form of an identifier for people.
func codeOf(id gs1.ID) string {
	if gln := id.GLN(); gln != "" {
		if ext := id.Qualifier("254"); ext != "" {
			return gln + "." + ext
		}
		return gln
	}
	switch {
	case id.Serial() != "" && id.GTIN() != "":
		return id.GTIN() + " " + id.Serial()
	case id.Lot() != "":
		return id.GTIN() + " " + id.Lot()
	}
	return id.Value()
}

func (s *telling) counterpart(direction string, d epcis.SourceDest, by common.Address) Counterpart {
	c := Counterpart{Direction: direction, Type: d.Type, ID: d.ID.String()}
	if d.Type == "location" {
		c.Place = s.place(d.ID, by)
		return c
	}
	gln := d.ID.GLN()
	if gln == "" {
		return c
	}
	if n, err := strconv.ParseUint(gln, 10, 64); err == nil {
		if address, ok := s.partyByGLN(n); ok {
			p := s.party(address)
			c.Party = &p
			return c
		}
	}
	c.Place = s.place(d.ID, by)
	return c
}

// partyByGLN asks the index, then the register.
func (s *telling) partyByGLN(gln uint64) (common.Address, bool) {
	address, ok, err := s.view.PartyByGLN(gln)
	if err != nil || ok || s.ledger == nil {
		return address, ok
	}
	address, err = PartyByGLN(s.ctx, s.ledger, gln)
	return address, err == nil && address != zeroAddress
}

// PartyByGLN asks the register which party has a GLN; the zero address if none.
func PartyByGLN(ctx context.Context, l Ledger, gln uint64) (common.Address, error) {
	data, err := parties.TryPackPartyByGLN(gln)
	if err != nil {
		return common.Address{}, err
	}
	out, err := l.Call(ctx, contracts.PartiesAddr, data)
	if err != nil {
		return common.Address{}, fmt.Errorf("ask the register for GLN %013d: %w", gln, err)
	}
	return parties.UnpackPartyByGLN(out)
}
