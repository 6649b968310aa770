package gs1_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
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
		"no uri":              {"transforming", gs1.RuleSyntax, ""},
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
