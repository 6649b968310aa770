package epcis

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
)

// HashID is the event hash ID of CBV 2.0 (section 8.9.2), "ni:///sha-256;...?ver=CBV2.0", as the reference
// implementation computes it, which is not everywhere as its description says: certificationInfo is hashed, after
// eventTimeZoneOffset; parentID comes before epcList; fractions of a second are rounded half to even; lists of business
// transactions, sources and destinations come last, among the user's fields. eventID, recordTime and errorDeclaration
// are not hashed, so an error declaration has the hash ID of the event it declares wrong.
//
// Where the reference depends on more than the event (it looks for CBV words in the whole document, and takes type and
// value of a business transaction in the order of the text), we look at the event alone and put the type first: the hash
// of an event must not change with its neighbours or with the order of its keys.
func (e *Event) HashID() string {
	e.hashOnce.Do(func() { e.hashID = e.computeHashID() })
	return e.hashID
}

func (e *Event) computeHashID() string {
	h := hashers.Get().(*hasher)
	defer h.free()
	return hashID(h.preHash(e))
}

func hashID(preHash []byte) string {
	sum := sha256.Sum256(preHash)
	return "ni:///sha-256;" + hex.EncodeToString(sum[:]) + "?ver=CBV2.0"
}

// preHash is the text that is hashed.
func (h *hasher) preHash(e *Event) []byte {
	h.ctx, h.words = e.context, e.expandedWords(h.words[:0])
	root := h.convert(e.root)
	h.restructure(root)
	root.kids = slices.DeleteFunc(root.kids, func(n *node) bool {
		switch n.name {
		case "eventID", "type", "errorDeclaration", "@context":
			return true
		}
		return false
	})
	h.write("eventType=", e.root.Get("type").Text())
	h.ordered(root, propertyOrder)
	h.generic(root.kids)
	return h.text
}

// node is a piece of the event in the shape of the XML binding, which the reference hashes.
type node struct {
	name, text string
	kids       []*node
	// pair says that kids are the type and value of a business transaction, source or destination, which keep their order.
	pair bool
	// group says that this is a list's own element.
	group bool
}

// hasher makes nodes of an event and writes them as text, piece by piece.
type hasher struct {
	ctx   *Context
	words []usedWord
	nodes []node  // used up to cap, beyond which nodes are allocated one by one
	kids  []*node // memory of their lists, likewise
	text  []byte
	marks []int // where the pieces that are to be sorted begin, see sorted
}

func (h *hasher) write(parts ...string) {
	for _, p := range parts {
		h.text = append(h.text, p...)
	}
}

// mark notes that a piece begins here.
func (h *hasher) mark() { h.marks = append(h.marks, len(h.text)) }

// sorted puts the pieces marked since there were from marks, the last of which ends here, in the order of their texts.
func (h *hasher) sorted(from int) {
	starts := h.marks[from:]
	h.marks = h.marks[:from]
	if len(starts) < 2 {
		return
	}
	begin := starts[0]
	pieces := make([]string, len(starts))
	whole := string(h.text[begin:])
	for i, at := range starts {
		end := len(h.text)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		pieces[i] = whole[at-begin : end-begin]
	}
	slices.Sort(pieces)
	h.text = h.text[:begin]
	h.write(pieces...)
}

// usedWord is a CBV word that the event uses.
type usedWord struct {
	word  string
	vocab *vocabulary
}

// hashers keep their memory: it is used again and again, and an event takes more of it than it is large itself.
var hashers = sync.Pool{New: func() any {
	return &hasher{nodes: make([]node, 0, 256), kids: make([]*node, 0, 512), text: make([]byte, 0, 4096)}
}}

func (h *hasher) free() {
	const most = 1 << 20 // of memory kept for the next: one huge event must not cost it for ever
	if cap(h.text) > most {
		return
	}
	h.ctx = nil
	clear(h.words)
	clear(h.nodes)
	clear(h.kids)
	h.nodes, h.kids, h.text = h.nodes[:0], h.kids[:0], h.text[:0]
	hashers.Put(h)
}

func (h *hasher) alloc() *node {
	if len(h.nodes) == cap(h.nodes) {
		return new(node)
	}
	h.nodes = h.nodes[:len(h.nodes)+1]
	return &h.nodes[len(h.nodes)-1]
}

// room is an empty list for n nodes.
func (h *hasher) room(n int) []*node {
	from := len(h.kids)
	if from+n > cap(h.kids) {
		return make([]*node, 0, n)
	}
	h.kids = h.kids[:from+n]
	return h.kids[from : from : from+n]
}

// expandedWords are the bare CBV words in the event's vocabulary fields. The reference expands such a word wherever it
// stands, in the user's own fields too.
func (e *Event) expandedWords(m []usedWord) []usedWord {
	add := func(vocab *vocabulary, word string) {
		for _, u := range m {
			if u.word == word {
				return
			}
		}
		if vocab.words[word] {
			m = append(m, usedWord{word, vocab})
		}
	}
	add(bizSteps, e.BizStep)
	add(dispositions, e.Disposition)
	for _, w := range e.PersistentDisposition.Set {
		add(dispositions, w)
	}
	for _, w := range e.PersistentDisposition.Unset {
		add(dispositions, w)
	}
	for _, t := range e.BizTransactions {
		add(transactionTypes, t.Type)
	}
	for _, s := range e.Sources {
		add(sourceDestTypes, s.Type)
	}
	for _, s := range e.Destinations {
		add(sourceDestTypes, s.Type)
	}
	for _, s := range e.SensorElements {
		for i := range s.Reports {
			add(measurementTypes, s.Reports[i].Type)
			add(alertTypes, s.Reports[i].Exception)
			add(components, s.Reports[i].Component)
		}
	}
	if e.ErrorDeclaration != nil {
		add(errorReasons, e.ErrorDeclaration.Reason)
	}
	return m
}

// convert turns JSON into nodes: an array becomes as many nodes of its field's name.
func (h *hasher) convert(v *Value) *node {
	n := h.alloc()
	switch v.Kind() {
	case Object:
		size := 0
		for _, m := range v.members {
			size += max(1, len(m.Value.items))
		}
		n.kids = h.room(size)
		for _, m := range v.members {
			switch m.Name {
			case "#text", "rdfs:comment", "comment":
				continue
			}
			name := h.expandName(m.Name)
			if m.Value.kind != Array {
				kid := h.convert(m.Value)
				kid.name = name
				n.kids = append(n.kids, kid)
				continue
			}
			for _, item := range m.Value.items {
				kid := h.convert(item)
				kid.name = name
				n.kids = append(n.kids, kid)
			}
		}
	case Array:
		for _, item := range v.items {
			n.kids = append(n.kids, h.convert(item))
		}
	case String:
		n.text = h.expandValue(v.text)
	case Number:
		n.text = v.text
	case Bool:
		// The reference writes booleans as Python does.
		n.text = "True"
		if v.text == "false" {
			n.text = "False"
		}
	case Null:
		n.text = "None"
	}
	return n
}

// expandName writes a field name with its namespace in braces, as XML parsers do.
func (h *hasher) expandName(name string) string {
	if i := strings.IndexByte(name, ':'); i > 0 {
		if iri, ok := h.ctx.declared(name[:i]); ok {
			return "{" + iri + "}" + name[i+1:]
		}
	}
	return name
}

func (h *hasher) expandValue(text string) string {
	for _, u := range h.words {
		if u.word == text {
			return u.vocab.web + text
		}
	}
	if i := strings.IndexByte(text, ':'); i > 0 {
		if iri, ok := h.ctx.declared(text[:i]); ok {
			return iri + text[i+1:]
		}
	}
	return text
}

// restructure makes lists look as in XML: one element of the list's name holding elements of the singular, whose
// irregular names are put right.
func (h *hasher) restructure(n *node) {
	kept := n.kids[:0]
	for _, kid := range n.kids {
		group, item := "", kid
		switch base, isList := strings.CutSuffix(kid.name, "List"); {
		case isList:
			group = kid.name
			item = h.alloc()
			item.name, item.text, item.kids = base, kid.text, kid.kids
			switch kid.name {
			case "sourceList", "destinationList", "bizTransactionList":
				h.pair(item, base)
			}
		case kid.name == "childEPCs":
			group = kid.name
			item = h.alloc()
			item.name, item.text = "epc", kid.text
		}
		if group == "" {
			kept = append(kept, kid)
			continue
		}
		i := slices.IndexFunc(kept, func(k *node) bool { return k.group && k.name == group })
		if i < 0 {
			i = len(kept)
			list := h.alloc()
			list.name, list.group = group, true
			kept = append(kept, list)
		}
		kept[i].kids = append(kept[i].kids, item)
	}
	n.kids = kept
	for _, kid := range n.kids {
		if !kid.pair {
			h.restructure(kid)
		}
	}
	switch n.name {
	case "inputEPC", "outputEPC":
		n.name = "epc"
	case "inputQuantity", "outputQuantity", "childQuantity":
		n.name = "quantityElement"
	case "quantity":
		if len(n.kids) > 0 {
			n.name = "quantityElement"
		}
	}
}

// pair makes n the type and value of one element of a list, the type first.
func (h *hasher) pair(n *node, name string) {
	kids := n.kids
	n.name, n.text, n.pair, n.kids = "", "", true, h.room(len(kids))
	for _, part := range [...]string{"type", name} {
		for _, k := range kids {
			if k.name == part {
				n.kids = append(n.kids, k)
			}
		}
	}
}
