package explorer

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCheckVocabulary: the check on the phone compares words that pages show with the words of this file, which are ours.
func TestCheckVocabulary(t *testing.T) {
	const file = "web/src/check/vocabulary.json"
	words := map[string]map[string][2]string{"step": {}, "state": {}}
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
