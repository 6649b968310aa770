package gs1

import (
	"strings"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// PrefixDigits are the digits that GS1 company prefixes are matched against: those after the indicator digit of a GTIN
// and the extension digit of an SSCC, without the check digit where there is one. "" for a plain URI.
func (id ID) PrefixDigits() string {
	switch id.key {
	case "01", "8006":
		return id.value[1:13]
	case "00":
		return id.value[1:17]
	case "8003":
		return id.value[1:13]
	case "253", "255", "414", "415", "417":
		return id.value[:12]
	case "402":
		return id.value[:16]
	case "8017", "8018":
		return id.value[:17]
	}
	n := 0
	for n < len(id.value) && n < 12 && id.value[n] >= '0' && id.value[n] <= '9' {
		n++
	}
	if id.key == "" {
		return ""
	}
	return id.value[:n]
}

// Restricted says that the key is numbered for use inside one company or region only (GS1 prefixes 02, 04 and 20 to 29,
// and GTIN-8 beginning with 0 or 2): such numbers are not unique and can't be objects of the ledger.
func (id ID) Restricted() bool {
	switch id.key {
	case "01", "8006":
	default:
		return false
	}
	if v := id.value; strings.HasPrefix(v, "000000") {
		return v[6] == '0' || v[6] == '2'
	}
	d := id.value[1:]
	return d[0] == '2' || d[:2] == "02" || d[:2] == "04"
}

// Object is the ledger's name for id: kind, primary key and the hash of the rest. licence is the registered right the
// identifier falls under, and decides only for keys whose company prefix can't be read off them: the digits of a GS1
// company prefix for GIAI and CPID, a URI namespace for a plain URI; "" is the catch-all licence of test networks. For
// all other keys it is not looked at.
//
// Two forms of one identifier have the same object, for it is made of Canonical. Places and parties (GLN) are not
// objects: their lists come from the projection.
//
// The remainders, where the formats leave room: a CPID's serial follows a dot, which its character set doesn't hold. Of
// the other keys (kind 9) primary is the numeric key (14 digits, a GTIN, for ITIP and third party serials; for GINC and
// GMN, whose length is free, up to 12 leading digits, so that no other key has 14), and the remainder is the application
// identifier followed by what is left, each part after a slash, so that numbers of two key types never meet: "8018",
// "235/AB12", "8006/0102/21/999", "401/xyz47".
func (id ID) Object(licence string) (format.Object, error) {
	c := id.Canonical()
	v := c.value
	switch c.key {
	case "":
		if c.IsZero() {
			return format.Object{}, fault("identifier", "", RuleSyntax, "is empty")
		}
		rest, ok := strings.CutPrefix(v, licence)
		if !ok {
			return format.Object{}, fault("URI", v, RulePrefixLength, "is not under the namespace %s", licence)
		}
		return format.URIObject(licence, rest), nil
	case "01":
		switch {
		case c.Qualifier("21") != "":
			return format.NewObject(format.KindInstance, v, c.Qualifier("21"))
		case c.Qualifier("235") != "":
			return format.NewObject(format.KindOtherGS1, v, "235/"+c.Qualifier("235"))
		case c.Lot() != "":
			return format.NewObject(format.KindLot, v, c.Lot())
		}
		return format.NewObject(format.KindClass, v, "")
	case "00":
		return format.NewObject(format.KindSSCC, v, "")
	case "8003":
		return format.NewObject(format.KindGRAI, v[:14], v[14:])
	case "253":
		return format.NewObject(format.KindGDTI, v[:13], v[13:])
	case "8004", "8010":
		rest, ok := strings.CutPrefix(v, licence)
		if !ok {
			return format.Object{}, fault(fieldName(c.key), v, RulePrefixLength, "is not under the company prefix %s", licence)
		}
		if s := c.Qualifier("8011"); s != "" {
			rest += "." + s
		}
		kind := format.KindGIAI
		if c.key == "8010" {
			kind = format.KindCPID
		}
		return format.NewObject(kind, licence, rest)
	case "414", "415", "417":
		return format.Object{}, fault(fieldName(c.key), v, RuleLevel, "names a place or a party, not a thing")
	}
	primary, rest := v, []string{c.key}
	switch c.key {
	case "255":
		primary = v[:13]
		if len(v) > 13 {
			rest = append(rest, v[13:])
		}
	case "8006":
		primary = v[:14]
		rest = append(rest, v[14:])
	case "401", "8013":
		primary = c.PrefixDigits()
		rest = append(rest, v[len(primary):])
	}
	for _, q := range c.quals {
		if q.ai != "" {
			rest = append(rest, q.ai, q.value)
		}
	}
	return format.NewObject(format.KindOtherGS1, primary, strings.Join(rest, "/"))
}
