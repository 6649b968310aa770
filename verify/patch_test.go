package verify_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// op is one operation of RFC 6902, of those that vectors use: add, remove, replace, copy, move.
type op struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	From  string `json:"from,omitempty"`
	Value any    `json:"value,omitempty"`
}

// patched applies operations to a JSON file. A place that isn't there is an error, so that a vector can't test another rule than
// it says.
func patched(file []byte, ops []op) ([]byte, error) {
	if len(ops) == 0 {
		return file, nil
	}
	var tree any
	if err := json.Unmarshal(file, &tree); err != nil {
		return nil, err
	}
	for _, o := range ops {
		value := o.Value
		if o.From != "" {
			at, err := lookUp(tree, o.From)
			if err != nil {
				return nil, err
			}
			raw, err := json.Marshal(at)
			if err != nil {
				return nil, err
			}
			if err := json.Unmarshal(raw, &value); err != nil {
				return nil, err
			}
		}
		if o.Op == "move" {
			var err error
			if tree, err = change(tree, split(o.From), op{Op: "remove"}, nil); err != nil {
				return nil, fmt.Errorf("move %s: %w", o.From, err)
			}
		}
		var err error
		if tree, err = change(tree, split(o.Path), o, value); err != nil {
			return nil, fmt.Errorf("%s %s: %w", o.Op, o.Path, err)
		}
	}
	return json.Marshal(tree)
}

func split(pointer string) []string {
	if pointer == "" {
		return nil
	}
	return strings.Split(pointer[1:], "/")
}

func lookUp(tree any, pointer string) (any, error) {
	for _, part := range split(pointer) {
		switch t := tree.(type) {
		case map[string]any:
			child, ok := t[part]
			if !ok {
				return nil, fmt.Errorf("no field %s", part)
			}
			tree = child
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(t) {
				return nil, fmt.Errorf("no element %s", part)
			}
			tree = t[i]
		default:
			return nil, fmt.Errorf("nothing to step into at %s", part)
		}
	}
	return tree, nil
}

func change(tree any, path []string, o op, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	part, last := path[0], len(path) == 1
	switch t := tree.(type) {
	case map[string]any:
		if _, ok := t[part]; !ok && (!last || o.Op == "remove" || o.Op == "replace") {
			return t, fmt.Errorf("no field %s", part)
		}
		if last && o.Op == "remove" {
			delete(t, part)
			return t, nil
		}
		child, err := change(t[part], path[1:], o, value)
		t[part] = child
		return t, err
	case []any:
		i := len(t)
		if part != "-" {
			var err error
			if i, err = strconv.Atoi(part); err != nil || i < 0 || i > len(t) {
				return t, fmt.Errorf("no element %s", part)
			}
		}
		switch {
		case last && o.Op != "replace" && o.Op != "remove":
			return slices.Insert(t, i, value), nil
		case i == len(t):
			return t, fmt.Errorf("no element %s", part)
		case last && o.Op == "remove":
			return slices.Delete(t, i, i+1), nil
		}
		child, err := change(t[i], path[1:], o, value)
		t[i] = child
		return t, err
	}
	return tree, fmt.Errorf("nothing to step into at %s", part)
}
