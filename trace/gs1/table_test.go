package gs1_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

const dictionary = "../../../shared/data/gs1/gs1-syntax-dictionary.txt"

// TestTableIsTheDictionary holds our table of application identifiers against GS1's Barcode Syntax Dictionary: the same
// identifiers, with the same lengths, character sets and checks of those we make, and the same key qualifiers.
func TestTableIsTheDictionary(t *testing.T) {
	t.Parallel()
	f, err := os.Open(dictionary)
	if err != nil {
		t.Skipf("no %s: the trade's test data is not beside the repository", dictionary)
	}
	defer f.Close()
	ours := gs1.Specifications()
	seen := 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		var spec []string
		key, sequences := false, ""
		for _, w := range fields[1:] {
			switch {
			case strings.Trim(w, "*?") == "", strings.HasPrefix(w, "req="), strings.HasPrefix(w, "ex="):
			case strings.HasPrefix(w, "dlpkey"):
				key = true
				sequences = strings.TrimPrefix(strings.TrimPrefix(w, "dlpkey"), "=")
			default:
				spec = append(spec, w)
			}
		}
		for _, ai := range gs1.ExpandAIs(fields[0]) {
			seen++
			got, ok := ours[ai]
			if !assert.True(t, ok, "(%s) is missing", ai) {
				continue
			}
			assert.Equal(t, key, got.Key, "(%s) primary key", ai)
			assert.Equal(t, sequences, got.Sequences, "(%s) qualifiers", ai)
			require.Len(t, got.Parts, len(spec), "(%s)", ai)
			for i, p := range got.Parts {
				shape, checks, _ := strings.Cut(spec[i], ",")
				assert.Equal(t, shape, p.Shape, "(%s) part %d", ai, i)
				if p.Check != "" {
					assert.Contains(t, strings.Split(checks, ","), p.Check, "(%s) part %d", ai, i)
				}
				for _, must := range []string{"csum", "csumalpha", "pieceoftotal", "yymmd0", "yymmdd"} {
					if strings.Contains(","+checks+",", ","+must+",") {
						assert.Equal(t, must, p.Check, "(%s) part %d", ai, i)
					}
				}
			}
		}
	}
	require.NoError(t, lines.Err())
	assert.Len(t, ours, seen, "we have no identifiers that GS1 doesn't")
}
