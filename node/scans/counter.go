package scans

import (
	"encoding/binary"
	"slices"
)

// counter is what is known of one object: the scans of each of its last days, and the sums of those before.
type counter struct {
	oldScans, oldDays uint32
	list              []dayCount // by day, at most Days
}

type dayCount struct{ day, scans uint32 }

// ceiling keeps sums from running over; nobody is told of so many.
const ceiling = 1 << 30

func (c *counter) add(day, scans uint32) {
	i, found := slices.BinarySearchFunc(c.list, day, func(d dayCount, day uint32) int { return int(d.day) - int(day) })
	if found {
		c.list[i].scans = min(c.list[i].scans+scans, ceiling)
	} else {
		c.list = slices.Insert(c.list, i, dayCount{day, min(scans, ceiling)})
	}
	for len(c.list) > 0 && (len(c.list) > Days || c.list[0].day+Days <= c.list[len(c.list)-1].day) {
		c.oldDays = min(c.oldDays+1, ceiling)
		c.oldScans = min(c.oldScans+c.list[0].scans, ceiling)
		c.list = c.list[1:]
	}
}

func (c *counter) scans() int {
	n := int(c.oldScans)
	for _, d := range c.list {
		n += int(d.scans)
	}
	return n
}

func (c *counter) days() int { return int(c.oldDays) + len(c.list) }

// last is the day of the latest scan, 0 if there is none.
func (c *counter) last() uint32 {
	if n := len(c.list); n > 0 {
		return c.list[n-1].day
	}
	return 0
}

// encode writes varints: the two sums, then pairs of days since the one before and scans.
func (c *counter) encode() []byte {
	b := binary.AppendUvarint(nil, uint64(c.oldScans))
	b = binary.AppendUvarint(b, uint64(c.oldDays))
	before := uint32(0)
	for _, d := range c.list {
		b = binary.AppendUvarint(b, uint64(d.day-before))
		b = binary.AppendUvarint(b, uint64(d.scans))
		before = d.day
	}
	return b
}

// decode reads what encode wrote; of anything else as much as makes sense, for a damaged count is no reason to stop.
func decode(b []byte) (c counter) {
	next := func() (uint32, bool) {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > ceiling {
			b = nil
			return 0, false
		}
		b = b[n:]
		return uint32(v), true
	}
	c.oldScans, _ = next()
	c.oldDays, _ = next()
	day := uint32(0)
	for len(b) > 0 {
		step, ok1 := next()
		scans, ok2 := next()
		if !ok1 || !ok2 || step == 0 || day > ceiling-step {
			break
		}
		day += step
		c.add(day, scans)
	}
	return c
}
