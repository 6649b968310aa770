package verify

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Key is the object's key on the ledger.
func (o *Object) Key() format.Hash {
	return format.Object{Kind: format.Kind(o.Kind), Primary: format.Hash(o.Primary), Suffix: format.Hash(o.Suffix)}.Key()
}

func partyKey(party Address) format.Hash {
	return format.PartyObject(format.Address(party)).Key()
}

func keyKey(party, key Address) format.Hash {
	return format.KeyObject(format.Address(party), format.Address(key)).Key()
}

func memberKey(l *Licence, member Address) format.Hash {
	return format.MemberObject(format.Address(l.Holder), uint64(l.ID), format.Address(member)).Key()
}

// matches says whether the object is one that its name can stand for.
func (o *Object) matches() bool {
	for _, c := range Candidates(*o.Name) {
		if c.Kind == o.Kind && c.Primary == o.Primary && c.Suffix == o.Suffix {
			return true
		}
	}
	return false
}

// maxNamespace is the longest namespace that the register licenses, MaxName the longest name an object may have; both in
// bytes.
const (
	maxNamespace = 200
	MaxName      = 2048
)

// Candidates are the objects that a name can stand for: one for most; for an asset (8004) or a plain URI one for each
// place where the licensed prefix may end, the shortest first. None for what is no name.
func Candidates(name string) (list []Object) {
	add := func(kind format.Kind, primary, rest string) {
		if o, err := format.NewObject(kind, primary, rest); err == nil {
			list = append(list, Object{Kind: int(o.Kind), Primary: Word(o.Primary), Suffix: Word(o.Suffix)})
		}
	}
	key, value, _ := strings.Cut(name, "/")
	switch {
	case key == "01" && len(value) >= 14 && allDigits(value[:14]):
		gtin, rest := value[:14], value[14:]
		if serial, ok := strings.CutPrefix(rest, "/21/"); ok && serial != "" {
			add(format.KindInstance, gtin, serial)
		} else if lot, ok := strings.CutPrefix(rest, "/10/"); ok && lot != "" {
			add(format.KindLot, gtin, lot)
		} else if rest == "" {
			add(format.KindClass, gtin, "")
		}
	case key == "00" && len(value) == 18:
		add(format.KindSSCC, value, "")
	case key == "8003" && len(value) >= 14:
		add(format.KindGRAI, value[:14], value[14:])
	case key == "8004":
		for n := 0; n <= min(13, len(value)); n++ {
			add(format.KindGIAI, value[:n], value[n:])
		}
	case key == "253" && len(value) >= 13:
		add(format.KindGDTI, value[:13], value[13:])
	case strings.Contains(name, ":"):
		for n := 0; n <= min(maxNamespace, len(name)); n++ {
			o := format.URIObject(name[:n], name[n:])
			list = append(list, Object{Kind: int(o.Kind), Primary: Word(o.Primary), Suffix: Word(o.Suffix)})
		}
	}
	return list
}

// Name brings an identifier, as it stands in an event or a link, into the one form that objects are named by; "" for
// what has none.
func Name(id string) string {
	low := strings.ToLower(id)
	switch {
	case strings.HasPrefix(low, "urn:epc:"):
		return urnName(id[len("urn:epc:"):])
	case strings.HasPrefix(low, "http://"), strings.HasPrefix(low, "https://"):
		if name, ok := linkName(id); ok {
			return name
		}
	}
	if strings.Contains(id, ":") {
		return id
	}
	return ""
}

// linkName reads a Digital Link; false for an address that is none.
func linkName(uri string) (string, bool) {
	_, rest, _ := strings.Cut(uri, "//")
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	segs := strings.Split(rest, "/")[1:]
	for i := 0; i+1 < len(segs); i++ {
		switch segs[i] {
		case "01", "00", "8003", "8004", "253":
			if v := segs[i+1]; len(v) >= 4 && allDigits(v[:4]) {
				return pairsName(segs[i:]), true
			}
		}
	}
	return "", false
}

func pairsName(segs []string) string {
	quals := map[string]string{}
	for i := 2; i+1 < len(segs); i += 2 {
		quals[segs[i]] = unescape(segs[i+1])
	}
	value := unescape(segs[1])
	if segs[0] != "01" {
		return segs[0] + "/" + value
	}
	if len(value) < 14 {
		value = strings.Repeat("0", 14-len(value)) + value
	}
	return gtinName(value, quals)
}

func gtinName(gtin string, quals map[string]string) string {
	switch {
	case quals["235"] != "":
		return ""
	case quals["21"] != "":
		return "01/" + gtin + "/21/" + quals["21"]
	case quals["10"] != "":
		return "01/" + gtin + "/10/" + quals["10"]
	}
	return "01/" + gtin
}

// lotOf is the lot that an identifier of an instance or lot carries as a qualifier.
func lotOf(id string) string {
	if !strings.HasPrefix(strings.ToLower(id), "http") {
		return ""
	}
	_, rest, _ := strings.Cut(id, "//")
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	segs := strings.Split(rest, "/")
	for i := 1; i+1 < len(segs); i++ {
		if segs[i] == "01" {
			for j := i + 2; j+1 < len(segs); j += 2 {
				if segs[j] == "10" {
					return unescape(segs[j+1])
				}
			}
			return ""
		}
	}
	return ""
}

func urnName(urn string) string {
	space, scheme, rest := cut3(urn, ":")
	a, b, c := cut3(rest, ".")
	c = unescape(c)
	switch kind := strings.ToLower(space + ":" + scheme); {
	case kind == "id:giai" && a != "" && allDigits(a):
		_, serial, _ := strings.Cut(rest, ".")
		return "8004/" + a + unescape(serial)
	case a == "" || b == "" || !allDigits(a+b):
		return ""
	case (kind == "id:sgtin" || kind == "class:lgtin" || kind == "idpat:sgtin") && len(a+b) == 13 && c != "":
		gtin := b[:1] + a + b[1:]
		gtin += checkDigit(gtin)
		switch {
		case kind == "id:sgtin":
			return "01/" + gtin + "/21/" + c
		case kind == "class:lgtin":
			return "01/" + gtin + "/10/" + c
		case c == "*":
			return "01/" + gtin
		}
	case kind == "id:sscc" && len(a+b) == 17:
		sscc := b[:1] + a + b[1:]
		return "00/" + sscc + checkDigit(sscc)
	case kind == "id:grai" && len(a+b) == 12:
		return "8003/0" + a + b + checkDigit(a+b) + c
	}
	return ""
}

// cut3 cuts twice.
func cut3(s, sep string) (a, b, c string) {
	a, rest, _ := strings.Cut(s, sep)
	b, c, _ = strings.Cut(rest, sep)
	return a, b, c
}

func checkDigit(digits string) string {
	sum, weight := 0, 3
	for i := len(digits) - 1; i >= 0; i-- {
		sum += int(digits[i]-'0') * weight
		weight = 4 - weight
	}
	return string(rune('0' + (10-sum%10)%10))
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// unescape percent-decodes; what is no escape stays.
func unescape(s string) string {
	if out, err := url.PathUnescape(s); err == nil && utf8.ValidString(out) {
		return out
	}
	return s
}
