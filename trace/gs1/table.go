package gs1

import (
	"fmt"
	"strconv"
	"strings"
)

// application describes one application identifier: what its value looks like and, for a primary key of a Digital Link,
// which qualifiers may follow it.
type application struct {
	ai    string
	name  string // for people; empty for plain attributes
	alias string // the alphabetic name that early Digital Links used in place of the number
	parts []part
	// key says that the AI is a primary key; sequences are the alternative, ordered lists of its qualifiers.
	key       bool
	sequences [][]string
	min, max  int
}

// part is one component of a value.
type part struct {
	set      byte // N digits, X character set 82, Y character set 39, Z base64url
	min, max int
	optional bool
	check    string // one of the checks in check.go, or ""
}

// The keys of GS1 that name things, and their qualifiers. Specifications are those of the GS1 General Specifications,
// written as the GS1 Barcode Syntax Dictionary writes them; a test compares the two.
var keyTable = []struct{ ai, name, alias, spec, sequences string }{
	{"00", "SSCC", "sscc", "N18,csum", ""},
	{"01", "GTIN", "gtin", "N14,csum", "22,10,21|235"},
	{"253", "GDTI", "gdti", "N13,csum [X..17]", ""},
	{"255", "GCN", "gcn", "N13,csum [N..12]", ""},
	{"401", "GINC", "ginc", "X..30", ""},
	{"402", "GSIN", "gsin", "N17,csum", ""},
	{"414", "GLN of a place", "gln", "N13,csum", "254|7040"},
	{"415", "GLN of an invoicing party", "payTo", "N13,csum", "8020"},
	{"417", "GLN of a party", "party", "N13,csum", "7040"},
	{"8003", "GRAI", "grai", "N1,zero N13,csum [X..16]", ""},
	{"8004", "GIAI", "giai", "X..30", "7040"},
	{"8006", "ITIP", "itip", "N14,csum N4,pieceoftotal", "22,10,21"},
	{"8010", "CPID", "cpid", "Y..30", "8011"},
	{"8013", "GMN", "gmn", "X..25,csumalpha", ""},
	{"8017", "GSRN of a provider", "gsrnp", "N18,csum", "8019"},
	{"8018", "GSRN of a recipient", "gsrn", "N18,csum", "8019"},
}

var qualifierTable = []struct{ ai, name, alias, spec string }{
	{"10", "batch or lot", "lot", "X..20"},
	{"21", "serial", "ser", "X..20"},
	{"22", "consumer product variant", "cpv", "X..20"},
	{"235", "third party serial", "tpx", "X..28"},
	{"254", "GLN extension", "glnx", "X..20"},
	{"7040", "importer index", "uic", "N1 X1 X1 X1"},
	{"8011", "CPID serial", "cpsn", "N..12,nozeroprefix"},
	{"8019", "service relation instance", "srin", "N..10"},
	{"8020", "payment reference", "refno", "X..25"},
}

// Every other application identifier, by the shape of its value. Only dates are checked further: these values are shown
// and compared, they name nothing.
var attributeTable = []struct{ spec, ais string }{
	{"N14,csum", "02 03"},
	{"N13,csum", "410 411 412 413 416"},
	{"N6,yymmd0", "11 12 13 15 16 17"},
	{"N6,yymmdd", "4326 7006"},
	{"N6,yymmdd [N6],yymmdd", "7007"},
	{"N6,yymmdd N4", "7003"},
	{"N6,yymmdd [N4]", "7011"},
	{"N6,yymmd0 N4", "4324 4325"},
	{"N6,yymmdd N2 [N2] [N2]", "8008"},
	{"N14,csum N4,pieceoftotal", "8026"},
	{"N8", "7250"},
	{"N8 N4", "7251"},
	{"N1", "4321 4322 4323 7252"},
	{"N2", "20 7241"},
	{"N3", "422 424 426"},
	{"N3 [N3] [N3] [N3] [N3]", "423 425"},
	{"N4", "3940-3943 8111"},
	{"N..4", "7004"},
	{"N..6", "242"},
	{"N..8", "30 37"},
	{"N13", "7001"},
	{"N15", "8040 8041"},
	{"N32", "8042"},
	{"N18 [N..2]", "8043"},
	{"N10 N10", "4309"},
	{"N4 N5 N3 N1 N1", "8001"},
	{"N6", "3100-3105 3110-3115 3120-3125 3130-3135 3140-3145 3150-3155 3160-3165 3200-3205 3210-3215 3220-3225 " +
		"3230-3235 3240-3245 3250-3255 3260-3265 3270-3275 3280-3285 3290-3295 3300-3305 3310-3315 3320-3325 " +
		"3330-3335 3340-3345 3350-3355 3360-3365 3370-3375 3400-3405 3410-3415 3420-3425 3430-3435 3440-3445 " +
		"3450-3455 3460-3465 3470-3475 3480-3485 3490-3495 3500-3505 3510-3515 3520-3525 3530-3535 3540-3545 " +
		"3550-3555 3560-3565 3570-3575 3600-3605 3610-3615 3620-3625 3630-3635 3640-3645 3650-3655 3660-3665 " +
		"3670-3675 3680-3685 3690-3695 3950-3955 8005"},
	{"N6 [X1]", "4330-4333"},
	{"N..15", "3900-3909 3920-3929"},
	{"N3 N..15", "3910-3919 3930-3939"},
	{"N3 X..9", "421"},
	{"N3 X..27", "7030-7039"},
	{"X2", "4307 4317"},
	{"X2 X..28", "7230-7239"},
	{"X3", "7258"},
	{"X..2", "7010"},
	{"X..3", "427 7008"},
	{"X..4", "7041"},
	{"X..10", "7009 7255"},
	{"X..12", "7005"},
	{"X..20", "243 420 4318 7020 7021 7022 710-717 7240 8002 8012"},
	{"X..25", "7242"},
	{"X..25,csumalpha", "8014"},
	{"X..30", "240 241 250 251 400 403 4308 4319 7002 7023 90"},
	{"X..34", "8007"},
	{"X..35", "4300 4301 4310 4311 4320"},
	{"X..40", "7253 7254 7259"},
	{"X..50", "8009"},
	{"X..70", "4302-4306 4312-4316 7257 8110 8112 8200"},
	{"X..90", "7256 91-99"},
	{"Z..90", "8030"},
}

var (
	applications = map[string]*application{}
	aliases      = map[string]string{}
)

func init() {
	add := func(a *application, spec string) {
		a.parts = parseSpec(spec)
		for _, p := range a.parts {
			if !p.optional {
				a.min += p.min
			}
			a.max += p.max
		}
		applications[a.ai] = a
		if a.alias != "" {
			aliases[a.alias] = a.ai
		}
	}
	for _, k := range keyTable {
		a := &application{ai: k.ai, name: k.name, alias: k.alias, key: true}
		if k.sequences != "" {
			for _, s := range strings.Split(k.sequences, "|") {
				a.sequences = append(a.sequences, strings.Split(s, ","))
			}
		}
		add(a, k.spec)
	}
	for _, q := range qualifierTable {
		add(&application{ai: q.ai, name: q.name, alias: q.alias}, q.spec)
	}
	for _, row := range attributeTable {
		for _, ai := range expandAIs(row.ais) {
			add(&application{ai: ai}, row.spec)
		}
	}
}

// expandAIs turns "11 410-413" into single application identifiers.
func expandAIs(list string) (out []string) {
	for _, f := range strings.Fields(list) {
		from, to, isRange := strings.Cut(f, "-")
		if !isRange {
			out = append(out, f)
			continue
		}
		lo, _ := strconv.Atoi(from)
		hi, _ := strconv.Atoi(to)
		for n := lo; n <= hi; n++ {
			out = append(out, fmt.Sprintf("%0*d", len(from), n))
		}
	}
	return out
}

// parseSpec reads "N13,csum [X..17]". It panics on a bad row of the tables above.
func parseSpec(spec string) (parts []part) {
	for _, f := range strings.Fields(spec) {
		shape, check, _ := strings.Cut(f, ",")
		p := part{check: check}
		if strings.HasPrefix(shape, "[") {
			p.optional = true
			shape = strings.Trim(shape, "[]")
		}
		p.set = shape[0]
		length, variable := strings.CutPrefix(shape[1:], "..")
		n, err := strconv.Atoi(length)
		if err != nil {
			panic("gs1: bad specification " + spec)
		}
		p.min, p.max = n, n
		if variable {
			p.min = 1
		}
		parts = append(parts, p)
	}
	return parts
}

// fieldName is how errors call an application identifier.
func fieldName(ai string) string {
	if a := applications[ai]; a != nil && a.name != "" {
		return a.name + " (" + ai + ")"
	}
	return "(" + ai + ")"
}
