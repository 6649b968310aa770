package explorer

import (
	"strconv"
	"strings"
)

// form is a representation a Digital Link can be answered with.
type form int

const (
	formHTML form = iota
	formJSON
	formLD
	formLinkset
	formNone
	formPicture // of the preview; never negotiated
)

// offers are the media types we can give, best first where the caller likes several equally.
var offers = []struct {
	media string
	form  form
}{
	{"text/html", formHTML},
	{"application/json", formJSON},
	{"application/ld+json", formLD},
	{"application/linkset+json", formLinkset},
}

// media is the Content-Type of a form.
func (f form) media() string {
	switch f {
	case formJSON:
		return "application/json; charset=utf-8"
	case formLD:
		return "application/ld+json"
	case formLinkset:
		return "application/linkset+json"
	case formPicture:
		return "image/png"
	}
	return "text/html; charset=utf-8"
}

// negotiate picks the form for an Accept header by quality and then by how exactly the range names the type
// (RFC 9110, 12.5.1). No header at all means anything: a page. formNone means that nothing we have is acceptable.
func negotiate(accept string) form {
	if strings.TrimSpace(accept) == "" {
		return formHTML
	}
	best, bestQ := formNone, 0.0
	for _, o := range offers {
		if q := quality(accept, o.media); q > bestQ {
			best, bestQ = o.form, q
		}
	}
	return best
}

// quality is the weight the Accept header gives a media type: that of the most exact range that matches it.
func quality(accept, media string) float64 {
	q, exact := 0.0, -1
	for _, item := range strings.Split(accept, ",") {
		params := strings.Split(item, ";")
		r := strings.ToLower(strings.TrimSpace(params[0]))
		var match int
		switch {
		case r == media:
			match = 2
		case strings.HasSuffix(r, "/*") && strings.HasPrefix(media, strings.TrimSuffix(r, "*")):
			match = 1
		case r == "*/*":
			match = 0
		default:
			continue
		}
		if match <= exact {
			continue
		}
		weight := 1.0
		for _, p := range params[1:] {
			if name, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(name, "q") {
				if f, err := strconv.ParseFloat(v, 64); err == nil {
					weight = f
				}
			}
		}
		q, exact = weight, match
	}
	return q
}
