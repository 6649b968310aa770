//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the generated pages of docs/reference")

// TestMetricsReference keeps docs/reference/metrics.md equal to what a running node tells of itself.
func TestMetricsReference(t *testing.T) {
	res, err := http.Get(shared.url(0) + "/metrics")
	require.NoError(t, err)
	defer res.Body.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(res.Body)
	require.NoError(t, err)

	var page strings.Builder
	page.WriteString("# Metrics\n\nGenerated from a running node's `/metrics` (Prometheus; from the node's own machine, or with an API key that may\n" +
		"read). `go_` and `process_` metrics are the Prometheus client's own.\n\n| metric | kind | labels | meaning |\n|---|---|---|---|\n")
	var names []string
	for name := range families {
		if strings.HasPrefix(name, "suyuan_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		f := families[name]
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", name, strings.ToLower(f.GetType().String()), strings.Join(labels(f), ", "), f.GetHelp())
	}
	compare(t, "../../docs/reference/metrics.md", page.String())
}

func labels(f *dto.MetricFamily) []string {
	var out []string
	for _, l := range f.GetMetric()[0].GetLabel() {
		out = append(out, "`"+l.GetName()+"`")
	}
	return out
}

// compare holds a generated page against the committed one.
func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "run: go test -tags e2e ./test/e2e -run Reference -update")
}
