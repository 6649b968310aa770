package gs1_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"instance":                {"https://id.gs1.org/01/09521141012345/21/2017", "https://id.gs1.org/01/09521141012345/21/2017"},
		"any host, stem, query":   {"https://brand.example:8443/qr/x/01/9521141012345/21/2017?17=261231#f", "https://id.gs1.org/01/09521141012345/21/2017"},
		"plain http":              {"http://brand.example/01/09521141012345", "https://id.gs1.org/01/09521141012345"},
		"finest level":            {"https://id.gs1.org/01/09521141012345/22/V/10/L1/21/S1", "https://id.gs1.org/01/09521141012345/21/S1"},
		"lot":                     {"https://id.gs1.org/01/09521141012345/22/V/10/L1", "https://id.gs1.org/01/09521141012345/10/L1"},
		"variant is no level":     {"https://id.gs1.org/01/09521141012345/22/V", "https://id.gs1.org/01/09521141012345"},
		"old names":               {"https://id.gs1.org/gtin/09521141012345/ser/S", "https://id.gs1.org/01/09521141012345/21/S"},
		"percent encoding":        {"https://id.gs1.org/01/09521141012345/21/a%2Fb%25", "https://id.gs1.org/01/09521141012345/21/a%2Fb%25"},
		"needless encoding":       {"https://id.gs1.org/01/09521141012345/21/%41b", "https://id.gs1.org/01/09521141012345/21/Ab"},
		"sscc":                    {"https://id.gs1.de/00/040123451111111110", "https://id.gs1.org/00/040123451111111110"},
		"grai":                    {"https://id.example.com/8003/030013450007768765", "https://id.gs1.org/8003/030013450007768765"},
		"grai off GS1, bad check": {"https://id.example.com/8003/030013450007718765", "https://id.example.com/8003/030013450007718765"},
		"gln with extension":      {"https://id.gs1.org/414/4012345000115/254/987", "https://id.gs1.org/414/4012345000115/254/987"},
		"urn sgtin":               {"urn:epc:id:sgtin:4012345.012345.12", "https://id.gs1.org/01/04012345123456/21/12"},
		"urn sscc":                {"urn:epc:id:sscc:4012345.0000000333", "https://id.gs1.org/00/040123450000003338"},
		"urn sgln":                {"urn:epc:id:sgln:4012345.00011.987", "https://id.gs1.org/414/4012345000115/254/987"},
		"urn sgln without ext":    {"urn:epc:id:sgln:4012345.00011.0", "https://id.gs1.org/414/4012345000115"},
		"urn sgln, 12 digits":     {"urn:epc:id:sgln:401234500011..0", "https://id.gs1.org/414/4012345000115"},
		"urn grai":                {"urn:epc:id:grai:4012345.66666.87", "https://id.gs1.org/8003/0401234566666387"},
		"urn giai":                {"urn:epc:id:giai:4012345.AAbb", "https://id.gs1.org/8004/4012345AAbb"},
		"urn gsrn":                {"urn:epc:id:gsrn:4012345.9876540000", "https://id.gs1.org/8018/401234598765400000"},
		"urn gsrnp":               {"urn:epc:id:gsrnp:4012345.0000098765", "https://id.gs1.org/8017/401234500000987658"},
		"urn gdti":                {"urn:epc:id:gdti:4012345.55555.98", "https://id.gs1.org/253/401234555555498"},
		"urn cpi":                 {"urn:epc:id:cpi:4012345.ABC.123", "https://id.gs1.org/8010/4012345ABC/8011/123"},
		"urn sgcn":                {"urn:epc:id:sgcn:4012345.99999.44", "https://id.gs1.org/255/401234599999044"},
		"urn ginc":                {"urn:epc:id:ginc:4012345.333", "https://id.gs1.org/401/4012345333"},
		"urn gsin":                {"urn:epc:id:gsin:4012345.999987654", "https://id.gs1.org/402/40123459999876541"},
		"urn itip":                {"urn:epc:id:itip:4012345.012345.01.02.999", "https://id.gs1.org/8006/040123451234560102/21/999"},
		"urn upui":                {"urn:epc:id:upui:4012345.012345.AB12", "https://id.gs1.org/01/04012345123456/235/AB12"},
		"urn pgln":                {"urn:epc:id:pgln:4012345.00225", "https://id.gs1.org/417/4012345002256"},
		"urn lgtin":               {"urn:epc:class:lgtin:4054739.099914.20160711", "https://id.gs1.org/01/04054739999148/10/20160711"},
		"idpat sgtin":             {"urn:epc:idpat:sgtin:4054739.099914.*", "https://id.gs1.org/01/04054739999148"},
		"idpat grai":              {"urn:epc:idpat:grai:4012345.66666.*", "https://id.gs1.org/8003/04012345666663"},
		"idpat itip":              {"urn:epc:idpat:itip:4012345.012345.01.02.*", "https://id.gs1.org/8006/040123451234560102"},
		"idpat cpi":               {"urn:epc:idpat:cpi:4012345.ABC.*", "https://id.gs1.org/8010/4012345ABC"},
		"urn serial with escapes": {"urn:epc:id:sgtin:4012345.012345.a%2Fb", "https://id.gs1.org/01/04012345123456/21/a%2Fb"},
		"foreign scheme":          {"urn:epc:id:usdod:CAGEY.5678", "urn:epc:id:usdod:CAGEY.5678"},
		"uuid":                    {"urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8", "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"},
		"jaif":                    {"urn:jaif:id:obj:37SUN321456A111222AB+123456", "urn:jaif:id:obj:37SUN321456A111222AB+123456"},
		"web page":                {"https://example.org/products/77", "https://example.org/products/77"},
		"a 01 that is no key":     {"https://example.org/2024/01/story", "https://example.org/2024/01/story"},
		"gmn":                     {"https://id.gs1.org/8013/1987654Ad4X4bL5ttr2310c2K", "https://id.gs1.org/8013/1987654Ad4X4bL5ttr2310c2K"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, err := gs1.Parse(tt.in)
			require.NoError(t, err)
			assert.Equal(t, tt.want, id.String())
			again, err := gs1.Parse(id.String())
			require.NoError(t, err)
			assert.Equal(t, id.Canonical(), again)
		})
	}
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, rule, want string }{
		"check digit":         {"https://id.gs1.org/01/09521141012346/21/1", gs1.RuleCheckDigit, `GTIN (01) "09521141012346": check digit 6, expected 5`},
		"grai check digit":    {"https://id.gs1.org/8003/030013450007718765", gs1.RuleCheckDigit, ""},
		"sscc check digit":    {"https://id.gs1.org/00/040123451111111111", gs1.RuleCheckDigit, `SSCC (00) "040123451111111111": check digit 1, expected 0`},
		"length":              {"https://id.gs1.org/01/0952114101234", gs1.RuleCheckDigit, ""},
		"length 11":           {"https://id.gs1.org/01/09521141012", gs1.RuleLength, `GTIN (01) "09521141012": has 11 characters, needs 8, 12, 13 or 14`},
		"letters":             {"https://id.gs1.org/01/0952114101234X", gs1.RuleCharset, ""},
		"qualifier order":     {"https://id.gs1.org/01/09521141012345/21/S/10/L", gs1.RuleQualifier, `GTIN (01) "21,10": takes the qualifiers 22,10,21 or 235, in this order`},
		"mixed sequences":     {"https://id.gs1.org/01/09521141012345/10/L/235/T", gs1.RuleQualifier, ""},
		"no qualifiers":       {"https://id.gs1.org/00/040123451111111110/21/S", gs1.RuleQualifier, `SSCC (00) "21": takes no qualifiers`},
		"qualifier alone":     {"https://id.gs1.org/01/09521141012345/21", gs1.RuleSyntax, ""},
		"serial too long":     {"https://id.gs1.org/01/09521141012345/21/123456789012345678901", gs1.RuleLength, ""},
		"serial with a space": {"https://id.gs1.org/01/09521141012345/21/a%20b", gs1.RuleCharset, ""},
		"bad encoding":        {"https://id.gs1.org/01/09521141012345/21/a%2", gs1.RuleEncoding, ""},
		"unknown scheme":      {"urn:epc:id:sgtinn:4012345.012345.12", gs1.RuleUnknownKey, ""},
		"short prefix":        {"urn:epc:id:sgtin:40123.01234567.12", gs1.RulePrefixLength, ""},
		"short reference":     {"urn:epc:id:sgtin:4012345.01234.12", gs1.RuleLength, ""},
		"missing serial":      {"urn:epc:id:sgtin:4012345.012345", gs1.RuleSyntax, ""},
		"pattern too wide":    {"urn:epc:idpat:sgtin:4012345.*.*", gs1.RuleLength, ""},
		"piece of total":      {"https://id.gs1.org/8006/040123451234560302", gs1.RuleValue, ""},
		"gmn check":           {"https://id.gs1.org/8013/1987654Ad4X4bL5ttr2310c2L", gs1.RuleCheckDigit, ""},
		"key GS1 hasn't":      {"https://id.gs1.org/products/77", gs1.RuleUnknownKey, ""},
		"urn, raw slash":      {"urn:epc:id:sgtin:4012345.012345.a/b", gs1.RuleCharset, ""},
		"no uri":              {"transforming", gs1.RuleSyntax, ""},
		"uri that turns":      {"urn:example:\u202ea", gs1.RuleCharset, ""},
		"uri with a space":    {"http://example.org/a b", gs1.RuleCharset, ""},
		"giai without prefix": {"https://id.gs1.org/8004/ABC", gs1.RulePrefixLength, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := gs1.Parse(tt.in)
			var e *gs1.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, tt.rule, e.Rule, e.Error())
			if tt.want != "" {
				assert.Equal(t, tt.want, e.Error())
			}
		})
	}
}

func TestURNRoundTrip(t *testing.T) {
	t.Parallel()
	for _, urn := range []string{
		"urn:epc:id:sgtin:4012345.012345.12", "urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()",
		"urn:epc:id:sgtin:952001.1012345.22222223333", "urn:epc:id:sgtin:415056789012.0.987654", "urn:epc:id:sscc:4012345.3111111111",
		"urn:epc:id:sgln:4012345.00005.122", "urn:epc:id:sgln:4012345.00005.0", "urn:epc:id:sgln:401234500011..0",
		"urn:epc:id:grai:4012345.00022.334455", "urn:epc:id:giai:4012345.ABC345", "urn:epc:id:gsrn:4012345.0000006765",
		"urn:epc:id:gsrnp:4012345.0000000007", "urn:epc:id:gdti:4012345.00009.PO-4711", "urn:epc:id:gdti:987659999999..9",
		"urn:epc:id:cpi:0614141.11111111111111-A%23%2F.1234", "urn:epc:id:sgcn:4012345.99999.44", "urn:epc:id:ginc:0614141.xyz47%2F11",
		"urn:epc:id:gsin:4012345.222333444", "urn:epc:id:itip:4012345.011111.01.02.987",
		"urn:epc:id:upui:1234567.098765.51qIgY)%3C%26Jp3*j7'SDB", "urn:epc:id:pgln:4000001.00000", "urn:epc:id:pgln:999999999999.",
		"urn:epc:class:lgtin:4012345.012345.Lot987", "urn:epc:idpat:sgtin:4012345.099914.*", "urn:epc:idpat:grai:4012345.66666.*",
		"urn:epc:idpat:gdti:4012345.55555.*", "urn:epc:idpat:sgcn:4012345.99999.*", "urn:epc:idpat:cpi:4012345.ABC.*",
		"urn:epc:idpat:itip:4012345.012345.01.02.*", "urn:epc:id:usdod:CAGEY.5678",
	} {
		id, n, err := gs1.ParseURN(urn)
		require.NoError(t, err, urn)
		link, err := gs1.Parse(id.String())
		require.NoError(t, err, urn)
		assert.Equal(t, id, link, urn)
		back, err := link.URN(n)
		require.NoError(t, err, urn)
		assert.Equal(t, urn, back)
	}
}

func TestLevelsAndClasses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		level  gs1.Level
		class  string
		prefix string
	}{
		"https://id.gs1.org/01/09521141012345/21/1":     {gs1.LevelInstance, "https://id.gs1.org/01/09521141012345", "952114101234"},
		"https://id.gs1.org/01/09521141012345/10/1":     {gs1.LevelLot, "https://id.gs1.org/01/09521141012345", "952114101234"},
		"https://id.gs1.org/01/09521141012345/22/V":     {gs1.LevelClass, "", "952114101234"},
		"https://id.gs1.org/01/09521141012345/235/T":    {gs1.LevelInstance, "https://id.gs1.org/01/09521141012345", "952114101234"},
		"https://id.gs1.org/00/040123450000003338":      {gs1.LevelInstance, "", "4012345000000333"},
		"urn:epc:id:grai:4012345.66666.87":              {gs1.LevelInstance, "https://id.gs1.org/8003/04012345666663", "401234566666"},
		"https://id.gs1.org/8003/04012345666663":        {gs1.LevelClass, "", "401234566666"},
		"urn:epc:id:giai:4012345.AAbb":                  {gs1.LevelInstance, "", "4012345"},
		"urn:epc:id:cpi:4012345.ABC.123":                {gs1.LevelInstance, "https://id.gs1.org/8010/4012345ABC", "4012345"},
		"urn:epc:id:gdti:4012345.55555.98":              {gs1.LevelInstance, "https://id.gs1.org/253/4012345555554", "401234555555"},
		"urn:epc:id:itip:4012345.012345.01.02.999":      {gs1.LevelInstance, "https://id.gs1.org/01/04012345123456", "401234512345"},
		"urn:epc:id:sgln:4012345.00011.0":               {gs1.LevelPlace, "", "401234500011"},
		"urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8": {gs1.LevelInstance, "", ""},
		"urn:epc:id:gsrn:4012345.9876540000":            {gs1.LevelInstance, "", "40123459876540000"},
	}
	for in, tt := range tests {
		id, err := gs1.Parse(in)
		require.NoError(t, err, in)
		assert.Equal(t, tt.level, id.Level(), in)
		class, ok := id.Class()
		assert.Equal(t, tt.class != "", ok, in)
		assert.Equal(t, tt.class, class.String(), in)
		assert.Equal(t, tt.prefix, id.PrefixDigits(), in)
	}
	id, err := gs1.Parse("https://id.gs1.org/01/09521141012345/10/L/21/S")
	require.NoError(t, err)
	assert.Equal(t, "L", id.Lot(), "the link's own lot is kept beside the serial")
	assert.Equal(t, "/01/09521141012345/21/S", id.Path())
	assert.Equal(t, "/01/09521141012345/10/L/21/S", id.FullPath())
	assert.Equal(t, "(01)09521141012345(10)L(21)S", id.ElementString())
	assert.Equal(t, "https://id.gs1.org/01/09521141012345/10/L2", id.WithLot("L2").String())
	assert.True(t, id.WithLot("no spaces").IsZero())
}

func TestObjects(t *testing.T) {
	t.Parallel()
	pad := func(s string) (h format.Hash) { copy(h[:], s); return h }
	hash := func(s string) format.Hash { return format.Keccak([]byte(s)) }
	var none format.Hash
	tests := map[string]struct {
		in, licence string
		want        format.Object
	}{
		"instance":        {"https://b.example/01/9521141012345/10/L/21/a%2Fb", "", format.Object{Kind: 1, Primary: pad("09521141012345"), Suffix: hash("a/b")}},
		"instance, urn":   {"urn:epc:id:sgtin:952114.1012345.a%2Fb", "", format.Object{Kind: 1, Primary: pad("19521140123452"), Suffix: hash("a/b")}},
		"lot":             {"https://id.gs1.org/01/09521141012345/10/L", "", format.Object{Kind: 2, Primary: pad("09521141012345"), Suffix: hash("L")}},
		"class":           {"https://id.gs1.org/01/09521141012345/22/V", "", format.Object{Kind: 3, Primary: pad("09521141012345"), Suffix: none}},
		"sscc":            {"urn:epc:id:sscc:4012345.0000000333", "", format.Object{Kind: 4, Primary: pad("040123450000003338"), Suffix: none}},
		"grai":            {"urn:epc:id:grai:4012345.66666.87", "", format.Object{Kind: 5, Primary: pad("04012345666663"), Suffix: hash("87")}},
		"giai":            {"urn:epc:id:giai:4012345.AAbb", "4012345", format.Object{Kind: 6, Primary: pad("4012345"), Suffix: hash("AAbb")}},
		"giai, catch-all": {"urn:epc:id:giai:4012345.AAbb", "", format.Object{Kind: 6, Suffix: hash("4012345AAbb")}},
		"cpid":            {"urn:epc:id:cpi:4012345.ABC.123", "4012345", format.Object{Kind: 7, Primary: pad("4012345"), Suffix: hash("ABC.123")}},
		"gdti":            {"urn:epc:id:gdti:4012345.55555.98", "", format.Object{Kind: 8, Primary: pad("4012345555554"), Suffix: hash("98")}},
		"gsrn":            {"urn:epc:id:gsrn:4012345.9876540000", "", format.Object{Kind: 9, Primary: pad("401234598765400000"), Suffix: hash("8018")}},
		"gsrnp":           {"urn:epc:id:gsrnp:4012345.9876540000", "", format.Object{Kind: 9, Primary: pad("401234598765400000"), Suffix: hash("8017")}},
		"upui":            {"urn:epc:id:upui:4012345.012345.AB12", "", format.Object{Kind: 9, Primary: pad("04012345123456"), Suffix: hash("235/AB12")}},
		"itip":            {"urn:epc:id:itip:4012345.012345.01.02.999", "", format.Object{Kind: 9, Primary: pad("04012345123456"), Suffix: hash("8006/0102/21/999")}},
		"ginc":            {"urn:epc:id:ginc:0614141.xyz47%2F11", "", format.Object{Kind: 9, Primary: pad("0614141"), Suffix: hash("401/xyz47/11")}},
		"uri, licensed":   {"https://example.org/p/77", "https://example.org/", format.Object{Kind: 20, Primary: hash("https://example.org/"), Suffix: hash("p/77")}},
		"uri, catch-all":  {"https://example.org/p/77", "", format.Object{Kind: 20, Primary: hash(""), Suffix: hash("https://example.org/p/77")}},
	}
	for name, tt := range tests {
		id, err := gs1.Parse(tt.in)
		require.NoError(t, err, name)
		got, err := id.Object(tt.licence)
		require.NoError(t, err, name)
		assert.Equal(t, tt.want, got, name)
	}
	for in, licence := range map[string]string{
		"urn:epc:id:sgln:4012345.00011.0": "", "urn:epc:id:giai:4012345.AAbb": "40123456", "https://example.org/p": "https://example.com/",
	} {
		id, err := gs1.Parse(in)
		require.NoError(t, err)
		_, err = id.Object(licence)
		assert.Error(t, err, in)
	}
}

func TestParseInput(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in, want string
		attrs    []gs1.Attribute
	}{
		"gtin-13":       {" 9521141012345 ", "https://id.gs1.org/01/09521141012345", nil},
		"gtin-13 typed": {"9 521141 012345", "https://id.gs1.org/01/09521141012345", nil},
		"gtin-8":        {"96385074", "https://id.gs1.org/01/00000096385074", nil},
		"sscc":          {"040123450000003338", "https://id.gs1.org/00/040123450000003338", nil},
		"element string": {"(01)09521141012345(17)261231(10)L(1)(21)S", "https://id.gs1.org/01/09521141012345/21/S",
			[]gs1.Attribute{{AI: "17", Value: "261231"}}},
		"element string, serial first": {"(21)S(01)09521141012345", "https://id.gs1.org/01/09521141012345/21/S", nil},
		"path":                         {"/01/09521141012345/10/L?17=261231&linkType=x&15=269999", "https://id.gs1.org/01/09521141012345/10/L", []gs1.Attribute{{AI: "17", Value: "261231"}}},
		"link":                         {"https://b.example/01/09521141012345?3103=000750", "https://id.gs1.org/01/09521141012345", []gs1.Attribute{{AI: "3103", Value: "000750"}}},
		"urn":                          {"urn:epc:id:sgtin:4012345.012345.12", "https://id.gs1.org/01/04012345123456/21/12", nil},
	}
	for name, tt := range tests {
		id, attrs, err := gs1.ParseInput(tt.in)
		require.NoError(t, err, name)
		assert.Equal(t, tt.want, id.String(), name)
		assert.ElementsMatch(t, tt.attrs, attrs, name)
	}
	for name, in := range map[string]string{
		"empty": " ", "eleven digits": "12345678901", "check digit": "9521141012346", "words": "orange juice", "bracket": "(01", "no key": "(10)L",
		"unknown AI": "(01)09521141012345(9999)x", "twice": "(01)09521141012345(21)a(21)b", "path": "/about",
	} {
		_, _, err := gs1.ParseInput(in)
		assert.Error(t, err, name)
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 7, 22, 0, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{"261231": "2026-12-31", "270200": "2027-02-28", "280200": "2028-02-29", "990101": "1999-01-01",
		"760101": "2076-01-01", "770101": "1977-01-01", "261301": "", "260230": "", "26123": ""} {
		got, ok := gs1.Date(in, now)
		assert.Equal(t, want != "", ok, in)
		if ok {
			assert.Equal(t, want, got.Format(time.DateOnly), in)
		}
	}
}
