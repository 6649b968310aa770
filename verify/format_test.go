package verify_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
)

var anyPlace = regexp.MustCompile(`/\d+`)

// otherTypes gives each field of a file, once, a value of another JSON type.
func otherTypes(t *testing.T, file string) (list []vector) {
	var tree any
	require.NoError(t, json.Unmarshal(vectorFile(t, file), &tree))
	seen := map[string]bool{}
	walk(tree, "", func(at string, v any) {
		field := anyPlace.ReplaceAllString(at, "/*")
		if seen[field] {
			return
		}
		seen[field] = true
		put := func(what string, value any) {
			list = append(list, vector{Name: fmt.Sprintf("%s%s: %s", strings.TrimSuffix(file, ".json"), at, what), File: file, Patch: []op{{Op: "replace", Path: at, Value: value}}})
		}
		switch s := v.(type) {
		case map[string]any:
			put("a list", []any{})
		case []any:
			put("an object", map[string]any{})
			put("a text", "")
		case float64:
			put("a text", "1")
			put("a fraction", 0.5)
			put("negative", -1)
			put("too large", 2147483648)
		case string:
			put("a number", 1)
			switch {
			case strings.HasPrefix(s, "0x"):
				put("without 0x", s[2:])
				put("half a byte more", s+"0")
				put("no hex", "0xzz"+s[min(4, len(s)):])
				put("upper case", "0xAB"+s[min(4, len(s)):])
			case s != "" && strings.Trim(s, "0123456789") == "":
				put("a leading zero", "0"+s)
				put("negative", "-1")
				put("hex", "0x1")
				put("empty", "")
				put("too large for a u64", "18446744073709551616")
			}
		}
	})
	return list
}

// TestFormat changes what the step format is about, in files that are good but for that.
func TestFormat(t *testing.T) {
	var list []vector
	for _, file := range []string{"lot.json", "ancestor.json", "party.json"} {
		list = append(list, otherTypes(t, file)...)
	}
	add := func(path string, v any) op { return op{Op: "add", Path: path, Value: v} }
	replace := func(path string, v any) op { return op{Op: "replace", Path: path, Value: v} }
	remove := func(path string) op { return op{Op: "remove", Path: path} }
	type object = map[string]any
	const word = "0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	one := func(name, file string, ops ...op) {
		list = append(list, vector{Name: strings.TrimSuffix(file, ".json") + ": " + name, File: file, Patch: ops})
	}
	one("version 2", "lot.json", replace("/version", 2))
	one("another kind", "lot.json", replace("/kind", "thing"))
	one("a kind that JavaScript has in every object", "lot.json", replace("/kind", "constructor"))
	one("two subjects", "lot.json", add("/subject/number", "1"))
	one("no subject", "lot.json", remove("/subject/id"))
	one("the subject of another kind", "lot.json", replace("/subject", object{"number": "1"}))
	one("no objects", "lot.json", replace("/objects", []any{}))
	one("the first object not the subject", "lot.json", replace("/subject/id", "01/09521202001011"))
	one("an object of kind 7", "lot.json", replace("/objects/0/kind", 7))
	one("an object of kind 0", "lot.json", replace("/objects/0/kind", 0))
	one("an object without name", "lot.json", remove("/objects/0/name"))
	one("a party with a name", "party.json", add("/objects/0/name", "x:y"))
	licence := func(id string) object { return object{"holder": "0x" + strings.Repeat("11", 20), "id": id} }
	var many []any
	for i := range verify.MaxLicences {
		many = append(many, licence(fmt.Sprint(i)))
	}
	one("a party with a licence", "party.json", add("/objects/0/licences", []any{licence("1")}))
	one("one licence, not in a list", "lot.json", add("/objects/0/licence", licence("1")))
	one("no licences, but a list", "lot.json", replace("/objects/0/licences", []any{}))
	one("licences that fall", "lot.json", replace("/objects/0/licences", []any{licence("2"), licence("1")}))
	one("a licence twice", "lot.json", replace("/objects/0/licences", []any{licence("1"), licence("1")}))
	one("17 licences", "lot.json", replace("/objects/0/licences", append(many, licence("16"))))
	one("two objects of a name", "lot.json", op{Op: "copy", From: "/objects/0", Path: "/objects/-"}, replace("/objects/0/suffix", word))
	one("an object twice", "lot.json", op{Op: "copy", From: "/objects/0", Path: "/objects/-"})
	one("a lane twice", "lot.json", op{Op: "copy", From: "/lanes/0", Path: "/lanes/-"})
	one("a lane of no object", "lot.json", replace("/lanes/0/object", 1000))
	one("lane 3", "lot.json", replace("/lanes/0/lane", 3))
	one("a leaf that isn't there", "lot.json", add("/lanes/1/leaves/-", 1000))
	one("a leaf in no lane", "lot.json", op{Op: "copy", From: "/leaves/0", Path: "/leaves/-"})
	one("from 63", "lot.json", replace("/lanes/1/from", "63"), add("/lanes/1/start", word))
	one("from without start", "lot.json", replace("/lanes/1/from", "64"))
	one("start without from", "lot.json", add("/lanes/1/start", word))
	one("to without end", "lot.json", add("/lanes/1/to", "64"))
	one("end without to", "lot.json", add("/lanes/1/end", word))
	one("to 65", "lot.json", add("/lanes/1/to", "65"), add("/lanes/1/end", word))
	one("to 0", "lot.json", add("/lanes/1/to", "0"), add("/lanes/1/end", word))
	one("to not above from", "lot.json", replace("/lanes/1/from", "64"), add("/lanes/1/start", word), add("/lanes/1/to", "64"), add("/lanes/1/end", word))
	one("notes with a leaf", "lot.json", add("/lanes/0/leaves/-", 0))
	one("notes from a checkpoint on", "lot.json", replace("/lanes/0/from", "64"), add("/lanes/0/start", word))
	one("notes up to a checkpoint", "lot.json", add("/lanes/0/to", "64"), add("/lanes/0/end", word))
	one("a leaf of kind 0", "lot.json", replace("/leaves/0/kind", 0))
	one("a leaf of kind 12", "lot.json", replace("/leaves/0/kind", 12))
	one("a leaf of the far future", "lot.json", replace("/leaves/0/time", "1099511627777"))
	one("an empty hand-over", "lot.json", add("/leaves/0/next", []any{}))
	one("a hand-over to half an address", "lot.json", add("/leaves/0/next", []any{"0x" + strings.Repeat("11", 19)}))
	one("omitted for another reason", "lot.json", add("/omitted/-", object{"name": "x", "reason": "other"}))
	one("omitted without reason", "lot.json", add("/omitted/-", object{"name": "x"}))
	one("omitted without name", "lot.json", add("/omitted/-", object{"reason": "limit"}))
	one("omitted with more", "lot.json", add("/omitted/-", object{"name": "x", "reason": "limit", "more": 1}))
	one("no validators behind a commit, but no commit", "lot.json", remove("/commit"))
	one("without commit, but with validators", "ancestor.json", remove("/commit"))
	one("a validator of power 0", "lot.json", replace("/validators/0/power", "0"))
	one("validators of more than 2^60", "lot.json", replace("/validators/0/power", "1152921504606846976"))
	one("a height above 2^62", "lot.json", replace("/commit/header/height", "4611686018427387905"))
	one("a billion nanos", "lot.json", replace("/commit/header/time/nanos", 1000000000))
	one("a billion nanos of a vote", "lot.json", replace("/commit/signatures/0/time/nanos", 1000000000))
	one("seconds above 2^40", "lot.json", replace("/commit/header/time/seconds", "1099511627777"))
	one("seconds of a vote above 2^40", "lot.json", replace("/commit/signatures/0/time/seconds", "1099511627777"))
	one("a signature of 63 bytes", "lot.json", replace("/commit/signatures/0/signature", "0x"+strings.Repeat("11", 63)))
	for _, at := range []string{"/header/last_block_id/hash", "/header/last_block_id/parts/hash", "/header/last_commit_hash", "/header/data_hash", "/header/validators_hash",
		"/header/next_validators_hash", "/header/consensus_hash", "/header/app_hash", "/header/last_results_hash", "/header/evidence_hash", "/parts/hash"} {
		one(at+" of 31 bytes", "lot.json", replace("/commit"+at, word[:64]))
		one(at+" of 33 bytes", "lot.json", replace("/commit"+at, word+"00"))
	}
	one("a block with a node", "block.json", add("/nodes/-", "0x80"))
	one("a block with an object", "block.json", add("/objects/-", object{"kind": 40, "primary": word, "suffix": word}))
	one("a block with something omitted", "block.json", add("/omitted/-", object{"name": "x", "reason": "limit"}))
	one("a rotation at the commit's height", "lot.json", op{Op: "copy", From: "/commit", Path: "/rotations/0"}, add("/rotations/0/next", []any{}))
	one("a rotation without next", "lot.json", op{Op: "copy", From: "/commit", Path: "/rotations/0"}, replace("/rotations/0/header/height", "1"))
	one("next in the commit", "lot.json", add("/commit/next", []any{}))
	one("next without power", "lot.json", op{Op: "copy", From: "/commit", Path: "/rotations/0"}, replace("/rotations/0/header/height", "1"),
		add("/rotations/0/next", []any{object{"public_key": word}}))
	one("an ancestry without path", "ancestor.json", remove("/ancestry/path"))
	one("half a word in an ancestry's path", "ancestor.json", add("/ancestry/path/-", word[:34]))
	one("half a word in an ancestry's peaks", "ancestor.json", add("/ancestry/peaks/-", word[:34]))
	one("a place in a list without a leaf", "lot.json", add("/openings", []any{object{"leaf": 1000, "salt": word, "places": []any{object{"entry": word, "index": "0", "path": []any{}}}}}))
	one("an opening of a leaf without list", "lot.json", add("/openings", []any{object{"leaf": 0, "salt": word, "places": []any{object{"entry": word, "index": "0", "path": []any{}}}}}))
	opened := func(openings ...any) []op {
		return []op{remove("/leaves/0/body"), add("/leaves/0/list", object{"count": "1", "top": word}), add("/openings", openings)}
	}
	listed := func(name string, places ...any) {
		one(name, "lot.json", opened(object{"leaf": 0, "salt": word, "places": places})...)
	}
	place := object{"entry": word, "index": "0", "path": []any{}}
	listed("an opening without places")
	listed("an opening with three places", place, place, place)
	listed("a place without entry", object{"index": "0", "path": []any{}})
	listed("a place without index", object{"entry": word, "path": []any{}})
	listed("a place without path", object{"entry": word, "index": "0"})
	listed("a place whose index is a number", object{"entry": word, "index": 0, "path": []any{}})
	listed("a place with half a word in its path", object{"entry": word, "index": "0", "path": []any{word[:34]}})
	listed("a place with half an entry", object{"entry": word[:34], "index": "0", "path": []any{}})
	opening := object{"leaf": 0, "salt": word, "places": []any{place}}
	one("a leaf opened twice", "lot.json", opened(opening, opening)...)
	for name, v := range map[string]any{"without count": object{"top": word}, "without top": object{"count": "1"}, "whose count is a number": object{"count": 1, "top": word},
		"with half a top": object{"count": "1", "top": word[:34]}, "with more": object{"count": "1", "top": word, "more": 1}} {
		one("a list "+name, "lot.json", remove("/leaves/0/body"), add("/leaves/0/list", v))
	}
	field := func(key string, v any) object {
		f := object{"index": 0, "pointer": "/a", "salt": word, "value": "1"}
		if f[key] = v; v == nil {
			delete(f, key)
		}
		return object{"count": 1, "fields": []any{f}, "hashes": []any{}}
	}
	for name, v := range map[string]any{"without count": object{"fields": []any{}, "hashes": []any{}}, "without fields": object{"count": 1, "hashes": []any{}},
		"without hashes": object{"count": 1, "fields": []any{}}, "with half a hash": object{"count": 1, "fields": []any{}, "hashes": []any{word[:34]}},
		"whose count is a text": object{"count": "1", "fields": []any{}, "hashes": []any{}}, "with a field without index": field("index", nil),
		"with a field without pointer": field("pointer", nil), "with a field without salt": field("salt", nil), "with a field without value": field("value", nil),
		"with a value that is no text": field("value", 1), "with half a salt": field("salt", word[:34]), "with a field with more": field("more", 1)} {
		one("a sealed body "+name, "lot.json", remove("/leaves/0/body"), add("/leaves/0/sealed", v))
	}
	sortVectors(list)
	checkVectors(t, "format.json", list)
	for _, v := range list {
		assert.Equal(t, verify.StepFormat, v.Step, v.Name)
	}
	// A stretch between two checkpoints has the right form, if it isn't there.
	stretch := vector{File: "lot.json", Trust: "trust.json", Now: now, Patch: []op{replace("/lanes/1/from", "64"), add("/lanes/1/start", word), add("/lanes/1/to", "128"), add("/lanes/1/end", word)}}
	assert.Equal(t, verify.StepSlots, stretch.run(t).Failed.Step)
	// What the changes of lists, openings and sealed bodies break is nothing but what they say: without that the form is right.
	for _, ops := range [][]op{opened(opening), opened(object{"leaf": 0, "salt": word, "places": []any{place, place}}),
		{remove("/leaves/0/body"), add("/leaves/0/sealed", field("index", 0))}} {
		v := vector{File: "lot.json", Trust: "trust.json", Now: now, Patch: ops}
		assert.Equal(t, verify.StepBodies, v.run(t).Failed.Step)
	}
	t.Logf("%d changes", len(list))
}

// TestNotation writes numbers and names in other ways that say the same.
func TestNotation(t *testing.T) {
	file, trust := string(vectorFile(t, "lot.json")), readTrust(t, "trust.json")
	for _, c := range []struct{ name, old, new, ok string }{
		{"1.0", `"version":1,`, `"version":1.0,`, ""}, {"1e0", `"version":1,`, `"version":1e0,`, ""}, {"-0", `"round":0,`, `"round":-0,`, ""},
		{"1.5", `"version":1,`, `"version":1.5,`, "format"}, {"01", `"version":1,`, `"version":01,`, "format"},
		{"twice, the last one right", `"version":1,`, `"version":2,"version":1,`, ""}, {"twice, the last one wrong", `"version":1,`, `"version":1,"version":2,`, "format"},
		{"an escape in a name", `"version":1,`, `"v\u0065rsion":1,`, ""}, {"other case", `"version":1,`, `"Version":1,`, "format"},
		{"null", `"version":1,`, `"version":1,"ancestry":null,`, "format"}, {"__proto__", `"version":1,`, `"version":1,"__proto__":{},`, "format"},
	} {
		require.Equal(t, 1, strings.Count(file, c.old), c.name)
		r := verify.Verify([]byte(strings.Replace(file, c.old, c.new, 1)), trust, verify.Options{})
		got := ""
		if r.Failed != nil {
			got = string(r.Failed.Step)
		}
		assert.Equal(t, c.ok, got, c.name)
	}
}

// TestSize holds the verifier to the largest file: white space at the end counts.
func TestSize(t *testing.T) {
	file, trust := vectorFile(t, "block.json"), readTrust(t, "trust.json")
	largest := append(slices.Clone(file), bytes.Repeat([]byte{' '}, verify.MaxFile-len(file))...)
	assert.True(t, verify.Verify(largest, trust, verify.Options{}).OK())
	assert.Equal(t, verify.StepFormat, verify.Verify(append(largest, ' '), trust, verify.Options{}).Failed.Step)
}

// sortVectors orders a list by names, as maps have no order.
func sortVectors(list []vector) {
	slices.SortStableFunc(list, func(a, b vector) int { return strings.Compare(a.Name, b.Name) })
}
