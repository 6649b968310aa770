package verify

import (
	"fmt"
	"time"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Facts are what a proof proved, read from verified bytes only. Pages and verdicts are made from them.
type Facts struct {
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
	// Network and Number, Hash and Time of the EVM block whose state was proven; Height is the CometBFT height that
	// carried it.
	ChainID U64       `json:"chain_id"`
	Number  U64       `json:"number"`
	Hash    Word      `json:"hash"`
	Height  U64       `json:"height"`
	Time    time.Time `json:"time"`
	// Signed describes the signed header; nil where a pin stands in for it.
	Signed *Signed `json:"signed,omitempty"`

	Objects []ObjectFact `json:"objects"`
	Events  []EventFact  `json:"events"`
	Parties []PartyFact  `json:"parties"`
	Recalls []RecallFact `json:"recalls"`
	// Notes counts the notes on the subject, which are not shown and change nothing.
	Notes U64 `json:"notes"`
	// Withheld counts leaves of the story whose content is not in the file.
	Withheld int            `json:"withheld"`
	Omitted  []OmittedThing `json:"omitted"`
	// Lists are the opened lists of the subject's lots and containers.
	Lists []ListFact `json:"lists"`
}

// ListFact is a list and whether the subject is in it. What the events say that name its root, they say of the subject.
type ListFact struct {
	Leaf   int  `json:"leaf"` // place in the file's leaves
	Root   Word `json:"root"`
	Count  U64  `json:"count"`
	Member bool `json:"member"`
}

// Signed is a header and who signed it.
type Signed struct {
	Height     U64       `json:"height"`
	Hash       Word      `json:"hash"`
	Time       time.Time `json:"time"`
	Validators int       `json:"validators"`
	Signers    int       `json:"signers"`
	// Rotations counts the changes of validators between the trusted ones and those of the header.
	Rotations int `json:"rotations"`
}

// ObjectFact is an object of the story.
type ObjectFact struct {
	Name     string   `json:"name"`
	Relation Relation `json:"relation"`
	Via      string   `json:"via,omitempty"`
	// Licences are those that it falls or fell under, as they were granted; those named in the file.
	Licences []LicenceFact `json:"licences"`
	// Records are how many records the ledger holds on its trunk and notices; Shown are those in the file.
	Records U64 `json:"records"`
	Shown   int `json:"shown"`
}

// LicenceFact is a licence that an object falls or fell under.
type LicenceFact struct {
	Licence string     `json:"licence"` // the prefix or namespace; empty for the catch-all
	Holder  Address    `json:"holder"`
	Sandbox bool       `json:"sandbox,omitempty"`
	Since   time.Time  `json:"since"`           // when it was granted
	Until   *time.Time `json:"until,omitempty"` // when it was revoked
}

// EventFact is a record on a trunk or a notice lane.
type EventFact struct {
	Leaf    int       `json:"leaf"` // place in the file's leaves
	Objects []string  `json:"objects"`
	Notice  bool      `json:"notice"`
	Kind    int       `json:"kind"`
	Party   Address   `json:"party"`
	Name    string    `json:"party_name"` // of the party as registered then
	Key     Address   `json:"key"`
	Time    time.Time `json:"time"` // of the block
	// Body is the canonical EPCIS event; empty where it is sealed or withheld.
	Body string `json:"body,omitempty"`
	// Sealed is what the file shows of a sealed event.
	Sealed *Sealed `json:"sealed,omitempty"`
}

// PartyFact is a party of the story as last recorded.
type PartyFact struct {
	Address   Address `json:"address"`
	Name      string  `json:"name"`
	Country   string  `json:"country,omitempty"`
	GLN       string  `json:"gln,omitempty"`
	Suspended bool    `json:"suspended,omitempty"`
	// MasterData are the declarations of the party that are in the file, in order.
	MasterData []string `json:"master_data,omitempty"`
}

// RecallFact is a recall on the notice lane of an object of the story.
type RecallFact struct {
	Object   string   `json:"object"`
	Relation Relation `json:"relation"`
	Active   bool     `json:"active"` // not lifted
	Event    int      `json:"event"`  // place in Events
}

func (c *check) blockFacts() *Facts {
	f := &Facts{Kind: c.p.Kind, Subject: c.p.Subject.String(), ChainID: c.trust.ChainID, Number: U64(c.header.number),
		Hash: Word(c.header.hash), Height: U64(c.header.height), Time: secondsOf(c.header.time),
		Objects: []ObjectFact{}, Events: []EventFact{}, Parties: []PartyFact{}, Recalls: []RecallFact{}, Omitted: []OmittedThing{}, Lists: []ListFact{}}
	if c.p.Commit != nil {
		h := &c.p.Commit.Header
		f.Signed = &Signed{Height: h.Height, Hash: h.Hash(), Time: time.Unix(int64(h.Time.Seconds), int64(h.Time.Nanos)).UTC(),
			Validators: len(c.validators), Signers: c.signers}
		for _, r := range c.p.Rotations {
			if r.Header.Height >= c.trust.Height {
				f.Signed.Rotations++
			}
		}
	}
	return f
}

// storyFacts lists the objects of the story, their records and recalls.
func (c *check) storyFacts() error {
	events := map[int]int{} // leaf to place in Events
	for _, n := range c.needs {
		i, here := c.objects[n.Name]
		if !here {
			continue
		}
		fact := c.objectFact(i, n)
		for lane := range 2 {
			l := c.lanes[laneID{i, lane}]
			if l == nil {
				continue
			}
			fact.Records += U64(format.HeadFromWord(format.Hash(l.Head)).Count)
			fact.Shown += len(l.Leaves)
			for _, leaf := range l.Leaves {
				at, known := events[leaf]
				if !known {
					at = len(c.facts.Events)
					events[leaf] = at
					c.facts.Events = append(c.facts.Events, c.eventFact(leaf, lane == 1))
				}
				c.facts.Events[at].Objects = append(c.facts.Events[at].Objects, n.Name)
			}
			if lane == 1 {
				c.recalls(n, l, events)
			}
		}
		c.facts.Objects = append(c.facts.Objects, fact)
	}
	c.prefixRecalls(events)
	if l := c.lanes[laneID{0, 2}]; l != nil {
		c.facts.Notes = U64(format.HeadFromWord(format.Hash(l.Head)).Count)
	}
	c.facts.Omitted = append(c.facts.Omitted, c.p.Omitted...)
	for i := range c.p.openings() {
		o := &c.p.openings()[i]
		head := c.p.Leaves[o.Leaf].List
		c.facts.Lists = append(c.facts.Lists, ListFact{Leaf: o.Leaf, Root: Word(head.root()), Count: head.Count, Member: c.isMember(o)})
	}
	return c.allParties()
}

func (c *check) objectFact(i int, n Need) ObjectFact {
	fact := ObjectFact{Name: n.Name, Relation: n.Relation, Via: n.Via, Licences: []LicenceFact{}}
	for _, l := range c.p.Objects[i].licences() {
		s, err := c.licenceNow(l)
		if err != nil {
			continue // the step licences has refused it
		}
		holder, _ := c.holderOf(l)
		f := LicenceFact{Licence: s.text, Holder: l.Holder, Sandbox: s.kind == 4, Since: secondsOf(holder.since(topicLicence, aboutLicence(&l)))}
		if s.revokedAt != 0 {
			until := secondsOf(s.revokedAt)
			f.Until = &until
		}
		fact.Licences = append(fact.Licences, f)
	}
	return fact
}

func (c *check) eventFact(leaf int, notice bool) EventFact {
	l := &c.p.Leaves[leaf]
	e := EventFact{Leaf: leaf, Notice: notice, Kind: l.Kind, Party: l.Party, Key: l.Key, Time: secondsOf(uint64(l.Time))}
	if h, ok := c.history(partyKey(l.Party)); ok {
		if states := h.at(uint64(l.Time), topicParty, nil); len(states) > 0 {
			if p, err := readParty(states[len(states)-1]); err == nil {
				e.Name = p.name
			}
		}
	}
	e.Sealed = l.Sealed
	if l.Body != nil {
		e.Body = *l.Body
	} else if l.List == nil && l.Sealed == nil {
		c.facts.Withheld++
	}
	return e
}

// recalls notes the recalls on a notice lane: active unless a later leaf of the lane lifts them. A lift by an authority ends all,
// one by another party its own and those that no authority declared.
func (c *check) recalls(n Need, l *Lane, events map[int]int) {
	all, by := false, map[Address]bool{} // later lifts: by an authority, by whom
	for j := len(l.Leaves) - 1; j >= 0; j-- {
		leaf := &c.p.Leaves[l.Leaves[j]]
		kind := format.LeafKind(leaf.Kind)
		if kind != format.LeafLift && kind != format.LeafRecall {
			continue
		}
		authority, err := c.authority(leaf)
		if err != nil {
			continue // allParties refuses it
		}
		if kind == format.LeafLift {
			all, by[leaf.Party] = all || authority, true
			continue
		}
		lifted := all || by[leaf.Party] || len(by) > 0 && !authority
		c.facts.Recalls = append(c.facts.Recalls, RecallFact{Object: n.Name, Relation: n.Relation, Active: !lifted, Event: events[l.Leaves[j]]})
	}
}

func secondsOf(n uint64) time.Time { return time.Unix(int64(n), 0).UTC() }

// prefixRecalls takes the notices of the subject's prefixes.
func (c *check) prefixRecalls(events map[int]int) {
	for _, i := range c.prefixes() {
		name, l := "prefix "+digitsText(c.p.Objects[i].Primary), c.lanes[laneID{i, int(format.Notice)}]
		for _, leaf := range l.Leaves {
			if _, known := events[leaf]; !known {
				events[leaf] = len(c.facts.Events)
				c.facts.Events = append(c.facts.Events, c.eventFact(leaf, true))
			}
			c.facts.Events[events[leaf]].Objects = append(c.facts.Events[events[leaf]].Objects, name)
		}
		c.recalls(Need{Name: name, Relation: RelationClass}, l, events)
	}
}

// allParties lists the parties whose own trunk is in the file. All records of theirs must be readable.
func (c *check) allParties() error {
	for i := range c.p.Lanes {
		lane := &c.p.Lanes[i]
		o := &c.p.Objects[lane.Object]
		if o.Kind != 40 || o.Suffix != (Word{}) || lane.Lane != 0 {
			continue
		}
		var address Address
		copy(address[:], o.Primary[12:])
		fact := PartyFact{Address: address}
		for _, n := range lane.Leaves {
			l := &c.p.Leaves[n]
			if l.Record != nil && l.Record.Topic == topicParty {
				p, err := readParty(l.Record)
				if err != nil {
					return fmt.Errorf("leaf %d: %w", n, err)
				}
				fact.Name, fact.Country, fact.GLN = p.name, p.country, glnText(p.gln)
				fact.Suspended = max(p.suspendedUntil, p.heldUntil) > c.header.time
			}
		}
		fact.MasterData = c.masterData(address)
		c.facts.Parties = append(c.facts.Parties, fact)
	}
	return nil
}

// masterData is what a party declared, as far as it is in the file.
func (c *check) masterData(party Address) (list []string) {
	key := format.MasterDataObject(format.Address(party)).Key()
	for i := range c.p.Objects {
		lane := c.lanes[laneID{i, int(format.Trunk)}]
		if c.keys[i] != key || lane == nil {
			continue
		}
		for _, n := range lane.Leaves {
			if l := &c.p.Leaves[n]; l.Body != nil {
				list = append(list, *l.Body)
			}
		}
	}
	return list
}

func (c *check) partyKnown() error {
	h, ok := c.history(c.keys[0])
	if !ok {
		return fmt.Errorf("the party's own trunk is not in the file")
	}
	if len(h.at(1<<62, topicParty, nil)) == 0 {
		return fmt.Errorf("there is no such party")
	}
	return nil
}
