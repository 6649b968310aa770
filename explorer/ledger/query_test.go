package ledger

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseQuery(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", " \t": "", "412": "number word", "9521202000007": "number gln prefix gs1 word", "09521202001011": "number gs1 word", "095213030007301181": "number gs1 word",
		"9521202001012": "number gln prefix fault word", "47-0": "number cursor word", "CX7-118": "word", "晨溪": "word",
		"0x" + strings.Repeat("ab", 32): "hash", strings.Repeat("AB", 20): "address comet", "0x" + strings.Repeat("ab", 20): "address", "0x12": "word",
		"(01)09521202001011(21)X": "gs1 word", "urn:epc:id:sgtin:9521202.000101.7QW4ZK9T2M": "gs1 event word", "https://example.com/01/09521202001011/21/X": "gs1 event",
		"/01/09521202001012": "fault", "ni:///sha-256;" + strings.Repeat("0a", 32) + "?ver=CBV2.0": "event", "urn:uuid:00000000-0000-4000-8000-000000000001": "event word",
	} {
		q := parseQuery(text)
		var got []string
		for _, is := range []struct {
			name string
			ok   bool
		}{{"number", q.number != nil}, {"gln", q.gln != 0}, {"prefix", q.prefix != ""}, {"hash", q.hash != nil}, {"address", q.address != nil}, {"comet", q.comet != ""},
			{"cursor", q.cursor != nil}, {"gs1", q.id.Key() != ""}, {"fault", q.fault != ""}, {"event", q.event != ""}, {"word", q.word != ""}} {
			if is.ok {
				got = append(got, is.name)
			}
		}
		assert.Equal(t, want, strings.Join(got, " "), text)
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"", "412", "0x" + strings.Repeat("ab", 32), "(01)09521202001011(21)X", "47-0", "晨溪", "https://x/01/1", strings.Repeat("好", 400), "\xff\xfe", "+1", "-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := parseQuery(text)
		require.LessOrEqual(t, len(q.text), MaxQuery)
		require.True(t, utf8.ValidString(q.text))
		require.Equal(t, q.text, parseQuery(q.text).text, "reading it again changes nothing")
	})
}
