package verify

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

func isRegistry(kind int) bool {
	return kind >= int(format.LeafParty) && kind <= int(format.LeafLicence)
}

// checkBodies holds every content against its commitment.
func (c *check) checkBodies() error {
	c.bodies = map[*Leaf]*Event{}
	for i := range c.p.Leaves {
		l := &c.p.Leaves[i]
		var commitment format.Hash
		switch {
		case l.Record != nil && !isRegistry(l.Kind), l.Record == nil && isRegistry(l.Kind), l.Record != nil && l.Key != c.trust.Contracts.Parties:
			return fmt.Errorf("leaf %d: a record belongs to a change of the register, and only there", i)
		case l.Record != nil:
			commitment = format.Commitment(format.Registry, format.Keccak(l.Record.Topic[:], l.Record.Data))
		case l.List != nil && l.Kind != int(format.LeafList):
			return fmt.Errorf("leaf %d: a list belongs to a leaf of kind 7", i)
		case l.List != nil:
			commitment = format.Commitment(format.Listed, l.List.root())
		case l.Sealed != nil && l.Kind > int(format.LeafErrorDecl):
			return fmt.Errorf("leaf %d: a sealed body belongs to a leaf of kind 1 or 2", i)
		case l.Sealed != nil:
			root, err := l.Sealed.root()
			if err != nil {
				return fmt.Errorf("leaf %d: %w", i, err)
			}
			commitment = format.Commitment(format.Sealed, root)
		case l.Body != nil:
			commitment = format.Commitment(format.Open, sha256.Sum256([]byte(*l.Body)))
		default:
			if l.Kind <= int(format.LeafRevocation) {
				c.warn("withheld")
			}
			continue
		}
		if commitment != format.Hash(l.Commitment) {
			return fmt.Errorf("leaf %d: the content is not the one committed to", i)
		}
		if l.Body != nil && l.Kind != int(format.LeafMasterData) && l.Kind != int(format.LeafList) {
			if e, ok := ReadEvent(*l.Body); ok {
				c.bodies[l] = e
			}
		}
	}
	for i := range c.p.Lanes {
		lane := &c.p.Lanes[i]
		o := &c.p.Objects[lane.Object]
		for _, n := range lane.Leaves {
			l := &c.p.Leaves[n]
			own := o.Kind == 40 && o.Primary == Word(l.Party.word())
			if isRegistry(l.Kind) && (!own || lane.Lane != 0) {
				return fmt.Errorf("leaf %d: a record of party %s stands on another's lane", n, l.Party)
			}
		}
	}
	return nil
}

// history finds the records of a registry object; false if its trunk is not in the file.
func (c *check) history(key format.Hash) (history, bool) {
	i, ok := c.registry[key]
	if !ok {
		return nil, false
	}
	lane := &c.p.Lanes[i]
	h := make(history, len(lane.Leaves))
	for j, n := range lane.Leaves {
		h[j] = &c.p.Leaves[n]
	}
	return h, true
}

func (c *check) parties() error {
	c.registry = map[format.Hash]int{}
	for i := range c.p.Lanes {
		if l := &c.p.Lanes[i]; c.p.Objects[l.Object].Kind == 40 && l.Lane == 0 {
			c.registry[c.keys[l.Object]] = i
		}
	}
	for i := range c.p.Leaves {
		if l := &c.p.Leaves[i]; !isRegistry(l.Kind) {
			if err := c.entitled(l); err != nil {
				return fmt.Errorf("leaf %d: %w", i, err)
			}
		}
	}
	return nil
}

func (c *check) licences() error {
	for i := range c.p.Objects {
		o := &c.p.Objects[i]
		warning, err := c.covered(o)
		if err != nil {
			return err
		}
		// Whoever holds it now may have recalled the whole prefix, or have records of a name that is split elsewhere now.
		if warning != "" && o.Name != nil && (i == 0 || o.split()) {
			c.warn(warning)
		}
	}
	for i := range c.p.Lanes {
		lane := &c.p.Lanes[i]
		o := &c.p.Objects[lane.Object]
		handed := map[format.Address]bool{}
		for _, n := range lane.Leaves {
			l := &c.p.Leaves[n]
			own := o.Kind == int(format.KindMasterData) && o.Primary == Word(l.Party.word()) && o.Suffix == Word{}
			if l.Kind == int(format.LeafMasterData) && (!own || lane.Lane != 0) {
				return fmt.Errorf("leaf %d: master data stands on another's lane", n)
			}
			if o.Name == nil {
				continue
			}
			if err := c.licensed(o, handed, lane.Lane, l); err != nil {
				return fmt.Errorf("leaf %d: %w", n, err)
			}
			for _, party := range l.receivers() {
				handed[party] = true
			}
		}
	}
	return nil
}

// covered checks that the licences of an object, as last recorded, cover it. It answers what to warn of: that all of them are
// revoked, or all but the catch-all, which doesn't say who holds the prefix.
func (c *check) covered(o *Object) (warning string, err error) {
	warning = "unlicensed"
	for _, l := range o.licences() {
		s, err := c.licenceNow(l)
		if err != nil {
			return "", err
		}
		if !s.covers(o) {
			return "", fmt.Errorf("licence %d of %s does not cover %s", uint64(l.ID), l.Holder, *o.Name)
		}
		switch {
		case s.revokedAt != 0:
		case s.kind != 4:
			warning = ""
		case warning != "":
			warning = "sandbox"
		}
	}
	if o.Licences == nil && o.split() {
		return "", fmt.Errorf("no licence is shown for %s, whose name doesn't say where the licensed part ends", *o.Name)
	}
	return warning, nil
}

// licenceNow is a licence as last recorded.
func (c *check) licenceNow(l Licence) (s licenceState, err error) {
	h, err := c.holderOf(l)
	if err != nil {
		return s, err
	}
	states := h.at(1<<62, topicLicence, aboutLicence(&l))
	if len(states) == 0 {
		return s, fmt.Errorf("licence %d of %s was never granted", uint64(l.ID), l.Holder)
	}
	return readLicence(states[len(states)-1], l)
}

// story checks that all the events refer to is here or said to be left out, and that windows don't hide what matters.
func (c *check) story() error {
	c.objects, c.events = map[string]int{}, map[string][]*Event{}
	for i := range c.p.Objects {
		if o := &c.p.Objects[i]; o.Name != nil {
			c.objects[*o.Name] = i
			c.events[*o.Name] = c.trunkEvents(i)
		}
	}
	if c.p.Kind == KindParty {
		if c.lanes[laneID{0, 0}] == nil {
			return fmt.Errorf("the party's own trunk is not in the file")
		}
		return c.partyKnown()
	}
	c.needs = Needs(*c.p.Subject.ID, c.listedIn(), func(name string) []*Event { return c.events[name] })
	omitted := map[string]bool{}
	for _, o := range c.p.Omitted {
		omitted[o.Name] = true
	}
	byObject := map[int]Need{}
	for _, n := range c.needs {
		i, here := c.objects[n.Name]
		movable := n.Relation == RelationContainer || n.Relation == RelationInput
		if !here && movable && omitted[n.Name] {
			c.warn("omitted")
			continue
		}
		if !here {
			return fmt.Errorf("%s (%s) is not in the file", n.Name, n.Relation)
		}
		byObject[i] = n
		if err := c.shown(i, n); err != nil {
			return err
		}
	}
	if err := c.prefixesShown(); err != nil {
		return err
	}
	return c.windows(byObject)
}

// trunkEvents are the events on an object's trunk.
func (c *check) trunkEvents(object int) (list []*Event) {
	lane := c.lanes[laneID{object, 0}]
	if lane == nil {
		return nil
	}
	for _, n := range lane.Leaves {
		l := &c.p.Leaves[n]
		if e := c.bodies[l]; e != nil && l.Kind <= int(format.LeafErrorDecl) {
			list = append(list, e)
		}
	}
	return list
}

// lanesOf are the lanes a relation needs.
func lanesOf(r Relation) []int {
	switch r {
	case RelationSubject:
		return []int{0, 1, 2}
	case RelationClass:
		return []int{1}
	}
	return []int{0, 1}
}

// shown checks that the lanes a relation needs are here. A trunk without mark stands for its notice lane, which is empty.
func (c *check) shown(object int, n Need) error {
	trunk := c.lanes[laneID{object, int(format.Trunk)}]
	for _, lane := range lanesOf(n.Relation) {
		unnoticed := lane == int(format.Notice) && trunk != nil && !format.Noticed(format.Hash(trunk.Head))
		if c.lanes[laneID{object, lane}] == nil && !unnoticed {
			return fmt.Errorf("lane %d of %s (%s) is not in the file", lane, n.Name, n.Relation)
		}
	}
	return nil
}

// prefixes are the places of the prefixes that the subject falls under and whose notices are shown.
func (c *check) prefixes() (list []int) {
	for i := range c.p.Objects {
		o := &c.p.Objects[i]
		whole := licenceState{kind: 1, length: uint64(len(digitsText(o.Primary))), primary: o.Primary}
		if o.Kind == int(format.KindPrefix) && o.Suffix == (Word{}) && c.lanes[laneID{i, int(format.Notice)}] != nil && whole.covers(&c.p.Objects[0]) {
			list = append(list, i)
		}
	}
	return list
}

// prefixesShown checks that the notices of every prefix are here by whose licences the subject, its class and lots are covered.
func (c *check) prefixesShown() error {
	shown := map[Word]bool{}
	for _, i := range c.prefixes() {
		shown[c.p.Objects[i].Primary] = true
	}
	for _, n := range c.needs {
		i, here := c.objects[n.Name]
		if !here || n.Relation == RelationContainer || n.Relation == RelationInput {
			continue
		}
		for _, l := range c.p.Objects[i].licences() {
			s, err := c.licenceNow(l)
			if err != nil {
				return err
			}
			if (s.kind == 1 || s.kind == 2) && !shown[s.primary] {
				return fmt.Errorf("the notices of the prefix %s are not in the file", digitsText(s.primary))
			}
		}
	}
	return nil
}

// lateness is how long after an event its record may come and still be seen in a window.
const lateness = 7 * 24 * 3600

func (c *check) windows(needs map[int]Need) error {
	for i := range c.p.Lanes {
		l := &c.p.Lanes[i]
		if l.From == 0 && l.To == nil {
			continue
		}
		o := &c.p.Objects[l.Object]
		n, needed := needs[l.Object]
		part := l.Lane == 0 && needed && (n.Relation == RelationContainer || n.Relation == RelationInput)
		if l.From != 0 && o.Kind != int(format.KindMasterData) {
			if !part || len(l.Leaves) == 0 || !n.MayBegin(uint64(c.p.Leaves[l.Leaves[0]].Time)) {
				return fmt.Errorf("lane %d begins with leaf %d: too late", i, uint64(l.From)+1)
			}
		}
		if l.To != nil {
			last := len(l.Leaves) > 0 && n.Until != never && int64(c.p.Leaves[l.Leaves[len(l.Leaves)-1]].Time)*1000 >= n.Until+lateness*1000
			if !part || !last {
				return fmt.Errorf("lane %d ends with leaf %d: too early", i, uint64(*l.To))
			}
		}
	}
	return nil
}

func (c *check) recall() error {
	if c.p.Kind == KindParty {
		return c.allParties()
	}
	if err := c.storyFacts(); err != nil {
		return err
	}
	for _, r := range c.facts.Recalls {
		if r.Active && r.Relation != RelationInput {
			c.warn("recalled")
		}
	}
	return nil
}

// digitsText is the digits at the beginning of a word.
func digitsText(w Word) string { return strings.TrimRight(string(w[:]), "\x00") }

func glnText(gln uint64) string {
	if gln == 0 {
		return ""
	}
	s := strconv.FormatUint(gln, 10)
	return strings.Repeat("0", max(0, 13-len(s))) + s
}
