package verify

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Topics of the register's logs.
var (
	topicParty = topic("PartyRecorded(address,(address,uint64,uint32,uint64,uint64,uint64,uint32,bool,bool," +
		"(string,bytes2,uint64,bytes20,bytes32),(uint8,uint64,uint64,uint32)),address)")
	topicAgent   = topic("AgentRecorded(address,uint64,bool,address)")
	topicNode    = topic("NodeRecorded(address,(bytes,address,bytes32,bool),address)")
	topicKey     = topic("KeyRecorded(address,address,(address,uint64,uint32,uint64,uint64,uint64,bool),address)")
	topicLicence = topic("LicenceRecorded(address,uint64,(address,uint8,uint16,bool,uint64,uint64,uint64,bytes32,bytes32,string),address)")
	topicMember  = topic("MemberRecorded(address,uint64,address,uint8,bool,address)")
)

func topic(signature string) Word { return Word(format.Keccak([]byte(signature))) }

// abiData reads words of ABI-encoded data; the first failure sticks.
type abiData struct {
	b   []byte
	bad bool
}

var errRecord = errors.New("a record of the register has a form that the register doesn't write")

func (d *abiData) word(at uint64) (w format.Hash) {
	if at > uint64(len(d.b)) || uint64(len(d.b))-at < 32 {
		d.bad = true
		return w
	}
	copy(w[:], d.b[at:])
	return w
}

// number is an unsigned number of at most 64 bits.
func (d *abiData) number(at uint64) uint64 {
	w := d.word(at)
	for _, c := range w[:24] {
		d.bad = d.bad || c != 0
	}
	return binary.BigEndian.Uint64(w[24:])
}

func (d *abiData) flag(at uint64) bool {
	n := d.number(at)
	d.bad = d.bad || n > 1
	return n == 1
}

func (d *abiData) address(at uint64) (a Address) {
	w := d.word(at)
	for _, c := range w[:12] {
		d.bad = d.bad || c != 0
	}
	copy(a[:], w[12:])
	return a
}

// offset is a place relative to base.
func (d *abiData) offset(at, base uint64) uint64 {
	n := d.number(at)
	if n > uint64(len(d.b)) {
		d.bad = true
		return base
	}
	return base + n
}

func (d *abiData) text(at uint64) string {
	n := d.number(at)
	if d.bad || at+32 > uint64(len(d.b)) || n > uint64(len(d.b))-at-32 {
		d.bad = true
		return ""
	}
	return strings.ToValidUTF8(string(d.b[at+32:at+32+n]), "\ufffd")
}

// partyState is what the register says of a party.
type partyState struct {
	sponsor        Address
	suspendedUntil uint64
	heldUntil      uint64
	authority      uint64
	name           string
	country        string
	gln            uint64
}

func readParty(r *Record) (p partyState, err error) {
	d := abiData{b: r.Data}
	o := d.offset(0, 0)
	details := d.offset(o+9*32, o)
	p = partyState{
		sponsor: d.address(o), suspendedUntil: d.number(o + 3*32), heldUntil: d.number(o + 4*32), authority: d.number(o + 6*32),
		name: d.text(d.offset(details, details)), gln: d.number(details + 2*32),
	}
	country := d.word(details + 32)
	p.country = strings.TrimRight(strings.ToValidUTF8(string(country[:2]), "?"), "\x00")
	if d.bad {
		return p, errRecord
	}
	return p, nil
}

// keyState is what the register says of a key.
type keyState struct {
	party                            Address
	agent, scopes                    uint64
	validFrom, validUntil, revokedAt uint64
}

func readKey(r *Record, key Address) (k keyState, err error) {
	d := abiData{b: r.Data}
	if d.address(0) != key {
		return k, errRecord
	}
	k = keyState{d.address(32), d.number(2 * 32), d.number(3 * 32), d.number(4 * 32), d.number(5 * 32), d.number(6 * 32)}
	if d.bad {
		return k, errRecord
	}
	return k, nil
}

func (k keyState) validAt(t uint64) bool {
	return k.validFrom <= t && (k.validUntil == 0 || k.validUntil > t) && (k.revokedAt == 0 || k.revokedAt > t)
}

// licenceState is what the register says of a licence.
type licenceState struct {
	kind, length                     uint64
	open                             bool
	validFrom, validUntil, revokedAt uint64
	primary                          Word
	text                             string
}

func readLicence(r *Record, l Licence) (s licenceState, err error) {
	d := abiData{b: r.Data}
	o := d.offset(32, 0)
	if d.number(0) != uint64(l.ID) || d.address(o) != l.Holder {
		return s, errRecord
	}
	s = licenceState{kind: d.number(o + 32), length: d.number(o + 2*32), open: d.flag(o + 3*32), validFrom: d.number(o + 4*32),
		validUntil: d.number(o + 5*32), revokedAt: d.number(o + 6*32), primary: Word(d.word(o + 7*32)), text: d.text(d.offset(o+9*32, o))}
	if d.bad {
		return s, errRecord
	}
	return s, nil
}

// covers says whether the object lies in the licensed range.
func (s licenceState) covers(o *Object) bool {
	switch s.kind {
	case 1, 2:
		if o.Kind == 6 {
			return o.Primary == s.primary
		}
		digits := o.Primary[:]
		if o.Kind <= 5 {
			digits = digits[1:]
		}
		return o.Kind <= 8 && s.length > 0 && s.length <= 13 && string(digits[:s.length]) == string(s.primary[:s.length])
	case 3:
		return o.Kind == 20 && o.Primary == s.primary
	case 4:
		return o.Kind != 6 && o.Kind != 20 || o.Primary == Word{} || o.Kind == 20 && o.Primary == Word(emptyCode)
	}
	return false
}

// history are the records of one registry object in order.
type history []*Leaf

// selector says whether a record is about somebody or something; a record too short to tell is about nobody.
type selector func(r *Record) bool

func aboutAgent(agent uint64) selector {
	return func(r *Record) bool {
		d := abiData{b: r.Data}
		return d.number(0) == agent && !d.bad
	}
}

func aboutKey(key Address) selector {
	return func(r *Record) bool {
		d := abiData{b: r.Data}
		return d.address(0) == key && !d.bad
	}
}

func aboutLicence(l *Licence) selector {
	return func(r *Record) bool {
		d := abiData{b: r.Data}
		return d.number(0) == uint64(l.ID) && !d.bad
	}
}

func aboutMember(l *Licence, member Address) selector {
	return func(r *Record) bool {
		d := abiData{b: r.Data}
		return d.number(0) == uint64(l.ID) && d.address(32) == member && !d.bad
	}
}

// at are the states to consider at a time: the last one before, and all of that very second, since the order of
// lanes inside a block isn't known.
func (h history) at(t uint64, topic Word, mine selector) (states []*Record) {
	for _, l := range h {
		if l.Record == nil || l.Record.Topic != topic || uint64(l.Time) > t || mine != nil && !mine(l.Record) {
			continue
		}
		if uint64(l.Time) < t {
			states = states[:0]
		}
		states = append(states, l.Record)
	}
	return states
}

// since is the time of the first record about something; 0 if there is none.
func (h history) since(topic Word, mine selector) uint64 {
	for _, l := range h {
		if l.Record != nil && l.Record.Topic == topic && mine(l.Record) {
			return uint64(l.Time)
		}
	}
	return 0
}

// any says whether one of the states at t satisfies.
func (h history) any(t uint64, topic Word, mine selector, ok func(*Record) (bool, error)) (bool, error) {
	for _, r := range h.at(t, topic, mine) {
		if good, err := ok(r); err != nil || good {
			return good, err
		}
	}
	return false, nil
}

// scopeOf is the scope that a kind of leaf needs.
func scopeOf(kind int) uint64 {
	switch format.LeafKind(kind) {
	case format.LeafRecall, format.LeafLift:
		return 1 << 5
	case format.LeafCertificate, format.LeafRevocation:
		return 1 << 4
	default:
		return 1 << 2
	}
}

// entitled checks that the party of a leaf and its key were what they claim, then.
func (c *check) entitled(l *Leaf) error {
	t := uint64(l.Time)
	party, ok := c.history(partyKey(l.Party))
	if !ok {
		return fmt.Errorf("the register's record of party %s is not in the file", l.Party)
	}
	good, err := party.any(t, topicParty, nil, func(r *Record) (bool, error) {
		p, err := readParty(r)
		return p.suspendedUntil <= t && p.heldUntil <= t, err
	})
	if err != nil {
		return err
	}
	if !good {
		return fmt.Errorf("party %s was not registered, or suspended, at %d", l.Party, t)
	}
	if l.Key == c.trust.Contracts.TraceLog {
		return nil
	}
	key := c.besides(party, keyKey(l.Party, l.Key), topicKey, aboutKey(l.Key))
	if key == nil {
		return fmt.Errorf("the register's record of key %s is not in the file", l.Key)
	}
	good, err = key.any(t, topicKey, aboutKey(l.Key), func(r *Record) (bool, error) {
		k, err := readKey(r, l.Key)
		if err != nil || k.party != l.Party || !k.validAt(t) || k.scopes&scopeOf(l.Kind) == 0 {
			return false, err
		}
		return party.any(t, topicAgent, aboutAgent(k.agent), func(r *Record) (bool, error) {
			d := abiData{b: r.Data}
			active := d.flag(32)
			if d.bad {
				return false, errRecord
			}
			return active, nil
		})
	})
	if err == nil && !good {
		err = fmt.Errorf("key %s was not entitled at %d to a record of kind %d for party %s", l.Key, t, l.Kind, l.Party)
	}
	return err
}

// holderOf are the records of whoever holds or held a licence.
func (c *check) holderOf(l Licence) (history, error) {
	h, ok := c.history(partyKey(l.Holder))
	if !ok {
		return nil, fmt.Errorf("the register's record of licence %d of %s is not in the file", uint64(l.ID), l.Holder)
	}
	return h, nil
}

// licensed checks that the party of one leaf on a lane of an object had a right to it, then: by one of the licences that the
// object falls or fell under, by hand-over, or as an authority.
// handed are those that earlier leaves of the lane handed the object over to.
func (c *check) licensed(o *Object, handed map[format.Address]bool, lane int, l *Leaf) error {
	var by [5]bool // kinds of licences that entitle
	for _, licence := range o.licences() {
		if err := c.entitling(licence, o, lane, l, &by); err != nil {
			return err
		}
	}
	may := by[1] || by[2] || by[3]
	switch {
	case !may && by[4]:
		c.warn("sandbox")
		may = true
	case !may && lane == int(format.Trunk):
		may = handed[format.Address(l.Party)]
	case !may:
		var err error
		if may, err = c.authority(l); err != nil {
			return err
		}
	}
	if !may {
		return fmt.Errorf("party %s had no right to %s at %d", l.Party, *o.Name, uint64(l.Time))
	}
	return nil
}

// authority says whether the party of a leaf was an authority for its kind, then.
func (c *check) authority(l *Leaf) (bool, error) {
	party, _ := c.history(partyKey(l.Party))
	return party.any(uint64(l.Time), topicParty, nil, func(r *Record) (bool, error) {
		p, err := readParty(r)
		return p.authority&scopeOf(l.Kind) != 0, err
	})
}

// entitling notes the kind of a licence if it entitles the party of a leaf.
func (c *check) entitling(licence Licence, o *Object, lane int, l *Leaf, by *[5]bool) error {
	t, holds := uint64(l.Time), l.Party == licence.Holder
	holder, err := c.holderOf(licence)
	if err != nil {
		return err
	}
	for _, r := range holder.at(t, topicLicence, aboutLicence(&licence)) {
		s, err := readLicence(r, licence)
		if err != nil {
			return err
		}
		if !s.covers(o) || s.revokedAt != 0 && s.revokedAt <= t {
			continue
		}
		may := holds // whoever holds it may always warn of what it made
		if lane == int(format.Trunk) {
			may = s.validFrom <= t && (s.validUntil == 0 || s.validUntil > t)
			if may && !s.open && !holds {
				if may, err = c.isListed(holder, t, &licence, l.Party); err != nil {
					return err
				}
			}
		}
		by[s.kind] = by[s.kind] || may
	}
	return nil
}

func (c *check) isListed(holder history, t uint64, l *Licence, party Address) (bool, error) {
	about := aboutMember(l, party)
	return c.besides(holder, memberKey(l, party), topicMember, about).any(t, topicMember, about, func(r *Record) (bool, error) {
		d := abiData{b: r.Data}
		standing := d.number(2 * 32)
		if d.bad {
			return false, errRecord
		}
		return standing == 1 || standing == 2, nil
	})
}

// besides finds where the register's records about a key or a listed party stand: on the party's own trunk or, if there is none,
// on the trunk of an object of their own; nil if they are not in the file.
func (c *check) besides(party history, apart format.Hash, topic Word, about selector) history {
	for _, l := range party {
		if l.Record != nil && l.Record.Topic == topic && about(l.Record) {
			return party
		}
	}
	own, _ := c.history(apart)
	return own
}
