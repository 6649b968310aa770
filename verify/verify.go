package verify

import (
	"fmt"
	"sort"
	"time"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Step is one of the named steps of a verification.
type Step string

// The steps, in order.
const (
	StepFormat     Step = "format"     // the file is a proof
	StepNetwork    Step = "network"    // of this chain
	StepSubject    Step = "subject"    // of what was asked for
	StepValidators Step = "validators" // the validators are the trusted ones or reached from them
	StepSignatures Step = "signatures" // more than two thirds of them signed the header
	StepFork       Step = "fork"       // no other header of that height is known
	StepBlock      Step = "block"      // the header commits to this EVM block
	StepHeads      Step = "heads"      // Heads has the pinned code
	StepSlots      Step = "slots"      // its slots hold these heads
	StepLeaves     Step = "leaves"     // the leaves are exactly those the heads commit to, in order
	StepBodies     Step = "bodies"     // each body matches its leaf
	StepParties    Step = "parties"    // each party and key was entitled then
	StepLicences   Step = "licences"   // and had the right to the object
	StepStory      Step = "story"      // everything the events refer to is here
	StepLists      Step = "lists"      // and no list hides the object
	StepRecall     Step = "recall"     // whether it is recalled
	StepAge        Step = "age"        // how old "now" is
)

// Steps are all steps in order.
var Steps = []Step{StepFormat, StepNetwork, StepSubject, StepValidators, StepSignatures, StepFork, StepBlock, StepHeads,
	StepSlots, StepLeaves, StepBodies, StepParties, StepLicences, StepStory, StepLists, StepRecall, StepAge}

// Status is the outcome of a step.
type Status string

// Outcomes of a step. A step after a failed one isn't taken and isn't listed.
const (
	StatusOK      Status = "ok"
	StatusWarning Status = "warning"
	StatusFailed  Status = "failed"
	StatusSkipped Status = "skipped" // nothing to do in this kind of proof
)

// StepResult is how a step came out. Warnings are codes: withheld, sandbox, unlicensed, omitted, list, recalled, old, future, pinned.
type StepResult struct {
	Step     Step     `json:"step"`
	Status   Status   `json:"status"`
	Warnings []string `json:"warnings,omitempty"`
	Detail   string   `json:"detail,omitempty"`
}

// Outcome is the outcome of a verification.
type Outcome string

// Outcomes of a verification: what a page shows neutral, amber and red.
const (
	OutcomeGood    Outcome = "good"
	OutcomeWarning Outcome = "good with a warning"
	OutcomeRefused Outcome = "refused"
)

// Result is what a verification found.
type Result struct {
	Outcome Outcome      `json:"outcome"`
	Steps   []StepResult `json:"steps"`
	// Failed is the step that failed, nil if none did.
	Failed *StepResult `json:"failed,omitempty"`
	// Facts hold what was proven; nil if a step failed.
	Facts *Facts `json:"facts,omitempty"`

	validators []Validator // in charge of the signed header
}

// OK says that no step failed.
func (r *Result) OK() bool { return r.Failed == nil }

// Warned says whether any step gave this warning.
func (r *Result) Warned(code string) bool {
	for _, s := range r.Steps {
		if has(s.Warnings, code) {
			return true
		}
	}
	return false
}

// Options say what to compare the proof with.
type Options struct {
	Want string    // what was asked for: an identifier, an address or a block number; empty: anything
	Now  time.Time // zero: the clock
}

// Bounds of the step age.
const (
	MaxAge    = 10 * time.Minute
	MaxFuture = time.Minute
)

// check is a verification on its way.
type check struct {
	trust *Trust
	opts  Options
	p     *Proof

	validators []Validator
	signers    int
	header     evmHeader
	nodes      *trieNodes
	heads      account
	keys       []format.Hash       // of objects
	lanes      map[laneID]*Lane    // by object and lane
	objects    map[string]int      // by name
	registry   map[format.Hash]int // trunks of registry objects by key: place in lanes
	events     map[string][]*Event // on trunks, by name
	bodies     map[*Leaf]*Event    // events of bodies
	needs      []Need              // of the story
	warnings   map[string]bool     // of the step under way
	facts      *Facts
}

type laneID struct{ object, lane int }

func (c *check) warn(code string) { c.warnings[code] = true }

// Verify takes the steps of docs/reference/proof.md over a file.
func Verify(file []byte, trust *Trust, opts Options) *Result {
	if opts.Now.IsZero() {
		opts.Now = time.Now()
	}
	c := &check{trust: trust, opts: opts}
	r := &Result{Outcome: OutcomeGood}
	for _, step := range []struct {
		name Step
		run  func() error
		skip func() bool
	}{
		{StepFormat, func() (err error) { c.p, err = Parse(file); return err }, nil},
		{StepNetwork, c.network, c.unsigned},
		{StepSubject, c.subject, nil},
		{StepValidators, func() (err error) { c.validators, err = c.p.validatorsAt(trust); return err }, c.unsigned},
		{StepSignatures, func() (err error) { c.signers, err = c.p.Commit.signed(c.validators); return err }, c.unsigned},
		{StepFork, c.fork, c.unsigned},
		{StepBlock, c.block, nil},
		{StepHeads, c.headsCode, c.blockOnly},
		{StepSlots, c.slots, c.blockOnly},
		{StepLeaves, c.leaves, c.blockOnly},
		{StepBodies, c.checkBodies, c.blockOnly},
		{StepParties, c.parties, c.blockOnly},
		{StepLicences, c.licences, c.blockOnly},
		{StepStory, c.story, c.blockOnly},
		{StepLists, c.lists, c.blockOnly},
		{StepRecall, c.recall, c.blockOnly},
		{StepAge, c.age, nil},
	} {
		result := StepResult{Step: step.name, Status: StatusOK}
		c.warnings = map[string]bool{}
		switch {
		case step.skip != nil && step.skip():
			result.Status = StatusSkipped
		default:
			if err := step.run(); err != nil {
				result.Status, result.Detail = StatusFailed, err.Error()
				r.Steps, r.Outcome = append(r.Steps, result), OutcomeRefused
				r.Failed = &result
				return r
			}
		}
		for code := range c.warnings {
			result.Status, r.Outcome = StatusWarning, OutcomeWarning
			result.Warnings = append(result.Warnings, code)
		}
		sort.Strings(result.Warnings)
		r.Steps = append(r.Steps, result)
	}
	r.Facts, r.validators = c.facts, c.validators
	return r
}

func (c *check) unsigned() bool  { return c.p.Commit == nil }
func (c *check) blockOnly() bool { return c.p.Kind == KindBlock }

func (c *check) network() error {
	want := c.trust.cometChainID()
	if got := c.p.Commit.Header.ChainID; got != want {
		return fmt.Errorf("the header is of chain %q, not %q", got, want)
	}
	for i := range c.p.Rotations {
		if got := c.p.Rotations[i].Header.ChainID; got != want {
			return fmt.Errorf("rotation %d is of chain %q, not %q", i, got, want)
		}
	}
	return nil
}

// Subject is the subject as one asks for it.
func (s Subject) String() string {
	switch {
	case s.ID != nil:
		return *s.ID
	case s.Party != nil:
		return s.Party.String()
	case s.Number != nil:
		return fmt.Sprint(uint64(*s.Number))
	}
	return ""
}

func (c *check) subject() error {
	if want := c.opts.Want; want != "" {
		if c.p.Kind == KindObject && !isName(want) {
			want = Name(want)
		}
		if got := c.p.Subject.String(); got != want {
			return fmt.Errorf("the proof is about %s, asked for was %s", got, c.opts.Want)
		}
	}
	for i := range c.p.Objects {
		if o := &c.p.Objects[i]; o.Name != nil && !o.matches() {
			return fmt.Errorf("object %d is not the one that %q names", i, *o.Name)
		}
	}
	return nil
}

// isName says that a text is a name already: no scheme before the first slash.
func isName(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '/':
			return i > 0
		case ':':
			return false
		}
	}
	return false
}

func (c *check) fork() error {
	h := &c.p.Commit.Header
	if l := c.trust.Latest; l != nil && l.Height == h.Height && l.Hash != h.Hash() {
		return fmt.Errorf("another header of height %d was signed too, %s: keep both proofs, they are evidence", uint64(h.Height), l.Hash)
	}
	return nil
}

func (c *check) block() (err error) {
	if c.header, err = parseHeader(c.p.Block); err != nil {
		return err
	}
	tip := c.header
	if c.p.Ancestry != nil {
		if tip, err = c.p.Ancestry.proves(c.header); err != nil {
			return err
		}
	}
	switch {
	case c.p.Commit == nil && c.trust.Pin == nil:
		return fmt.Errorf("nothing is signed, and there is no pin to start from")
	case c.p.Commit == nil && (Word(tip.hash) != c.trust.Pin.Hash || tip.number != uint64(c.trust.Pin.Number)):
		return fmt.Errorf("the younger block %d is not the pinned one", tip.number)
	case c.p.Commit != nil && !sameHash(c.p.Commit.Header.AppHash, tip.hash):
		return fmt.Errorf("header %d commits to another EVM block", uint64(c.p.Commit.Header.Height))
	case c.p.Commit != nil && tip.height >= int64(c.p.Commit.Header.Height):
		return fmt.Errorf("EVM block %d claims the later height %d", tip.number, tip.height)
	case c.blockOnly() && uint64(*c.p.Subject.Number) != c.header.number:
		return fmt.Errorf("the block is number %d, not %d", c.header.number, uint64(*c.p.Subject.Number))
	}
	c.facts = c.blockFacts()
	return nil
}

func (c *check) headsCode() (err error) {
	c.nodes = newTrieNodes(c.p.Nodes)
	if c.heads, err = c.nodes.account(c.header.root, c.trust.Contracts.Heads); err != nil {
		return err
	}
	if Word(c.heads.code) != c.trust.HeadsCodeHash {
		return fmt.Errorf("the code of Heads is %s, trusted is %s", Word(c.heads.code), c.trust.HeadsCodeHash)
	}
	return nil
}

func (c *check) slots() error {
	c.keys = make([]format.Hash, len(c.p.Objects))
	for i := range c.p.Objects {
		c.keys[i] = c.p.Objects[i].Key()
	}
	head, checkpoint := wordOf(uint64(c.trust.Slots.Head)), wordOf(uint64(c.trust.Slots.Checkpoint))
	holds := func(i int, what string, slot format.Hash, want Word) error {
		got, err := c.nodes.word(c.heads.storage, slot)
		if err == nil && got != want {
			err = fmt.Errorf("the ledger holds %s", got)
		}
		if err != nil {
			return fmt.Errorf("%s of lane %d: %w", what, i, err)
		}
		return nil
	}
	for i := range c.p.Lanes {
		l := &c.p.Lanes[i]
		key := format.LaneKey(format.Lane(l.Lane), c.keys[l.Object])
		if err := holds(i, "head", mapSlot(key, head), l.Head); err != nil {
			return err
		}
		at := func(n U64) format.Hash { return mapSlot(wordOf(uint64(n)), mapSlot(key, checkpoint)) }
		if l.Start != nil {
			if err := holds(i, "start", at(l.From), *l.Start); err != nil {
				return err
			}
		}
		if l.To != nil {
			if err := holds(i, "end", at(*l.To), *l.End); err != nil {
				return err
			}
		}
	}
	for _, n := range c.p.Nodes {
		if !c.nodes.used[format.Keccak(n)] {
			return fmt.Errorf("trie node %s belongs to nothing in the file", Word(format.Keccak(n)))
		}
	}
	if len(c.nodes.byHash) != len(c.p.Nodes) {
		return fmt.Errorf("a trie node stands twice")
	}
	return nil
}

func (c *check) leaves() error {
	c.lanes = map[laneID]*Lane{}
	hashes := make([]format.Hash, len(c.p.Leaves))
	for i := range c.p.Leaves {
		hashes[i] = c.p.Leaves[i].fields(c.trust).Hash()
	}
	for i := range c.p.Lanes {
		l := &c.p.Lanes[i]
		c.lanes[laneID{l.Object, l.Lane}] = l
		if l.Lane == int(format.Notes) {
			continue
		}
		key := format.LaneKey(format.Lane(l.Lane), c.keys[l.Object])
		var head format.Head
		want := format.HeadFromWord(format.Hash(l.Head))
		if l.Start != nil {
			if format.Noticed(format.Hash(*l.Start)) {
				return fmt.Errorf("lane %d of object %d begins with a word that has a mark, as no checkpoint has", l.Lane, l.Object)
			}
			head = format.HeadFromWord(format.Hash(*l.Start))
		}
		if l.End != nil {
			want = format.HeadFromWord(format.Hash(*l.End))
		}
		for _, n := range l.Leaves {
			head = head.Append(key, hashes[n])
		}
		if head != want {
			return fmt.Errorf("lane %d of object %d: the %d leaves shown are not the %d that the ledger's head commits to",
				l.Lane, l.Object, len(l.Leaves), want.Count-min(want.Count, uint64(l.From)))
		}
	}
	return nil
}

func (c *check) age() error {
	if c.p.Commit == nil {
		c.warn("pinned")
		return nil
	}
	h := &c.p.Commit.Header
	at := time.Unix(int64(h.Time.Seconds), int64(h.Time.Nanos))
	switch age := c.opts.Now.Sub(at); {
	case age > MaxAge, c.trust.Latest != nil && h.Height < c.trust.Latest.Height, c.p.Ancestry != nil && c.p.Kind != KindBlock:
		c.warn("old")
	case age < -MaxFuture:
		c.warn("future")
	}
	return nil
}
