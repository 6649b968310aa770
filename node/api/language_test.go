package api_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/suyuan-ledger/suyuan/node/api"
)

// TestLanguages: the language asked for, those of the header, English.
func TestLanguages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ lang, header, want string }{
		"nothing":         {"", "", "en"},
		"asked for":       {"zh", "", "zh,en"},
		"with a region":   {"zh-Hans-CN", "en-GB", "zh,en"},
		"upper case":      {"ZH", "", "zh,en"},
		"another":         {"fr", "", "fr,en"},
		"another of two":  {"fr", "zh-CN,zh;q=0.9,en;q=0.8", "fr,zh,en"},
		"by the header":   {"", "de;q=0.5, zh;q=0.9", "zh,de,en"},
		"anything":        {"", "*", "en"},
		"no language":     {"klingon!", "zh", "zh,en"},
		"no header":       {"", ";;q=,,x=1", "en"},
		"English first":   {"en", "zh", "en,zh"},
		"a very long one": {"", "aa,ab,ae,af,ak,am,an,ar,as,av,zh", "aa,ab,ae,af,ak,am,an,ar,en"},
	} {
		assert.Equal(t, c.want, api.Language{Lang: c.lang, Accept: c.header}.Prefer(), name)
	}
}
