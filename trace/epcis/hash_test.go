package epcis_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

func TestCanonicalNumber(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"26.0": "26", "026.10": "26.1", "+5": "5", "-0.0": "0", "0.00005": "5e-05", "0.0001": "0.0001", "1e3": "1000",
		"2024_01": "202401", "12345678901234567890": "12345678901234567168", ".5": "0.5", "5.": "5", "1e400": "1e400",
		"nan": "nan", "inf": "inf", "0x10": "0x10", "1__0": "1__0", "12 ": "12 ", "": "", "L1": "L1", "2019-10-21": "2019-10-21",
	} {
		assert.Equal(t, want, epcis.CanonicalNumber(in), in)
	}
}

func TestCanonicalTime(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2026-01-01T00:00:00Z":              "2026-01-01T00:00:00.000Z",
		"2026-01-01T00:00:00.1415+01:00":    "2025-12-31T23:00:00.142Z",
		"2026-01-01T00:00:00.1425Z":         "2026-01-01T00:00:00.142Z",
		"2026-01-01T00:00:00.1425001Z":      "2026-01-01T00:00:00.142Z",
		"2026-01-01T00:00:00.142501Z":       "2026-01-01T00:00:00.143Z",
		"2026-12-31T23:59:59.9999Z":         "2027-01-01T00:00:00.000Z",
		"2026-01-01T00:00:00.123456789012Z": "2026-01-01T00:00:00.123Z",
	} {
		assert.Equal(t, want, epcis.CanonicalTime(in), in)
	}
}

func TestCanonicalURI(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://id.gs1.de/01/04012345999990/21/XYZ-1234":             "https://id.gs1.org/01/04012345999990/21/XYZ-1234",
		"https://example.com/gtin/09780345418913/21/765tz?abc=211121": "https://id.gs1.org/01/09780345418913/21/765tz",
		"https://example.com/x/01/9780345418913/22/V/10/L/21/S":       "https://id.gs1.org/01/09780345418913/21/S",
		"https://id.gs1.org/01/09780345418913/22/V":                   "https://id.gs1.org/01/09780345418913",
		"https://id.example.com/8003/030013450007718765":              "https://id.gs1.org/8003/030013450007718765",
		"https://example.com/253/4012345000054987":                    "https://id.gs1.org/253/4012345000054987",
		"https://id.gs1.de/8010/4012345ABC/8011/123":                  "https://id.gs1.org/8010/4012345ABC/8011/123",
		"urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()":      "https://id.gs1.org/01/80614141123458/21/6789%2F%26%25%22%21%3F%28%29",
		"urn:epc:id:gdti:987659999999..9":                             "https://id.gs1.org/253/98765999999929",
		"https://id.gs1.org/01/09780345418913/21/a%2Fb":               "",
		"https://example.com/po/12345678":                             "",
		"urn:epcglobal:cbv:bt:5200001000008:4711":                     "",
		"https://www.ncbi.nlm.nih.gov/taxonomy/1126011":               "",
		"urn:epc:id:sgtin:4012345.01.9":                               "",
	} {
		got, ok := epcis.CanonicalURI(in)
		assert.Equal(t, want, got, in)
		assert.Equal(t, want != "", ok, in)
	}
}
