package suyuan_test

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/admit"
	"github.com/suyuan-ledger/suyuan/contracts"
)

var update = flag.Bool("update", false, "write docs/reference/errors.md from the code")

// constant is a constant of the code with the comment on its line.
type constant struct{ name, value, comment string }

// constants reads those of a file whose names begin with prefix.
func constants(t *testing.T, file, prefix string) (out []constant) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	require.NoError(t, err)
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, prefix) || len(spec.Values) != 1 {
			return true
		}
		value := ""
		switch v := spec.Values[0].(type) {
		case *ast.BasicLit:
			value = v.Value
		case *ast.UnaryExpr:
			value = v.Op.String() + v.X.(*ast.BasicLit).Value
		default:
			return true
		}
		if text, err := strconv.Unquote(value); err == nil {
			value = text
		}
		out = append(out, constant{spec.Names[0].Name, value, strings.TrimSpace(spec.Comment.Text())})
		return true
	})
	require.NotEmpty(t, out, "%s has no constants %s…", file, prefix)
	return out
}

// words splits a name in camel case.
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// TestErrorReference keeps docs/reference/errors.md equal to the errors in the code.
func TestErrorReference(t *testing.T) {
	var page strings.Builder
	page.WriteString(`# Errors

Generated from the code. Every door tells errors in the form of its kind, and names the field, the value and the rule.

## HTTP
` + "`application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`, `instance`, `trace_id` (the request in the node's log) and\n" +
		"`errors`, a list of `pointer` or `line`, `rule`, `value`, `message`. The type is `/problems/` and the status in words, as in\n" +
		"`/problems/not-found`, but for these:\n\n| type | status | when |\n|---|---|---|\n")
	for _, p := range pageProblems(t) {
		fmt.Fprintf(&page, "| `/problems/%s` | %s | %s |\n", p.name, p.value, p.comment)
	}
	page.WriteString("| `/problems/starting` | 503 | the node opens its stores and replays what it missed |\n")
	page.WriteString("\n### `/epcis`\nThe types of GS1's OpenAPI description, in the same form.\n\n| type | of |\n|---|---|\n")
	for _, c := range constants(t, "trace/capture/problem.go", "") {
		if strings.HasPrefix(c.value, "epcisException:") {
			whose := c.comment
			if whose == "" {
				whose = "GS1"
			}
			fmt.Fprintf(&page, "| `%s` | %s |\n", c.value, whose)
		}
	}
	page.WriteString("\nRules that a document can break, in `errors[].rule`:\n\n| rule | broken by |\n|---|---|\n")
	for _, c := range constants(t, "trace/epcis/fault.go", "Rule") {
		fmt.Fprintf(&page, "| `%s` | %s |\n", c.value, c.comment)
	}
	page.WriteString("\n## JSON-RPC\n`/rpc` answers with the codes of JSON-RPC 2.0, EIP-1474 and EIP-7966.\n\n| code | |\n|---|---|\n")
	for _, c := range constants(t, "chain/rpc/errors.go", "code") {
		note := ""
		if c.comment != "" {
			note = ": " + c.comment
		}
		fmt.Fprintf(&page, "| %s | %s%s |\n", c.value, words(strings.TrimPrefix(c.name, "code")), note)
	}
	page.WriteString("\nA transaction that isn't admitted is refused with -32003 and `data.reason`:\n\n| reason | |\n|---|---|\n")
	for n := range 256 {
		if r := admit.Reason(n); n > 0 && r.String() != fmt.Sprintf("reason %d", n) {
			fmt.Fprintf(&page, "| %d | %s |\n", n, r)
		}
	}
	page.WriteString("\n## Contracts\nCustom errors of the predeployed contracts; nodes put them into words.\n\n| error | selector |\n|---|---|\n")
	all := contracts.Errors()
	slices.SortFunc(all, func(a, b abi.Error) int { return cmp.Compare(a.Sig, b.Sig) })
	for _, e := range slices.CompactFunc(all, func(a, b abi.Error) bool { return a.ID == b.ID }) {
		fmt.Fprintf(&page, "| `%s` | `%s` |\n", e.Sig, e.ID.Hex()[:10])
	}
	page.WriteString("\n## Command line\nWith `--output json` an error is an object on standard error: `message`, `exit_code`, and `problem` if a node refused.\n\n| exit code | |\n|---|---|\n")
	for _, c := range constants(t, "cmd/suyuan/root.go", "exit") {
		fmt.Fprintf(&page, "| %s | %s |\n", c.value, c.comment)
	}

	const file = "docs/reference/errors.md"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(page.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), page.String(), "run: go test . -run Reference -update")
}

// pageProblems are the kinds that the pages' doors give a title of their own: name, status, title.
func pageProblems(t *testing.T) (out []constant) {
	t.Helper()
	status := map[string]int{"StatusNotFound": http.StatusNotFound, "StatusNotAcceptable": http.StatusNotAcceptable,
		"StatusRequestURITooLong": http.StatusRequestURITooLong, "StatusBadRequest": http.StatusBadRequest,
		"StatusServiceUnavailable": http.StatusServiceUnavailable}
	for _, file := range []string{"explorer/scan.go"} {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 3 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "Titled" {
				return true
			}
			title, err := strconv.Unquote(call.Args[1].(*ast.BasicLit).Value)
			require.NoError(t, err)
			code := status[call.Args[0].(*ast.SelectorExpr).Sel.Name]
			require.NotZero(t, code, "the status of problem %s", title)
			if title = strings.ToLower(title); title != strings.ToLower(http.StatusText(code)) {
				out = append(out, constant{strings.ReplaceAll(title, " ", "-"), strconv.Itoa(code), title})
			}
			return true
		})
	}
	require.NotEmpty(t, out)
	return out
}
