package epcis

// MasterData is the EPCISMasterData of a document header: names and facts about products, places and parties.
type MasterData struct {
	Vocabularies []Vocabulary
	root         *Value
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
	ID    string // "urn:epcglobal:cbv:mda#descriptionShort", ...
	Value *Value // text, number or object
}

// Body is the canonical master data body that the ledger commits to, {"type":"EPCISMasterData","vocabularyList":[...]},
// with "@context" in it where the document declared prefixes of its own.
func (m *MasterData) Body() []byte { panic("being written") }

// ParseMasterData reads a master data body.
func ParseMasterData(data []byte) (*MasterData, error) { panic("being written") }
