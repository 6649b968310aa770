package epcis

// MasterData is the EPCISMasterData of a document header: names and facts about products, places and parties.
type MasterData struct {
	Vocabularies []Vocabulary
	list         *Value // the vocabularyList as sent
	context      *Context
}

// Vocabulary is the elements of one kind.
type Vocabulary struct {
	// Type is the vocabulary's URI, "urn:epcglobal:epcis:vtype:EPCClass" or ":Location", ...
	Type     string
	Elements []Element
}

// Element is one product, place or party.
type Element struct {
	ID         string // URI as sent
	Attributes []ElementAttribute
	Children   []string // URIs
}

// ElementAttribute is one fact.
type ElementAttribute struct {
	ID    string // "urn:epcglobal:cbv:mda#descriptionShort", ...; prefixes are expanded
	Value *Value // text, number or object
}

// Local is the last part of the attribute's name: "descriptionShort".
func (a ElementAttribute) Local() string { return Field{IRI: a.ID}.Local() }

// Attribute is the text of an element's attribute by local name, "" if there is none.
func (e Element) Attribute(local string) string {
	for _, a := range e.Attributes {
		if a.Local() == local {
			return a.Value.Text()
		}
	}
	return ""
}

// masterDataType is the type a master data body names itself with.
const masterDataType = "EPCISMasterData"

// Body is the canonical master data body that the ledger commits to, {"type":"EPCISMasterData","vocabularyList":[...]},
// with "@context" in it where prefixes of the user's own are used.
func (m *MasterData) Body() []byte {
	members := []Member{{"type", newString(masterDataType)}, {"vocabularyList", m.list}}
	if extra := m.context.extra(members); extra != nil {
		members = append(members, Member{"@context", extra})
	}
	return appendMembers(nil, members)
}

// ParseMasterData reads a master data body.
func ParseMasterData(data []byte) (*MasterData, error) {
	root, c, err := read(data, DefaultLimits)
	if err != nil {
		return nil, err
	}
	doc := &Document{Context: &Context{}}
	if v := root.Get("@context"); v != nil {
		c.in("@context", func() { c.readContext(v, doc.Context) })
	}
	c.ctx = doc.Context
	c.object(root, fieldTable{
		"@context":       func(*checker, *Value) {},
		"type":           func(c *checker, v *Value) { c.oneOf(v, masterDataType) },
		"vocabularyList": func(c *checker, v *Value) { c.vocabularies(doc, v) },
	}, true)
	for _, name := range []string{"type", "vocabularyList"} {
		if root.Kind() == Object && root.Get(name) == nil {
			c.missing(name)
		}
	}
	return doc.MasterData, c.result()
}

// IsMasterData says whether a body is master data rather than an event, by its type alone.
func IsMasterData(body []byte) bool {
	root, f := parseJSON(body, DefaultLimits.Depth)
	return f == nil && root.Get("type").Text() == masterDataType
}

func (c *checker) vocabularies(doc *Document, v *Value) {
	m := &MasterData{list: v, context: doc.Context}
	c.array(v, func(item *Value) {
		var voc Vocabulary
		c.object(item, fieldTable{
			"type": func(c *checker, v *Value) { voc.Type = c.uri(v) },
			"vocabularyElementList": func(c *checker, v *Value) {
				c.array(v, func(item *Value) { voc.Elements = append(voc.Elements, c.element(item)) })
			},
		}, false)
		if item.kind == Object && item.Get("type") == nil {
			c.missing("type")
		}
		m.Vocabularies = append(m.Vocabularies, voc)
	})
	doc.MasterData = m
}

func (c *checker) element(v *Value) (e Element) {
	c.object(v, fieldTable{
		"id": func(c *checker, v *Value) { e.ID = c.uri(v) },
		"attributes": func(c *checker, v *Value) {
			c.array(v, func(item *Value) {
				var a ElementAttribute
				c.object(item, fieldTable{
					"id": func(c *checker, v *Value) { a.ID = c.ctx.Expand(c.uri(v)) },
					"attribute": func(c *checker, v *Value) {
						switch v.kind {
						case String, Number, Object:
						default:
							c.fault(RuleType, v, "must be a string, a number or an object")
						}
						a.Value = v
					},
				}, false)
				if item.kind == Object && item.Get("id") == nil {
					c.missing("id")
				}
				e.Attributes = append(e.Attributes, a)
			})
		},
		"children": func(c *checker, v *Value) {
			c.array(v, func(item *Value) { e.Children = append(e.Children, c.uri(item)) })
		},
	}, false)
	if v.Kind() == Object && v.Get("id") == nil {
		c.missing("id")
	}
	return e
}
