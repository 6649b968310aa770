package verify

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// MediaType is the media type of a proof.
const MediaType = "application/vnd.suyuan.proof+json;v=1"

// Kinds of proof.
const (
	KindObject = "object"
	KindParty  = "party"
	KindBlock  = "block"
)

// Proof is the file. docs/reference/proof.md explains every field.
type Proof struct {
	Version    int                `json:"version"`
	Kind       string             `json:"kind"`
	Subject    Subject            `json:"subject"`
	Commit     *Commit            `json:"commit,omitempty"`
	Validators List[Validator]    `json:"validators"`
	Rotations  List[Rotation]     `json:"rotations"`
	Block      Hex                `json:"block"`
	Ancestry   *Ancestry          `json:"ancestry,omitempty"`
	Nodes      List[Hex]          `json:"nodes"`
	Objects    List[Object]       `json:"objects"`
	Lanes      List[Lane]         `json:"lanes"`
	Leaves     List[Leaf]         `json:"leaves"`
	Omitted    List[OmittedThing] `json:"omitted"`
	Openings   *List[Opening]     `json:"openings,omitempty"`
}

// Subject is what a proof is about: one of the three.
type Subject struct {
	ID     *string  `json:"id,omitempty"`
	Party  *Address `json:"party,omitempty"`
	Number *U64     `json:"number,omitempty"`
}

// Commit is a CometBFT header and the votes for it.
type Commit struct {
	Header     Header          `json:"header"`
	Round      int             `json:"round"`
	Parts      Parts           `json:"parts"`
	Signatures List[Signature] `json:"signatures"`
}

// Rotation is a signed header after which other validators sign.
type Rotation struct {
	Header     Header          `json:"header"`
	Round      int             `json:"round"`
	Parts      Parts           `json:"parts"`
	Signatures List[Signature] `json:"signatures"`
	Next       List[Validator] `json:"next"`
}

func (r *Rotation) commit() *Commit {
	return &Commit{Header: r.Header, Round: r.Round, Parts: r.Parts, Signatures: r.Signatures}
}

// Header is a CometBFT header.
type Header struct {
	Version            Version `json:"version"`
	ChainID            string  `json:"chain_id"`
	Height             U64     `json:"height"`
	Time               Time    `json:"time"`
	LastBlockID        BlockID `json:"last_block_id"`
	LastCommitHash     Hex     `json:"last_commit_hash"`
	DataHash           Hex     `json:"data_hash"`
	ValidatorsHash     Hex     `json:"validators_hash"`
	NextValidatorsHash Hex     `json:"next_validators_hash"`
	ConsensusHash      Hex     `json:"consensus_hash"`
	AppHash            Hex     `json:"app_hash"`
	LastResultsHash    Hex     `json:"last_results_hash"`
	EvidenceHash       Hex     `json:"evidence_hash"`
	ProposerAddress    Address `json:"proposer_address"`
}

// Version is the version of block and application in a header.
type Version struct {
	Block U64 `json:"block"`
	App   U64 `json:"app"`
}

// Time is seconds since 1970 and nanoseconds.
type Time struct {
	Seconds U64 `json:"seconds"`
	Nanos   int `json:"nanos"`
}

// BlockID names a block of CometBFT.
type BlockID struct {
	Hash  Hex   `json:"hash"`
	Parts Parts `json:"parts"`
}

// Parts is a part set header.
type Parts struct {
	Total int `json:"total"`
	Hash  Hex `json:"hash"`
}

// Signature is one validator's vote for a block. Validator is its place in the set.
type Signature struct {
	Validator int  `json:"validator"`
	Time      Time `json:"time"`
	Signature Hex  `json:"signature"`
}

// Validator is one of a set.
type Validator struct {
	PublicKey Word `json:"public_key"`
	Power     U64  `json:"power"`
}

// Ancestry proves an EVM block by a younger one.
type Ancestry struct {
	Block Hex        `json:"block"`
	Path  List[Word] `json:"path"`
	Peaks List[Word] `json:"peaks"`
}

// Object is a thing with lanes.
type Object struct {
	Kind    int      `json:"kind"`
	Primary Word     `json:"primary"`
	Suffix  Word     `json:"suffix"`
	Name    *string  `json:"name,omitempty"`
	Licence *Licence `json:"licence,omitempty"`
}

// Licence points to the licence an object falls under.
type Licence struct {
	Holder Address `json:"holder"`
	ID     U64     `json:"id"`
}

// Lane is a stretch of one lane of an object.
type Lane struct {
	Object int       `json:"object"`
	Lane   int       `json:"lane"`
	Head   Word      `json:"head"`
	From   U64       `json:"from"`
	Start  *Word     `json:"start,omitempty"`
	To     *U64      `json:"to,omitempty"`
	End    *Word     `json:"end,omitempty"`
	Leaves List[int] `json:"leaves"`
}

// Leaf is one record's place on the ledger, with its content where that is in the file.
type Leaf struct {
	Party      Address `json:"party"`
	Key        Address `json:"key"`
	Kind       int     `json:"kind"`
	Time       U64     `json:"time"`
	Commitment Word    `json:"commitment"`
	// Next are the parties that the objects are handed over to.
	Next   *List[Address] `json:"next,omitempty"`
	Body   *string        `json:"body,omitempty"`
	Record *Record        `json:"record,omitempty"`
	List   *Head          `json:"list,omitempty"`
	Sealed *Sealed        `json:"sealed,omitempty"`
}

// contents is how many of the fields a leaf has that only one may be of.
func (l *Leaf) contents() (n int) {
	for _, there := range []bool{l.Body != nil, l.Record != nil, l.List != nil, l.Sealed != nil} {
		if there {
			n++
		}
	}
	return n
}

// Sealed is what is shown of a sealed body.
type Sealed struct {
	Count  int         `json:"count"` // fields of the body
	Fields List[Field] `json:"fields"`
	Hashes List[Word]  `json:"hashes"` // of the largest parts in which no field is shown
}

// Field is a field of a sealed body with its place among all of them, from 0.
type Field struct {
	Index   int    `json:"index"`
	Pointer string `json:"pointer"` // RFC 6901
	Salt    Word   `json:"salt"`
	Value   string `json:"value"` // canonical JSON
}

// NewSealed is a redacted body as a file has it.
func NewSealed(r format.Redacted) *Sealed {
	s := &Sealed{Count: int(r.Count)} //nolint:gosec // bounded by the format
	for _, f := range r.Fields {
		s.Fields = append(s.Fields, Field{Index: int(f.Index), Pointer: f.Pointer, Salt: Word(f.Salt), Value: string(f.Value)}) //nolint:gosec // below Count
	}
	for _, h := range r.Hashes {
		s.Hashes = append(s.Hashes, Word(h))
	}
	return s
}

func (s *Sealed) root() (format.Hash, error) {
	r := format.Redacted{Count: uint64(s.Count)} //nolint:gosec // read as not negative
	for _, f := range s.Fields {
		r.Fields = append(r.Fields, format.DisclosedField{Index: uint64(f.Index), SealedField: format.SealedField{ //nolint:gosec // the same
			Salt: format.Hash(f.Salt), Pointer: f.Pointer, Value: []byte(f.Value)}})
	}
	for _, h := range s.Hashes {
		r.Hashes = append(r.Hashes, format.Hash(h))
	}
	return r.Root()
}

// Head is what a list leaf commits to: the number of entries and the top of their tree.
type Head struct {
	Count U64  `json:"count"`
	Top   Word `json:"top"`
}

func (h *Head) root() format.Hash { return format.ListRootOf(uint64(h.Count), format.Hash(h.Top)) }

// Opening shows whether the subject is in the list of a leaf: its own place, or the places of the entries around it.
type Opening struct {
	Leaf   int         `json:"leaf"`
	Salt   Word        `json:"salt"`
	Places List[Place] `json:"places"`
}

// Place is an entry of a list with the siblings that lead to its root.
type Place struct {
	Entry Word       `json:"entry"`
	Index U64        `json:"index"`
	Path  List[Word] `json:"path"`
}

// Record is a change of the register: topic and data of the log that tells it.
type Record struct {
	Topic Word `json:"topic"`
	Data  Hex  `json:"data"`
}

// OmittedThing is something the story refers to that is not in the file.
type OmittedThing struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Reasons for leaving something out.
const (
	OmittedLimit   = "limit"
	OmittedUnknown = "unknown"
)

// Encode writes the file.
func (p *Proof) Encode() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return nil, fmt.Errorf("encode the proof: %w", err)
	}
	return out.Bytes(), nil
}

// Parse reads a file and checks all that can be checked without knowing anything else: the step format.
func Parse(file []byte) (*Proof, error) {
	p := new(Proof)
	if err := decode(file, p); err != nil {
		return nil, err
	}
	return p, p.wellFormed()
}

// wellFormed checks the conditions stated beside the fields.
func (p *Proof) wellFormed() error {
	bad := func(pointer, rule string, args ...any) error {
		return &FieldError{pointer, fmt.Sprintf(rule, args...)}
	}
	if p.Version != 1 {
		return bad("/version", "is %d, must be 1", p.Version)
	}
	if err := p.checkSubject(); err != nil {
		return err
	}
	if p.Commit == nil && (p.Ancestry == nil || len(p.Validators) != 0 || len(p.Rotations) != 0) {
		return bad("/commit", "is missing: then there must be an ancestry, and no validators or rotations")
	}
	if p.Commit != nil {
		if err := checkCommit("/commit", p.Commit); err != nil {
			return err
		}
	}
	if err := checkPowers("/validators", p.Validators); err != nil {
		return err
	}
	last := uint64(0)
	for i := range p.Rotations {
		r, at := &p.Rotations[i], fmt.Sprintf("/rotations/%d", i)
		if err := checkCommit(at, r.commit()); err != nil {
			return err
		}
		if err := checkPowers(at+"/next", r.Next); err != nil {
			return err
		}
		if h := uint64(r.Header.Height); h <= last || p.Commit != nil && h >= uint64(p.Commit.Header.Height) {
			return bad(at+"/header/height", "must rise, and stay below that of the commit")
		}
		last = uint64(r.Header.Height)
	}
	if err := p.checkObjects(); err != nil {
		return err
	}
	return p.checkLanes()
}

func (p *Proof) checkSubject() error {
	s := &p.Subject
	switch {
	case p.Kind == KindObject && s.ID != nil && s.Party == nil && s.Number == nil:
	case p.Kind == KindParty && s.ID == nil && s.Party != nil && s.Number == nil:
	case p.Kind == KindBlock && s.ID == nil && s.Party == nil && s.Number != nil:
		if len(p.Nodes)+len(p.Objects)+len(p.Lanes)+len(p.Leaves)+len(p.Omitted)+len(p.openings()) != 0 {
			return &FieldError{"/kind", "is block: nodes, objects, lanes, leaves, omitted and openings must be empty"}
		}
	default:
		return &FieldError{"/subject", "must have the one field that goes with the kind " + short(p.Kind)}
	}
	return nil
}

func checkCommit(at string, c *Commit) error {
	h := &c.Header
	for _, f := range []struct {
		name string
		v    Hex
	}{
		{"/header/last_block_id/hash", h.LastBlockID.Hash}, {"/header/last_block_id/parts/hash", h.LastBlockID.Parts.Hash},
		{"/header/last_commit_hash", h.LastCommitHash}, {"/header/data_hash", h.DataHash},
		{"/header/validators_hash", h.ValidatorsHash}, {"/header/next_validators_hash", h.NextValidatorsHash},
		{"/header/consensus_hash", h.ConsensusHash}, {"/header/app_hash", h.AppHash},
		{"/header/last_results_hash", h.LastResultsHash}, {"/header/evidence_hash", h.EvidenceHash}, {"/parts/hash", c.Parts.Hash},
	} {
		if n := len(f.v); n != 0 && n != 32 {
			return &FieldError{at + f.name, fmt.Sprintf("has %d bytes, must have 0 or 32", n)}
		}
	}
	if err := checkTime(at+"/header/time", h.Time); err != nil {
		return err
	}
	if h.Height > 1<<62 {
		return &FieldError{at + "/header/height", "is out of range"}
	}
	for i := range c.Signatures {
		s, at := &c.Signatures[i], fmt.Sprintf("%s/signatures/%d", at, i)
		if len(s.Signature) != 64 {
			return &FieldError{at + "/signature", fmt.Sprintf("has %d bytes, must have 64", len(s.Signature))}
		}
		if err := checkTime(at+"/time", s.Time); err != nil {
			return err
		}
	}
	return nil
}

func checkTime(at string, t Time) error {
	if t.Nanos > 999_999_999 || t.Seconds > 1<<40 {
		return &FieldError{at, "is out of range: at most 999999999 nanos and 1099511627776 seconds"}
	}
	return nil
}

func checkPowers(at string, set []Validator) error {
	var sum uint64
	for i, v := range set {
		if sum += uint64(v.Power); v.Power == 0 || v.Power > 1<<60 || sum > 1<<60 {
			return &FieldError{fmt.Sprintf("%s/%d/power", at, i), "must be above 0, and the sum at most 2^60"}
		}
	}
	return nil
}

// maxName bounds the bytes of a name: a URI is tried at each place where its namespace may end.
const maxName = 2048

func (p *Proof) checkObjects() error {
	if p.Kind == KindBlock {
		return nil
	}
	if len(p.Objects) == 0 {
		return &FieldError{"/objects", "is empty: the first is the subject"}
	}
	seen := map[Word]bool{}
	for i := range p.Objects {
		o, at := &p.Objects[i], fmt.Sprintf("/objects/%d", i)
		switch o.Kind {
		case 1, 2, 3, 4, 5, 6, 8, 20:
			if o.Name == nil {
				return &FieldError{at + "/name", "is missing"}
			}
			if len(*o.Name) > MaxName {
				return &FieldError{at + "/name", fmt.Sprintf("has %d bytes, at most %d are allowed", len(*o.Name), MaxName)}
			}
		case 30, 40, 41:
			if o.Name != nil || o.Licence != nil {
				return &FieldError{at, "is a prefix, registry or master data object, which has no name and no licence"}
			}
		default:
			return &FieldError{at + "/kind", fmt.Sprintf("is %d, must be one of 1, 2, 3, 4, 5, 6, 8, 20, 30, 40, 41", o.Kind)}
		}
		if o.Name != nil && len(*o.Name) > maxName {
			return &FieldError{at + "/name", fmt.Sprintf("has %d bytes, must have at most %d", len(*o.Name), maxName)}
		}
		if key := Word(o.Key()); seen[key] {
			return &FieldError{at, "stands twice"}
		} else {
			seen[key] = true
		}
	}
	first := &p.Objects[0]
	if p.Kind == KindObject && (first.Name == nil || *first.Name != *p.Subject.ID) {
		return &FieldError{"/objects/0/name", "must be the subject"}
	}
	if p.Kind == KindParty && (first.Kind != 40 || first.Primary != Word(p.Subject.Party.word()) || first.Suffix != Word{}) {
		return &FieldError{"/objects/0", "must be the subject"}
	}
	for i, o := range p.Omitted {
		if o.Reason != OmittedLimit && o.Reason != OmittedUnknown {
			return &FieldError{fmt.Sprintf("/omitted/%d/reason", i), "must be limit or unknown"}
		}
	}
	return nil
}

func (p *Proof) checkLanes() error {
	type place struct{ object, lane int }
	seen, used := map[place]bool{}, make([]bool, len(p.Leaves))
	for i := range p.Lanes {
		l, at := &p.Lanes[i], fmt.Sprintf("/lanes/%d", i)
		switch {
		case l.Object >= len(p.Objects):
			return &FieldError{at + "/object", "is no place in objects"}
		case l.Lane > 2:
			return &FieldError{at + "/lane", "must be 0, 1 or 2"}
		case seen[place{l.Object, l.Lane}]:
			return &FieldError{at, "stands twice"}
		case l.From%64 != 0 || (l.From != 0) != (l.Start != nil):
			return &FieldError{at + "/from", "must be a multiple of 64, with a start exactly if it isn't 0"}
		case (l.To != nil) != (l.End != nil) || l.To != nil && (*l.To%64 != 0 || *l.To <= l.From):
			return &FieldError{at + "/to", "must be a multiple of 64 above from, with an end"}
		case l.Lane == 2 && (len(l.Leaves) != 0 || l.From != 0 || l.To != nil):
			return &FieldError{at, "is of notes, which are only counted: no leaves, from 0, no to"}
		}
		seen[place{l.Object, l.Lane}] = true
		for j, n := range l.Leaves {
			if n >= len(p.Leaves) {
				return &FieldError{fmt.Sprintf("%s/leaves/%d", at, j), "is no place in leaves"}
			}
			used[n] = true
		}
	}
	for i := range p.Leaves {
		l, at := &p.Leaves[i], fmt.Sprintf("/leaves/%d", i)
		switch {
		case !used[i]:
			return &FieldError{at, "is in no lane"}
		case l.Kind < 1 || l.Kind > 11:
			return &FieldError{at + "/kind", "must be from 1 to 11"}
		case l.contents() > 1:
			return &FieldError{at, "has more than one of body, record, list and sealed"}
		case l.Next != nil && len(*l.Next) == 0:
			return &FieldError{at + "/next", "is empty: then it must be left out"}
		case l.Time > 1<<40:
			return &FieldError{at + "/time", "is out of range"}
		}
	}
	return p.checkOpenings()
}

func (p *Proof) checkOpenings() error {
	seen := map[int]bool{}
	for i, o := range p.openings() {
		at := fmt.Sprintf("/openings/%d", i)
		switch {
		case o.Leaf >= len(p.Leaves) || p.Leaves[o.Leaf].List == nil || seen[o.Leaf]:
			return &FieldError{at + "/leaf", "must be the place of a leaf with a list, once"}
		case len(o.Places) < 1 || len(o.Places) > 2:
			return &FieldError{at + "/places", "must hold one or two"}
		}
		seen[o.Leaf] = true
	}
	return nil
}

// fields is what the leaf binds on a ledger.
func (l *Leaf) fields(t *Trust) format.LeafFields {
	return format.LeafFields{ChainID: uint64(t.ChainID), Heads: format.Address(t.Contracts.Heads), Party: format.Address(l.Party),
		Key: format.Address(l.Key), Kind: format.LeafKind(l.Kind), BlockTime: uint64(l.Time), Commitment: format.Hash(l.Commitment),
		Next: l.receivers()}
}

// receivers are the parties that the leaf hands its objects over to.
func (l *Leaf) receivers() (out []format.Address) {
	if l.Next != nil {
		for _, a := range *l.Next {
			out = append(out, format.Address(a))
		}
	}
	return out
}

func (p *Proof) openings() []Opening {
	if p.Openings == nil {
		return nil
	}
	return *p.Openings
}
