package gs1

import (
	"strings"
)

// ID is one identifier, valid and decoded. The zero ID names nothing. IDs compare with ==; two IDs name the same thing
// if their Canonical forms are equal.
type ID struct {
	key   string // application identifier of the primary key, "" for a plain URI
	value string // decoded primary value (GTIN as 14 digits), or the whole URI
	quals [maxQualifiers]qualifier
}

const maxQualifiers = 4

type qualifier struct{ ai, value string }

// Key is the application identifier of the primary key ("01", "00", "414", ...), "" for a plain URI.
func (id ID) Key() string { return id.key }

// Value is the decoded value of the primary key: 14 digits for a GTIN, key and serial for GRAI (8003), GDTI (253) and
// GCN (255), where GS1 concatenates them. For a plain URI it is the URI itself.
func (id ID) Value() string { return id.value }

// Qualifier is the decoded value of a key qualifier ("21" serial, "10" lot, "254" GLN extension, ...), or "".
func (id ID) Qualifier(ai string) string {
	for _, q := range id.quals {
		if q.ai == ai && ai != "" {
			return q.value
		}
	}
	return ""
}

// IsZero says that id names nothing.
func (id ID) IsZero() bool { return id.value == "" }

// IsURI says that id is a plain URI, not a GS1 key.
func (id ID) IsURI() bool { return id.key == "" && id.value != "" }

// GTIN is the 14-digit GTIN of an instance, lot, class, piece (ITIP) or UPUI; "" for other keys.
func (id ID) GTIN() string {
	switch id.key {
	case "01":
		return id.value
	case "8006":
		return id.value[:14]
	}
	return ""
}

// Serial is what tells this unit from others under its key: AI 21, 235 or 8011, or the serial inside a GRAI, GDTI or
// GCN. "" if the identifier names no single unit that way (an SSCC and a GIAI are unique as a whole).
func (id ID) Serial() string {
	switch id.key {
	case "8003":
		return id.value[14:]
	case "253", "255":
		return id.value[13:]
	}
	for _, ai := range []string{"21", "235", "8011"} {
		if s := id.Qualifier(ai); s != "" {
			return s
		}
	}
	return ""
}

// Lot is the batch or lot (AI 10), as given: a link to an instance may carry one too.
func (id ID) Lot() string { return id.Qualifier("10") }

// GLN is the 13-digit global location number of a place (414) or party (417), else "".
func (id ID) GLN() string {
	if id.key == "414" || id.key == "417" {
		return id.value
	}
	return ""
}

// Canonical drops what is not part of the finest level of identity: the consumer product variant (22), the importer
// index (7040), and the lot where a serial is present.
func (id ID) Canonical() ID {
	out := ID{key: id.key, value: id.value}
	n := 0
	for _, q := range id.quals {
		switch {
		case q.ai == "", q.ai == "22", q.ai == "7040":
			continue
		case q.ai == "10" && id.Qualifier("21") != "":
			continue
		}
		out.quals[n] = q
		n++
	}
	return out
}

// Class is the class an instance or lot belongs to: the GTIN of an instance, lot, piece or UPUI, the asset type of a
// GRAI, the document type of a GDTI, the coupon of a GCN, the part of a CPID. ok is false where there is no class
// above id (SSCC, GIAI, GLN, URI), and for a class itself.
func (id ID) Class() (class ID, ok bool) {
	switch {
	case id.key == "01" && id.Canonical().quals[0].ai != "":
		return ID{key: "01", value: id.value}, true
	case id.key == "8006":
		return ID{key: "01", value: id.value[:14]}, true
	case id.key == "8003" && len(id.value) > 14:
		return ID{key: "8003", value: id.value[:14]}, true
	case (id.key == "253" || id.key == "255") && len(id.value) > 13:
		return ID{key: id.key, value: id.value[:13]}, true
	case id.key == "8010" && id.Qualifier("8011") != "":
		return ID{key: "8010", value: id.value}, true
	}
	return ID{}, false
}

// WithLot is the lot of id's GTIN: the lot a link printed beside the serial, or one known from elsewhere. It is the
// zero ID if id has no GTIN or lot is not a valid AI 10 value.
func (id ID) WithLot(lot string) ID {
	if id.GTIN() == "" || checkValue("10", lot) != nil {
		return ID{}
	}
	return ID{key: "01", value: id.GTIN(), quals: [maxQualifiers]qualifier{{"10", lot}}}
}

// Level says how finely an identifier names.
type Level uint8

// Levels, from nothing to finest.
const (
	LevelNone     Level = iota
	LevelClass          // a kind of thing: GTIN, GRAI or GDTI without serial, CPID without serial
	LevelLot            // a batch: GTIN and lot
	LevelInstance       // one thing: serialised keys, SSCC, GIAI, GSRN, GINC, GSIN, and plain URIs
	LevelPlace          // a location or party: GLN
)

// Level is how finely id names. A plain URI counts as an instance, for only its owner knows.
func (id ID) Level() Level {
	switch id.key {
	case "":
		if id.value == "" {
			return LevelNone
		}
		return LevelInstance
	case "414", "415", "417":
		return LevelPlace
	case "01", "8006":
		switch {
		case id.Serial() != "":
			return LevelInstance
		case id.Lot() != "":
			return LevelLot
		}
		return LevelClass
	case "8003", "253", "255", "8010":
		if id.Serial() != "" {
			return LevelInstance
		}
		return LevelClass
	case "8013":
		return LevelClass
	}
	return LevelInstance
}

// String is the canonical name: the Digital Link URI https://id.gs1.org/... of Canonical, or the plain URI. It is ""
// for the zero ID.
func (id ID) String() string {
	if id.key == "" {
		return id.value
	}
	return "https://id.gs1.org" + id.Path()
}

// Path is the canonical Digital Link path, /01/.../21/..., to be put behind any host (that of a QR code, say); for a
// plain URI it is "".
func (id ID) Path() string { return id.Canonical().FullPath() }

// FullPath is the Digital Link path with every qualifier that was given, lot and variant included.
func (id ID) FullPath() string {
	if id.key == "" {
		return ""
	}
	var b strings.Builder
	b.Grow(64)
	b.WriteByte('/')
	b.WriteString(id.key)
	b.WriteByte('/')
	escapeTo(&b, id.value)
	for _, q := range id.quals {
		if q.ai == "" {
			break
		}
		b.WriteByte('/')
		b.WriteString(q.ai)
		b.WriteByte('/')
		escapeTo(&b, q.value)
	}
	return b.String()
}

// ElementString is the human readable form, (01)09521141012345(21)2017, of every part given; a plain URI as it is.
func (id ID) ElementString() string {
	if id.key == "" {
		return id.value
	}
	var b strings.Builder
	b.WriteString("(" + id.key + ")" + id.value)
	for _, q := range id.quals {
		if q.ai != "" {
			b.WriteString("(" + q.ai + ")" + q.value)
		}
	}
	return b.String()
}

// MarshalText writes the canonical name.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads any form that Parse reads; the empty text is the zero ID.
func (id *ID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = ID{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// EscapeSegment writes s as canonical names write a value.
func EscapeSegment(s string) string {
	var b strings.Builder
	escapeTo(&b, s)
	return b.String()
}

const upperHex = "0123456789ABCDEF"

// escapeTo writes s percent-encoded for one path segment. Besides letters and digits it leaves - . _ ' ; = as they are,
// which is what the reference implementation of the event hash ID has in canonical names.
func escapeTo(b *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '\'' || c == ';' || c == '=' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}
