package explorer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html/template"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// said are the sentences about a story that the phone can find out by itself, and looks for.
var said = regexp.MustCompile(`^(reason\.(?:all-match|sealed|withheld-or-damaged|corrected|late|lot-differs|date-differs|input-recalled|party-suspended|out-of-limits|lot-conflict|` +
	`recalled|destroyed|decommissioned|sold|returned|expired|not-commissioned|commission-sealed|no-check|not-genuine)|` +
	`unit\.(?:recalled|destroyed|sold or.*|expired|not .*)|record\.(?:intact|warnings|unknown)|declared\..*|name\.undeclared|recall\.(?:title|by|scope\.[a-z]+)|origins\.unrecorded|` +
	`compare\.(?:lot|expiry|bestBefore|serial)|span\..*|cold\.(?:heading|range|limits.*|limit\.m..|excursion|outofrange\.no|table\.out))(?:\.one)?$`)

// onPage are the other texts of scan pages, which the phone tells from what a node adds.
var onPage = regexp.MustCompile(`^(brand|title\.(?:scan|code)|skip|comma|stop|demo\.strip|lang\.switch|foot\..*|kind\..*|name\.undeclared|declared\..*|compare\.(heading|explain|differs|lot|expiry|bestBefore|serial)|(record|unit|notproven|origins|journey|chapter)\.(heading|question|none|origin.*|altered\.who|recalled)|` +
	`ask\..*|cold\..*|relation\..*|party\.suspended|step\.(late|corrected|corrects|damaged|withheld|sealed|witness|agent|alarm|certified|more).*|recall\.(reason|instructions|lifted)|reason\.not-.*|reason\.possible|journey\.explain|reason-word\..*|measure\.RelativeHumidity)$`)

// sum is what the phone knows a style sheet by.
func sum(css template.CSS) string {
	h := sha256.Sum256([]byte(css))
	return hex.EncodeToString(h[:10])
}

// TestCheckVocabulary: the check on the phone compares words that pages show with the words of this file, which are ours.
func TestCheckVocabulary(t *testing.T) {
	const file = "web/src/check/vocabulary.json"
	step, state, say, label := map[string][2]string{}, map[string][2]string{}, map[string][2]string{}, map[string][2]string{}
	for _, key := range slices.Sorted(maps.Keys(catalogue)) {
		switch text := catalogue[key]; {
		case said.MatchString(key) || onPage.MatchString(key) && (strings.Contains(text[1], "{") || strings.HasSuffix(key, ".one")):
			say[key] = text
		case onPage.MatchString(key):
			label[strconv.Itoa(len(label))] = text
		}
	}
	for key, text := range stepWords {
		step[strings.TrimPrefix(key, "step.")] = text
	}
	for word := range telling {
		state[word] = dispositionWords["disposition."+word]
	}
	p, err := newPages(nil)
	require.NoError(t, err)
	styles := []string{sum(p.style), sum(p.own["scan"]), sum(p.own["unknown"])}
	words := map[string]any{"step": step, "state": state, "say": say, "label": label, "style": strings.Join(styles, " ")}
	want, err := json.Marshal(words)
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(file, append(want, '\n'), 0o644))
	}
	have, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(have), "run go test ./explorer -run TestCheckVocabulary -update, then make web")
}
