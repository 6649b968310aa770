package explorer

import (
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	for key, v := range catalogue {
		assert.NotEmpty(t, v[0], key)
		assert.NotEmpty(t, v[1], key)
		zh, en := placeholder.FindAllString(v[0], -1), placeholder.FindAllString(v[1], -1)
		sort.Strings(zh)
		sort.Strings(en)
		if !strings.HasSuffix(key, ".one") {
			assert.Equal(t, en, zh, "%s: both languages take the same arguments", key)
		}
	}
}

func TestOneIsSingular(t *testing.T) {
	t.Parallel()
	for key := range catalogue {
		plural, is := strings.CutSuffix(key, ".one")
		if is {
			assert.Contains(t, catalogue, plural)
		}
	}
	assert.Equal(t, "1 reading, no alarm.", EN.Say("cold.within.nolimits", "n", 1))
	assert.Equal(t, "2 readings, no alarm.", EN.Say("cold.within.nolimits", "n", 2))
	assert.Equal(t, "This node is one block behind the ledger.", EN.Say("reason.behind", "blocks", "1"))
	assert.Equal(t, "Block 1", EN.Say("block.title", "n", 1), "a number that isn't a count")
}

// TestEveryKeyIsThere looks up every key that code and templates name.
func TestEveryKeyIsThere(t *testing.T) {
	t.Parallel()
	asked := regexp.MustCompile(`\.(?:T|N|Say) "([a-zA-Z.-]+)"|\.(?:T|N|Say)\("([a-zA-Z.-]+)"[,)]`)
	n := 0
	check := func(name, text string) {
		for _, m := range asked.FindAllStringSubmatch(text, -1) {
			n++
			assert.Contains(t, catalogue, m[1]+m[2], name)
		}
	}
	require.NoError(t, fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (path == "web" || path == "testdata") {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".html") {
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			check(path, string(b))
		}
		return nil
	}))
	assert.Greater(t, n, 100)
}

// TestEveryStateIsThere looks up what the domain may answer.
func TestEveryStateIsThere(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, s := range trace.UnitOrder {
		keys = append(keys, "unit."+string(s))
	}
	for _, s := range []trace.RecordState{trace.RecordIntact, trace.RecordWarnings, trace.RecordAltered, trace.RecordUnknown, trace.RecordCannotCheck} {
		keys = append(keys, "record."+string(s))
	}
	for _, r := range []trace.Relation{trace.RelationOwn, trace.RelationLot, trace.RelationClass, trace.RelationContainer, trace.RelationInput} {
		keys = append(keys, "relation."+string(r), "recall.scope."+string(r))
	}
	for _, k := range []trace.ObjectKind{trace.KindInstance, trace.KindLot, trace.KindClass, trace.KindLogistic, trace.KindAsset, trace.KindOther} {
		keys = append(keys, "kind."+string(k))
	}
	for _, r := range []string{gs1.RuleSyntax, gs1.RuleUnknownKey, gs1.RuleQualifier, gs1.RuleLength, gs1.RuleCharset, gs1.RuleCheckDigit,
		gs1.RuleEncoding, gs1.RulePrefixLength, gs1.RuleValue, gs1.RuleLevel} {
		keys = append(keys, "rule."+r)
	}
	for _, k := range keys {
		assert.Contains(t, catalogue, k)
	}
}

// TestReasons finds the reason codes in the source of trace, so that a new one gets its words here.
func TestReasons(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../trace/verdict.go")
	require.NoError(t, err)
	codes := regexp.MustCompile(`(?m)^\t\w+ +ReasonCode = "([a-z-]+)"`).FindAllSubmatch(src, -1)
	require.Greater(t, len(codes), 20)
	for _, c := range codes {
		assert.Contains(t, catalogue, "reason."+string(c[1]))
	}
}

// TestVocabulary holds the words against the official schema's lists of business steps and dispositions.
func TestVocabulary(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../shared/data/epcis/EPCIS-JSON-Schema.json")
	if err != nil {
		t.Skip("needs ../shared/data/epcis/EPCIS-JSON-Schema.json")
	}
	var schema struct {
		Definitions map[string]struct {
			AnyOf []struct{ Enum []string }
		}
	}
	require.NoError(t, json.Unmarshal(b, &schema))
	for list, kind := range map[string]string{"bizStep": "step.", "disposition": "disposition.", "bizTransaction-type": "document.", "error-reason": "reason-word."} {
		n := 0
		for _, any := range schema.Definitions[list].AnyOf {
			for _, word := range any.Enum {
				n++
				assert.Contains(t, catalogue, kind+word)
			}
		}
		assert.NotZero(t, n, list)
	}
}

func TestNegotiateLang(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query, header string
		want          Lang
	}{
		{"", "", EN}, {"zh", "en", ZH}, {"en", "zh-CN", EN}, {"", "zh-CN,zh;q=0.9,en;q=0.8", ZH}, {"", "zh-Hant-TW", ZH},
		{"", "fr-FR,fr;q=0.9", EN}, {"", "fr, zh;q=0.5", ZH}, {"", "en-US,en;q=0.9,zh;q=0.8", EN}, {"xx", "zh", ZH}, {"", ";;;,,q=", EN},
	} {
		assert.Equal(t, tt.want, NegotiateLang(tt.query, tt.header), "%q %q", tt.query, tt.header)
	}
}

func TestWriting(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 4, 9, 12, 0, 0, time.FixedZone("", 8*3600))
	assert.Equal(t, "4 Nov 2026 09:12", EN.Moment(at))
	assert.Equal(t, "2026年11月4日 09:12", ZH.Moment(at))
	assert.Equal(t, "24 Dec 2026", EN.Date("2026-12-24"))
	assert.Equal(t, "CX7-118", EN.Date("CX7-118"), "what is no date stays")
	assert.Equal(t, "47 min", EN.Minutes(47))
	assert.Equal(t, "2 h 5 min", EN.Minutes(125))
	assert.Equal(t, "10 天", ZH.Minutes(10*24*60+1))
	assert.Equal(t, "a, b and c", EN.List([]string{"a", "b", "c"}))
	assert.Equal(t, "recycled content percent", plainName("https://ns.example/recycledContentPercent"))
	assert.Equal(t, "退回", inLang(ZH, "退回 / return it"))
	assert.Equal(t, "return it", inLang(EN, "退回 / return it"))
	assert.Equal(t, "and / or", inLang(ZH, "and / or"))
}
