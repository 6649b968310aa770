package epcis

import (
	"slices"
	"strings"
)

// StandardContext is the JSON-LD context that what we emit refers to.
const StandardContext = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

// standardPrefixes are those that the EPCIS context itself declares.
var standardPrefixes = map[string]string{
	"epcis":   "https://ref.gs1.org/epcis/",
	"cbv":     "https://ref.gs1.org/cbv/",
	"cbvmda":  "urn:epcglobal:cbv:mda:",
	"gs1":     "https://gs1.org/voc/",
	"rdf":     "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
	"rdfs":    "http://www.w3.org/2000/01/rdf-schema#",
	"owl":     "http://www.w3.org/2002/07/owl#",
	"xsd":     "http://www.w3.org/2001/XMLSchema#",
	"dcterms": "http://purl.org/dc/terms/",
}

// Context holds what JSON-LD contexts declare beyond the standard EPCIS context, for a document or one of its events. A
// nil Context declares nothing.
type Context struct {
	parent *Context
	// terms are the user's entries, later ones replacing earlier ones of the same name.
	terms map[string]*Value
	// remote are the URLs of contexts other than EPCIS's own: what they declare can't be known here.
	remote []string
}

// isStandardContext recognises the URLs under which GS1 publishes the EPCIS context.
func isStandardContext(url string) bool {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return false
	}
	host, path, _ := strings.Cut(rest, "/")
	switch host {
	case "ref.gs1.org", "gs1.github.io", "id.gs1.org", "ns.gs1.org", "www.gs1.org", "gs1.org":
		return strings.Contains(path, "epcis-context")
	}
	return false
}

// add takes in one entry of an "@context".
func (c *Context) add(v *Value) {
	switch v.Kind() {
	case String:
		if !isStandardContext(v.text) && !slices.Contains(c.remote, v.text) {
			c.remote = append(c.remote, v.text)
		}
	case Object:
		for _, m := range v.members {
			if c.terms == nil {
				c.terms = make(map[string]*Value)
			}
			c.terms[m.Name] = m.Value
		}
	case Array:
		for _, item := range v.items {
			c.add(item)
		}
	}
}

// declared is the IRI of a prefix that the user declared.
func (c *Context) declared(prefix string) (iri string, ok bool) {
	for ; c != nil; c = c.parent {
		if v := c.terms[prefix]; v != nil {
			if v.kind == Object {
				v = v.Get("@id")
			}
			if v.Kind() == String {
				return v.text, true
			}
		}
	}
	return "", false
}

func (c *Context) hasRemote() bool {
	for ; c != nil; c = c.parent {
		if len(c.remote) > 0 {
			return true
		}
	}
	return false
}

// Expand writes a CURIE out in full if its prefix is known, and leaves anything else as it is.
func (c *Context) Expand(name string) string {
	colon := strings.IndexByte(name, ':')
	if colon <= 0 || strings.HasPrefix(name[colon+1:], "//") {
		return name
	}
	prefix := name[:colon]
	if iri, ok := c.declared(prefix); ok {
		return iri + name[colon+1:]
	}
	if iri, ok := standardPrefixes[prefix]; ok {
		return iri + name[colon+1:]
	}
	return name
}

// knows says whether the prefix of a field name is declared, or the name is an IRI in full.
func (c *Context) knows(name string) bool {
	prefix, rest, _ := strings.Cut(name, ":")
	if strings.HasPrefix(rest, "//") || prefix == "urn" || prefix == "tag" || prefix == "did" {
		return true
	}
	if _, ok := standardPrefixes[prefix]; ok {
		return true
	}
	_, ok := c.declared(prefix)
	return ok || c.hasRemote()
}

// extra is the "@context" that a body carries to keep its meaning alone: the user's entries that it uses, nil if none.
// It is the same for equivalent contexts, however they were split and ordered: other contexts' URLs, then one object.
func (c *Context) extra(members []Member) *Value {
	all := map[string]*Value{}
	var urls []*Value
	for _, level := range c.levels() {
		for name, v := range level.terms {
			all[name] = v
		}
		for _, u := range level.remote {
			urls = append(urls, newString(u))
		}
	}
	if len(all) == 0 && len(urls) == 0 {
		return nil
	}
	used := map[string]bool{}
	var use func(text string)
	use = func(text string) {
		prefix, _, ok := strings.Cut(text, ":")
		v := all[prefix]
		if !ok || v == nil || used[prefix] {
			return
		}
		used[prefix] = true
		walkStrings(v, use) // a prefix may be declared by another
	}
	for _, m := range members {
		use(m.Name)
		walkStrings(m.Value, use)
	}
	var kept []Member
	for name, v := range all {
		// Keywords such as @vocab and terms that are no prefixes change how a body reads without being named in it.
		if used[name] || v.Kind() != String || strings.HasPrefix(name, "@") {
			kept = append(kept, Member{name, v})
			walkStrings(v, func(s string) {
				if p, _, _ := strings.Cut(s, ":"); all[p] != nil && !used[p] {
					used[p] = true
				}
			})
		}
	}
	for name := range used {
		if !slices.ContainsFunc(kept, func(m Member) bool { return m.Name == name }) {
			kept = append(kept, Member{name, all[name]})
		}
	}
	slices.SortFunc(kept, byName)
	switch {
	case len(kept) > 0 && len(urls) == 0:
		return newObject(kept...)
	case len(kept) > 0:
		return newArray(append(urls, newObject(kept...))...)
	case len(urls) == 1:
		return urls[0]
	case len(urls) > 1:
		return newArray(urls...)
	}
	return nil
}

// levels is the chain from the outermost context inwards.
func (c *Context) levels() (out []*Context) {
	for ; c != nil; c = c.parent {
		out = append(out, c)
	}
	slices.Reverse(out)
	return out
}

// walkStrings calls fn for every field name and string inside v.
func walkStrings(v *Value, fn func(string)) {
	switch v.Kind() {
	case String:
		fn(v.text)
	case Array:
		for _, item := range v.items {
			walkStrings(item, fn)
		}
	case Object:
		for _, m := range v.members {
			fn(m.Name)
			walkStrings(m.Value, fn)
		}
	}
}

// expandUser writes out a CURIE of a prefix that the user declared, where a URI is expected.
func (c *Context) expandUser(s string) string {
	colon := strings.IndexByte(s, ':')
	if colon <= 0 || strings.HasPrefix(s[colon+1:], "//") {
		return s
	}
	if iri, ok := c.declared(s[:colon]); ok {
		return iri + s[colon+1:]
	}
	return s
}
