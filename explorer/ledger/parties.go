package ledger

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/contracts/decode"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// Party is a registered organisation in a list.
type Party struct {
	Address        common.Address `json:"address"`
	Name           string         `json:"name"`
	Country        string         `json:"country,omitempty" doc:"ISO 3166-1 alpha-2"`
	GLN            string         `json:"gln,omitempty"`
	Sponsor        Who            `json:"sponsor" doc:"Operator that registered it; an operator sponsors itself"`
	Operator       bool           `json:"operator"`
	Since          *time.Time     `json:"since,omitempty"`
	Suspended      bool           `json:"suspended"`
	SuspendedUntil *time.Time     `json:"suspended_until,omitempty" doc:"Absent while suspended: until lifted"`
	Agents         uint64         `json:"agents,string"`
}

// PartyDetail is an organisation with its keys and licences.
type PartyDetail struct {
	Party
	LEI       string    `json:"lei,omitempty"`
	TaxID     string    `json:"tax_id_hash,omitempty"`
	Barred    bool      `json:"barred" doc:"The suspension is governance's: the sponsor can't lift it"`
	Grantable []string  `json:"grantable" nullable:"false" doc:"Scopes its administrator may give to keys"`
	Authority []string  `json:"authority" nullable:"false" doc:"Scopes it may use on anybody's notice lanes"`
	KYC       *KYC      `json:"kyc,omitempty"`
	Keys      []KeyInfo `json:"keys" nullable:"false" doc:"At most 50"`
	KeyCount  int       `json:"key_count"`
	Licences  []Licence `json:"licences" nullable:"false" doc:"Of the newest changes of the register that concern it"`
}

// KYC is the sponsor's statement that it has checked who the party is.
type KYC struct {
	Level       uint8      `json:"level"`
	CheckedAt   *time.Time `json:"checked_at,omitempty"`
	Expiry      *time.Time `json:"expiry,omitempty"`
	ListVersion uint32     `json:"list_version"`
}

// KeyInfo is a key of an agent.
type KeyInfo struct {
	Address    common.Address `json:"address"`
	Party      common.Address `json:"party"`
	Agent      uint64         `json:"agent,string"`
	Scopes     []string       `json:"scopes" nullable:"false"`
	ValidFrom  *time.Time     `json:"valid_from,omitempty"`
	ValidUntil *time.Time     `json:"valid_until,omitempty"`
	RevokedAt  *time.Time     `json:"revoked_at,omitempty"`
	// Reason is why it may not act now, as in Parties.admission; 0 if it may.
	Reason uint8 `json:"reason" doc:"0 it may act, 1 unknown, 2 not yet valid, 3 expired, 4 revoked or its agent switched off, 5 party suspended, 6 sponsor suspended"`
}

const keysShown = 50

// Parties lists organisations in the order they were registered.
func (r *Reader) Parties(ctx context.Context, offset, limit int) (list []Party, total int, err error) {
	page, err := ask(ctx, r, contracts.PartiesAddr, parties.PackParties(bigOf(uint64(max(0, offset))), bigOf(uint64(limit))), parties.UnpackParties) //nolint:gosec // not negative
	if err != nil {
		return nil, 0, err
	}
	err = r.with(ctx, func(s *session) error {
		for _, a := range page.Page {
			p, err := s.party(a)
			if err != nil {
				return err
			}
			row, err := s.partyOf(a, p)
			if err != nil {
				return err
			}
			list = append(list, row)
		}
		return nil
	})
	return list, int(page.Total.Int64()), err
}

func (s *session) partyOf(a common.Address, p contracts.Party) (Party, error) {
	sponsor, err := s.who(p.Sponsor)
	if err != nil {
		return Party{}, err
	}
	now := s.Ledger.Final().Time
	until := max(p.SuspendedUntil, p.HeldUntil)
	row := Party{Address: a, Name: orAddress(p.Details.Name, a), Country: trimZeros(p.Details.Country[:]), Sponsor: sponsor,
		Operator: p.Operator, Since: date(p.Since), Suspended: until > now, Agents: p.Agents}
	if row.Suspended {
		row.SuspendedUntil = date(until)
	}
	if p.Details.Gln != 0 {
		row.GLN = fmt.Sprintf("%013d", p.Details.Gln)
	}
	return row, nil
}

// Party is one organisation.
func (r *Reader) Party(ctx context.Context, a common.Address) (out PartyDetail, err error) {
	err = r.with(ctx, func(s *session) error {
		p, err := s.party(a)
		if err != nil {
			return err
		}
		if p.Since == 0 {
			return notFound("party", a.Hex())
		}
		row, err := s.partyOf(a, p)
		if err != nil {
			return err
		}
		out = PartyDetail{Party: row, LEI: trimZeros(p.Details.Lei[:]), Barred: p.Barred,
			Grantable: contracts.Scope(p.Grantable).Names(), Authority: contracts.Scope(p.Authority).Names(), Keys: []KeyInfo{}, Licences: []Licence{}}
		if p.Details.TaxId != ([32]byte{}) {
			out.TaxID = common.Hash(p.Details.TaxId).Hex()
		}
		if p.Kyc.CheckedAt != 0 {
			out.KYC = &KYC{Level: p.Kyc.Level, CheckedAt: date(p.Kyc.CheckedAt), Expiry: date(p.Kyc.Expiry), ListVersion: p.Kyc.ListVersion}
		}
		if err := s.keysOf(a, &out); err != nil {
			return err
		}
		out.Licences, err = s.licencesOf(a)
		return err
	})
	return out, err
}

func (s *session) keysOf(a common.Address, out *PartyDetail) error {
	page, err := ask(s.ctx, s.Reader, contracts.PartiesAddr, parties.PackKeysOf(a, bigOf(0), bigOf(keysShown)), parties.UnpackKeysOf)
	if err != nil {
		return err
	}
	out.KeyCount = int(page.Total.Int64())
	for _, k := range page.Page {
		info, err := s.keyInfo(k)
		if err != nil {
			return err
		}
		out.Keys = append(out.Keys, info)
	}
	return nil
}

func (s *session) keyInfo(a common.Address) (KeyInfo, error) {
	k, err := ask(s.ctx, s.Reader, contracts.PartiesAddr, parties.PackKeyInfo(a), parties.UnpackKeyInfo)
	if err != nil {
		return KeyInfo{}, err
	}
	act, err := ask(s.ctx, s.Reader, contracts.PartiesAddr, parties.PackActing(a), parties.UnpackActing)
	return KeyInfo{Address: a, Party: k.Party, Agent: k.Agent, Scopes: contracts.Scope(k.Scopes).Names(), ValidFrom: date(k.ValidFrom),
		ValidUntil: date(k.ValidUntil), RevokedAt: date(k.RevokedAt), Reason: act.Reason}, err
}

// Change is a change of the register that concerns a party.
type Change struct {
	Cursor string      `json:"cursor"`
	Number uint64      `json:"number,string"`
	Time   time.Time   `json:"time"`
	Tx     common.Hash `json:"transaction" doc:"Zero for what the genesis block holds: it has no transactions, and nobody made the change"`
	Kind   string      `json:"kind" enum:"party,agent,node,key,licence,member"`
	// Subject is what was changed: the key's address, the licence's id, the agent's; empty for the party itself.
	Subject string `json:"subject,omitempty"`
	By      Who    `json:"by"`
	// First says that this node knows no earlier state of the subject: Fields are all of it, not what differs.
	First  bool        `json:"first"`
	Fields []Field     `json:"fields" nullable:"false"`
	Object common.Hash `json:"object" doc:"Registry object whose trunk holds the leaf"`
	Leaf   common.Hash `json:"leaf"`
}

// Field is a field of a record and what it was before.
type Field struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Value  string `json:"value"`
	Before string `json:"before,omitempty"`
}

// lookBack bounds how far back the state before a change is looked for, in changes of the same party.
const lookBack = 200

// History lists changes of the register that concern a party, newest first, after a cursor; next is where to go on.
func (r *Reader) History(ctx context.Context, a common.Address, after string, limit int) (list []Change, next string, err error) {
	before := index.ChangeRef{Height: math.MaxUint64}
	if after != "" {
		seq, err := index.ParseSeq(after)
		if err != nil {
			return nil, "", err
		}
		before = index.ChangeRef{Height: seq.Height, Log: seq.Index}
	}
	list = []Change{}
	err = r.with(ctx, func(s *session) error {
		known, err := ask(ctx, r, contracts.PartiesAddr, parties.PackIsParty(a), parties.UnpackIsParty)
		if err == nil && !known {
			err = notFound("party", a.Hex())
		}
		if err != nil {
			return err
		}
		raw, err := s.view.Changes(a, before, limit+lookBack)
		if err != nil {
			return err
		}
		told := make([]toldChange, len(raw))
		for i := range raw {
			told[i] = tell(&raw[i])
		}
		for i := 0; i < len(raw) && i < limit; i++ {
			c, err := s.change(&raw[i], told[i], told[i+1:])
			if err != nil {
				return err
			}
			list = append(list, c)
		}
		if len(raw) > limit {
			next = list[limit-1].Cursor
		}
		return nil
	})
	return list, next, err
}

// toldChange is a change as its log tells it.
type toldChange struct {
	kind, subject string
	by            common.Address
	fields        []Field
}

// kinds of changes by the name of their event.
var kinds = map[string]string{"PartyRecorded": "party", "AgentRecorded": "agent", "NodeRecorded": "node", "KeyRecorded": "key",
	"LicenceRecorded": "licence", "MemberRecorded": "member"}

func tell(c *index.Change) (t toldChange) {
	l := decode.ReadLog(c.RawLog(), nil)
	t.kind = kinds[l.Event]
	for _, v := range l.Args {
		switch v.Name {
		case "by":
			t.by = common.HexToAddress(v.Text)
		case "party":
		case "key", "id", "agent":
			t.subject = v.Text
		case "member":
			t.subject += " " + v.Text
			t.fields = flatten(t.fields, "", v)
		case "record":
			for _, f := range v.Fields {
				if t.kind == "node" && f.Name == "peerId" {
					t.subject = f.Text
				}
				t.fields = flatten(t.fields, "", f)
			}
		default:
			t.fields = flatten(t.fields, "", v)
		}
	}
	return t
}

// flatten lists the single values of v.
func flatten(list []Field, prefix string, v decode.Value) []Field {
	name := prefix + v.Name
	if len(v.Fields) == 0 {
		return append(list, Field{Name: name, Type: v.Type, Value: v.Text})
	}
	for _, f := range v.Fields {
		list = flatten(list, name+".", f)
	}
	return list
}

func (s *session) change(raw *index.Change, told toldChange, older []toldChange) (Change, error) {
	leaf, object, _ := raw.Leaf(s.chain())
	c := Change{Cursor: raw.ChangeRef.String(), Number: raw.Number, Time: blockTime(raw.BlockTime), Tx: txOf(raw), Kind: told.kind,
		Subject: told.subject, First: true, Fields: []Field{}, Object: object.Key(), Leaf: leaf}
	var err error
	if c.By, err = s.who(told.by); err != nil {
		return c, err
	}
	var before map[string]string
	for _, o := range older {
		if o.kind == told.kind && o.subject == told.subject {
			c.First = false
			before = map[string]string{}
			for _, f := range o.fields {
				before[f.Name] = f.Value
			}
			break
		}
	}
	for _, f := range told.fields {
		was, had := before[f.Name]
		switch {
		case c.First && meaningless(f):
		case c.First:
			c.Fields = append(c.Fields, f)
		case !had || was != f.Value:
			f.Before = was
			c.Fields = append(c.Fields, f)
		}
	}
	return c, nil
}

// txOf is the transaction that made a change; zero for the genesis block, which has none.
func txOf(c *index.Change) common.Hash {
	if c.Number == 0 {
		return common.Hash{}
	}
	return c.Tx
}

// meaningless is a field of a first state that says nothing.
func meaningless(f Field) bool {
	switch f.Value {
	case "", "0", "false", "0x":
		return true
	}
	for _, c := range f.Value {
		if c != '0' && c != 'x' {
			return false
		}
	}
	return true
}

func (r *Reader) chain() index.Chain {
	return index.Chain{ID: r.Ledger.ChainID().Uint64(), Heads: contracts.HeadsAddr, Parties: contracts.PartiesAddr}
}
