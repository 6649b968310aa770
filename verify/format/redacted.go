package format

import "math/bits"

// Redacted is what is shown of a sealed body: some of its fields, and for the rest the hashes of the largest parts of the
// tree in which no field is shown. It says nothing of the others but how many there are.
type Redacted struct {
	Count  uint64           // fields of the body
	Fields []DisclosedField // those shown, in the order of their places
	Hashes []Hash           // from left to right
}

// DisclosedField is a field with its place among all of the body, from 0.
type DisclosedField struct {
	Index uint64
	SealedField
}

// Redact shows the fields that keep says yes to.
func Redact(fields []SealedField, keep func(pointer string) bool) (Redacted, error) {
	leaves, err := sealedLeaves(fields)
	if err != nil {
		return Redacted{}, err
	}
	r := Redacted{Count: uint64(len(fields))}
	levels := [][]Hash{leaves}
	for i, f := range fields {
		if keep(f.Pointer) {
			r.Fields = append(r.Fields, DisclosedField{uint64(i), f})
		}
	}
	for top := levels[0]; len(top) > 1; levels = append(levels, top) {
		top = foldLevel(append([]Hash(nil), top...))
	}
	w := walk{fields: r.Fields, count: r.Count, hidden: func(level int, i uint64) (Hash, bool) {
		h := levels[level][i]
		r.Hashes = append(r.Hashes, h)
		return h, true
	}}
	w.node(len(levels)-1, 0)
	return r, nil
}

// Root is the root that the fields shown and the hashes lead to. It refuses what Redact doesn't make: no fields at all,
// a field that can't be one, places and pointers that don't rise, hashes too few or too many.
func (r Redacted) Root() (Hash, error) {
	if r.Count == 0 || r.Count > MaxSealedFields {
		return Hash{}, sealedError("%d fields, must be 1 to %d", r.Count, MaxSealedFields)
	}
	for i, f := range r.Fields {
		if err := f.Check(); err != nil {
			return Hash{}, err
		}
		switch {
		case f.Index >= r.Count:
			return Hash{}, sealedError("field %d of %d", f.Index, r.Count)
		case i > 0 && r.Fields[i-1].Index >= f.Index:
			return Hash{}, sealedError("field %d must come after field %d", f.Index, r.Fields[i-1].Index)
		case i > 0 && r.Fields[i-1].Pointer >= f.Pointer:
			return Hash{}, sealedError("pointer %q must come after %q", f.Pointer, r.Fields[i-1].Pointer)
		}
	}
	hashes := r.Hashes
	w := walk{fields: r.Fields, count: r.Count, hidden: func(int, uint64) (Hash, bool) {
		if len(hashes) == 0 {
			return Hash{}, false
		}
		h := hashes[0]
		hashes = hashes[1:]
		return h, true
	}}
	top, ok := w.node(bits.Len64(r.Count-1), 0)
	if !ok || len(hashes) > 0 {
		return Hash{}, sealedError("%d hashes are not as many as %d of %d fields need", len(r.Hashes), len(r.Fields), r.Count)
	}
	return sealedRootOf(r.Count, top), nil
}

// walk goes through the tree of a sealed body from the left.
type walk struct {
	fields []DisclosedField // not yet come to
	count  uint64
	hidden func(level int, i uint64) (Hash, bool) // the node of a part that shows no field
}

// node is the hash of node i of a level, which covers fields i·2^level up to (i+1)·2^level.
func (w *walk) node(level int, i uint64) (Hash, bool) {
	if len(w.fields) == 0 || w.fields[0].Index>>level != i {
		return w.hidden(level, i)
	}
	if level == 0 {
		h := w.fields[0].Leaf()
		w.fields = w.fields[1:]
		return h, true
	}
	left, ok := w.node(level-1, 2*i)
	if !ok || (2*i+1)<<(level-1) >= w.count { // what stands alone moves up as it is
		return left, ok
	}
	right, ok := w.node(level-1, 2*i+1)
	return treeNode(left, right), ok
}
