package explorer

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// said are the sentences about a story that the phone can find out by itself, and looks for.
var said = regexp.MustCompile(`^(reason\.(?:all-match|sealed|withheld-or-damaged|corrected|input-recalled|party-suspended|out-of-limits|lot-conflict|` +
	`recalled|destroyed|decommissioned|sold|returned|expired|not-commissioned|commission-sealed|no-check|not-genuine)|` +
	`unit\.(?:recalled|destroyed|sold or.*|expired|not .*)|record\.(?:intact|warnings|unknown)|declared\.(?:by|sealed)|recall\.(?:title|by|scope\.[a-z]+)|` +
	`compare\.(?:lot|expiry|bestBefore|serial)|span\..*|cold\.(?:heading|range|limits.*|limit\.m..|excursion|outofrange\.no|table\.out))(?:\.one)?$`)

// TestCheckVocabulary: the check on the phone compares words that pages show with the words of this file, which are ours.
func TestCheckVocabulary(t *testing.T) {
	const file = "web/src/check/vocabulary.json"
	words := map[string]map[string][2]string{"step": {}, "state": {}, "say": {}}
	for key, text := range catalogue {
		if said.MatchString(key) {
			words["say"][key] = text
		}
	}
	for key, text := range stepWords {
		words["step"][strings.TrimPrefix(key, "step.")] = text
	}
	for word := range telling {
		words["state"][word] = dispositionWords["disposition."+word]
	}
	want, err := json.Marshal(words)
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(file, append(want, '\n'), 0o644))
	}
	have, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(have), "run go test ./explorer -run TestCheckVocabulary -update, then make web")
}
