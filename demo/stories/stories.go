// Package stories holds the lives of products that the demo network records: ordinary EPCIS 2.0 JSON documents in
// capture order, each captured by one organisation, and the organisations themselves.
//
// What it promises, each held by a test:
//
//   - Every document is valid, and may be captured one by one with any EPCIS tool.
//   - Whoever captures an event is entitled to at that point of the story: holder or contributor of the licence, or
//     named as receiver by an earlier event on the same object.
//   - Identifiers use GS1's prefix 952, which is set aside for demonstrations; no licence prefix is the beginning of
//     another.
//
// Names of places, products and organisations are in the documents' own master data, one attribute per language:
//
//	{"id": "urn:epcglobal:cbv:mda#name", "attribute": {"@language": "zh", "@value": "云岭果园"}}
//
// The brand's document gives the product's class a template of what should be on record, one attribute per step
// (trace.ExpectedStep says how a step is written). Pages list what of it is missing; leave something out on purpose:
//
//	{"id": "urn:suyuan:voc:expectedStep", "attribute": "transporting Temperature"}
package stories

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"time"
)

//go:embed parties.json orange-juice/*.json infant-formula/*.json handbag/*.json
var files embed.FS

// Names of the stories, in the order in which a demo shows them.
var Names = []string{"orange-juice", "infant-formula", "handbag"}

// Text is a text in the two languages of the pages.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Licence is a GS1 company prefix a party holds, and who else may write to identifiers under it.
type Licence struct {
	Prefix       string   `json:"prefix"`       // digits
	Contributors []string `json:"contributors"` // party ids
}

// Party is an organisation of the demo network.
type Party struct {
	ID      string   `json:"id"` // short, stable, lower case
	Name    Text     `json:"name"`
	Country string   `json:"country"` // ISO 3166-1 alpha-2
	GLN     string   `json:"gln"`     // 13 digits
	Roles   []string `json:"roles"`
	Sponsor string   `json:"sponsor"` // id of the operator that sponsors it; an operator sponsors itself
	// Operator says that the organisation runs a validator.
	Operator bool      `json:"operator"`
	Licences []Licence `json:"licences"`
}

// Link is an identifier worth scanning.
type Link struct {
	DigitalLink string `json:"digitalLink"` // canonical: https://id.gs1.org/...
	Title       Text   `json:"title"`
}

// Step is one document of a story.
type Step struct {
	File   string `json:"file"`
	Party  string `json:"party"`          // id of the capturing party
	Lane   string `json:"lane,omitempty"` // "notes" where the party isn't entitled to more; empty for the default
	Title  Text   `json:"title"`
	Events int    `json:"events"` // number of events in the document
	// Document is the EPCIS JSON document.
	Document []byte `json:"-"`
}

// Story is the life of one product.
type Story struct {
	Name    string `json:"name"`
	Title   Text   `json:"title"`
	Summary Text   `json:"summary"`
	// DigitalLink is the unit the story is about, RecalledDigitalLink one of the recalled lot; empty if none was.
	DigitalLink         string `json:"digitalLink"`
	RecalledDigitalLink string `json:"recalledDigitalLink,omitempty"`
	// Links are these and others worth a scan, in the order to show.
	Links []Link `json:"links"`
	Steps []Step `json:"steps"`
}

// Parties returns the organisations of the demo network, operators first.
func Parties() ([]Party, error) {
	var doc struct {
		Parties []Party `json:"parties"`
	}
	if err := read("parties.json", &doc); err != nil {
		return nil, err
	}
	return doc.Parties, nil
}

// Load returns the story of that name with its documents, dated as they are kept.
func Load(name string) (*Story, error) {
	s := new(Story)
	if err := read(path.Join(name, "story.json"), s); err != nil {
		return nil, err
	}
	for i := range s.Steps {
		b, err := files.ReadFile(path.Join(name, s.Steps[i].File))
		if err != nil {
			return nil, fmt.Errorf("story %q, step %d: %w", name, i+1, err)
		}
		s.Steps[i].Document = b
	}
	return s, nil
}

// Events is the number of events in all documents.
func (s *Story) Events() int {
	n := 0
	for _, st := range s.Steps {
		n += st.Events
	}
	return n
}

// dates matches a JSON string that is a date or begins with one and a time. Identifiers of the stories hold no dates.
var dates = regexp.MustCompile(`"(\d{4}-\d{2}-\d{2})(T[0-9:.]+(?:Z|[+-]\d{2}:\d{2}))?"`)

// At returns a copy of the story moved by whole days so that its newest document was made within the last 24 hours
// before now: a story told today doesn't end with a bottle that expired long ago. Times of day, intervals and event
// IDs stay; a date in a link or an identifier would not be moved.
func (s *Story) At(now time.Time) (*Story, error) {
	var newest time.Time
	for _, st := range s.Steps {
		var head struct {
			CreationDate time.Time `json:"creationDate"`
		}
		if err := json.Unmarshal(st.Document, &head); err != nil {
			return nil, fmt.Errorf("%s: %w", st.File, err)
		}
		if head.CreationDate.After(newest) {
			newest = head.CreationDate
		}
	}
	const day = 24 * time.Hour
	shift := now.Sub(newest)
	days := int(shift / day)
	if shift < 0 && shift%day != 0 {
		days--
	}
	moved := *s
	moved.Steps = make([]Step, len(s.Steps))
	for i, st := range s.Steps {
		st.Document = dates.ReplaceAllFunc(st.Document, func(b []byte) []byte {
			m := dates.FindSubmatch(b)
			d, err := time.Parse(time.DateOnly, string(m[1]))
			if err != nil { // looks like a date, isn't one
				return b
			}
			return []byte(`"` + d.AddDate(0, 0, days).Format(time.DateOnly) + string(m[2]) + `"`)
		})
		moved.Steps[i] = st
	}
	return &moved, nil
}

func read(name string, into any) error {
	b, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read story file: %w", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
