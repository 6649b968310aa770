package node

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestRatesAreBounded(t *testing.T) {
	l, now := newLimiter(), time.Unix(1_800_000_000, 0)
	for i := 4; i > 0; i-- {
		ok, left, _ := l.take("a", 1, now)
		assert.True(t, ok)
		assert.Equal(t, i-1, left)
	}
	ok, _, wait := l.take("a", 1, now)
	assert.False(t, ok)
	assert.Equal(t, time.Second, wait)
	ok, _, _ = l.take("b", 1, now)
	assert.True(t, ok, "another caller has its own")
	ok, _, _ = l.take("a", 1, now.Add(time.Second))
	assert.True(t, ok)
	ok, left, _ := l.take("a", 2, now.Add(time.Second))
	assert.True(t, ok && left == 7, "a new rate holds at once")
	l.take("c", 1, now.Add(time.Hour))
	assert.Len(t, l.byName, 1, "who was silent is forgotten")
}

func TestStrangersAreToldApartByConnection(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:99":            "192.0.2.1",
		"[::ffff:192.0.2.1]:99":   "192.0.2.1",
		"[2001:db8:1:2:3::4]:99":  "2001:db8:1:2::/64",
		"[2001:db8:1:2:9::9]:1":   "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1":        "fe80::/64",
		"somewhere":               "somewhere",
		"not an address:99":       "not an address",
		"[2001:db8:1:3:9::9]:100": "2001:db8:1:3::/64",
	} {
		assert.Equal(t, want, addressOf(remote), remote)
	}
}
