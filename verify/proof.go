package verify

import (
	"reflect"

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
	Kind    int     `json:"kind"`
	Primary Word    `json:"primary"`
	Suffix  Word    `json:"suffix"`
	Name    *string `json:"name,omitempty"`
	// Licences are those that the object falls or fell under, as they were granted.
	Licences *List[Licence] `json:"licences,omitempty"`
}

// MaxLicences is the most licences that an object may name: a prefix passes from one holder to another a few times at most.
const MaxLicences = 16

func (o *Object) licences() []Licence {
	if o.Licences == nil {
		return nil
	}
	return *o.Licences
}

// split says that the name of an object doesn't tell where the licensed part ends, so that only its licences do.
func (o *Object) split() bool { return o.Kind == int(format.KindGIAI) || o.Kind == int(format.KindURI) }

// Licence points to a licence of the register, whose numbers rise in the order of the grants.
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
func (p *Proof) Encode() []byte {
	return append(encode(make([]byte, 0, 64<<10), reflect.ValueOf(p)), '\n')
}

// Parse reads a file and checks all that can be checked without knowing anything else: the step format.
func Parse(file []byte) (*Proof, error) {
	p := new(Proof)
	if err := decode(file, p); err != nil {
		return nil, err
	}
	return p, p.wellFormed()
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
