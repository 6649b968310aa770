package epcis

// Context holds the prefixes that JSON-LD contexts declare for a document and its events.
type Context struct {
	prefixes map[string]string
	// remote says that a context other than EPCIS's own is referred to by URL: its prefixes can't be known here.
	remote bool
}

// Expand writes a CURIE out in full if its prefix is known, and leaves anything else as it is.
func (c *Context) Expand(name string) string { panic("being written") }
