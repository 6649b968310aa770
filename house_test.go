// Package suyuan_test guards the shape of the house: which package may import which.
package suyuan_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/suyuan-ledger/suyuan"

// floors lists the top-level folders from the roof down. A package may import packages of floors
// below its own, and of its own folder; folders that share a floor don't import each other.
var floors = [][]string{
	{"test"},
	{"cmd"},
	{"bench"},
	{"demo"},
	{"node"},
	{"explorer"},
	{"trace", "finance", "member"},
	{"chain"},
	{"contracts"},
	{"verify"},
}

func TestImportsPointDownwards(t *testing.T) {
	height := map[string]int{}
	for i, floor := range floors {
		for _, name := range floor {
			height[name] = len(floors) - i
		}
	}
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	require.NoError(t, err)
	packages := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		require.NoError(t, dec.Decode(&p))
		from := folder(p.ImportPath)
		if from == "" {
			continue
		}
		packages++
		require.Contains(t, height, from, "%s stands in a folder without a floor", p.ImportPath)
		for _, imp := range p.Imports {
			to := folder(imp)
			if to == "" || to == from {
				continue
			}
			require.Greater(t, height[from], height[to], "%s imports %s: imports point downwards only", p.ImportPath, imp)
		}
	}
	require.Greater(t, packages, 5)
}

// folder is the top-level folder of one of our packages, "" for any other.
func folder(importPath string) string {
	rest, ours := strings.CutPrefix(importPath, module+"/")
	if !ours {
		return ""
	}
	top, _, _ := strings.Cut(rest, "/")
	return top
}
