package explorer

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	action    = regexp.MustCompile(`\{\{[^}]*\}\}`)
	openTag   = regexp.MustCompile(`<([a-zA-Z][a-zA-Z0-9]*)((?:[^>"]|"[^"]*")*)>`)
	attribute = regexp.MustCompile(`([a-zA-Z][a-zA-Z-]*)(?:="[^"]*")?`)
)

// listIn is the regular expression that the phone's check names so: what parts pages of ours have.
func listIn(t *testing.T, script, name string) *regexp.Regexp {
	m := regexp.MustCompile(`const ` + name + ` = /(.*)/(i?);`).FindStringSubmatch(script)
	require.NotNil(t, m, name)
	if m[2] != "" {
		m[1] = "(?" + m[2] + ")" + m[1]
	}
	return regexp.MustCompile(m[1])
}

// TestNoPartOfAPageIsStrange: the phone turns red where a page has elements or attributes that ours never have. One that is
// new in a template, and not in the script's list, would turn all honest pages red.
func TestNoPartOfAPageIsStrange(t *testing.T) {
	script, err := os.ReadFile("web/src/check/strange.ts")
	require.NoError(t, err)
	tags, attributes := listIn(t, string(script), "tags"), listIn(t, string(script), "attributes")
	var files []string
	for _, pattern := range []string{"shell", "parts", "scan", "unknown"} {
		files = append(files, "templates/"+pattern+".html")
	}
	for _, page := range []string{"bottle", "class", "lot", "pallet", "recalled", "unknown"} {
		made, err := filepath.Glob("testdata/" + page + ".*.html")
		require.NoError(t, err)
		require.Len(t, made, 2, page)
		files = append(files, made...)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range openTag.FindAllStringSubmatch(action.ReplaceAllString(string(b), " "), -1) {
			assert.Regexp(t, tags, m[1], file)
			for _, a := range attribute.FindAllStringSubmatch(strings.TrimSuffix(m[2], "/"), -1) {
				assert.Regexp(t, attributes, a[1], "%s: <%s%s>", file, m[1], m[2])
			}
		}
	}
}
