package explorer

import (
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// linkset is the answer of a GS1-conformant resolver to linkType=linkset: RFC 9264 JSON with GS1's link types.
type linkset struct {
	Linkset []linkContext `json:"linkset"`
}

type linkContext struct {
	Anchor          string       `json:"anchor"`
	ItemDescription string       `json:"itemDescription,omitempty"`
	DefaultLink     []linkTarget `json:"https://gs1.org/voc/defaultLink"`
	PIP             []linkTarget `json:"https://gs1.org/voc/pip"`
	Traceability    []linkTarget `json:"https://gs1.org/voc/traceability"`
	EPCIS           []linkTarget `json:"https://gs1.org/voc/epcis,omitempty"`
}

type linkTarget struct {
	Href     string   `json:"href"`
	Title    string   `json:"title,omitempty"`
	Type     string   `json:"type,omitempty"`
	Hreflang []string `json:"hreflang,omitempty"`
}

func newLinkset(base string, id gs1.ID, name string, l Lang) linkset {
	anchor := base + id.FullPath()
	title := l.Say("title.code", "code", id.ElementString())
	if name != "" {
		title = l.Say("title.scan", "name", name)
	}
	var pages []linkTarget
	for _, lang := range Langs {
		pages = append(pages, linkTarget{Href: anchor + "?lang=" + string(lang), Title: title, Type: "text/html",
			Hreflang: []string{string(lang)}})
	}
	return linkset{[]linkContext{{
		Anchor:          anchor,
		ItemDescription: name,
		DefaultLink:     []linkTarget{{Href: anchor, Title: title, Type: "text/html", Hreflang: []string{"zh", "en"}}},
		PIP:             pages,
		Traceability:    append(pages, linkTarget{Href: anchor, Title: l.Say("sum.json"), Type: "application/json"}),
	}}}
}
