package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/suyuan-ledger/suyuan/verify"
)

func TestRecordsOfAVerifiedStory(t *testing.T) {
	at := func(s string) time.Time { v, _ := time.Parse(time.RFC3339, s); return v }
	body := func(time, step string) string {
		return `{"type":"ObjectEvent","eventTime":"` + time + `","action":"OBSERVE","epcList":["https://id.gs1.org/00/1"]` + step + `}`
	}
	f := &verify.Facts{
		Objects: []verify.ObjectFact{{Name: "00/1", Relation: verify.RelationSubject}, {Name: "00/2", Relation: verify.RelationContainer}},
		Events: []verify.EventFact{
			{Objects: []string{"00/1"}, Kind: 1, Name: "Late & Sons", Time: at("2026-11-03T00:00:00Z"), Body: body("2026-11-02T12:00:00Z", `,"bizStep":"shipping"`)},
			{Objects: []string{"00/2"}, Kind: 1, Name: "Evil\x1b[31m\nLtd", Time: at("2026-11-02T00:00:00Z"), Body: body("2026-11-01T12:00:00Z", ``)},
			{Objects: []string{"prefix 1"}, Kind: 3, Name: "Holder", Time: at("2026-11-04T00:00:00Z"), Body: body("2026-11-04T00:00:00Z", `,"bizStep":"holding"`)},
			{Objects: []string{"00/1"}, Kind: 1, Name: "Quiet", Time: at("2026-11-02T06:00:00Z")},
			{Objects: []string{"00/1"}, Kind: 7, Name: "Maker", Time: at("2026-11-01T00:00:00Z")},
		},
	}
	var out strings.Builder
	writeRecords(&out, f)
	assert.Equal(t, `  2026-11-01T00:00:00Z  a list of things  subject    by Maker        recorded 2026-11-01T00:00:00Z
  2026-11-01T12:00:00Z  ObjectEvent       container  by Evil[31mLtd  recorded 2026-11-02T00:00:00Z
  2026-11-02T06:00:00Z  content withheld  subject    by Quiet        recorded 2026-11-02T06:00:00Z
  2026-11-02T12:00:00Z  shipping          subject    by Late & Sons  recorded 2026-11-03T00:00:00Z
  2026-11-04T00:00:00Z  RECALL                       by Holder       recorded 2026-11-04T00:00:00Z
`, out.String())
}

func TestWhoHeldALicence(t *testing.T) {
	since := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	until := since.Add(24 * time.Hour)
	f := &verify.Facts{Parties: []verify.PartyFact{{Address: verify.Address{1}, Name: "Old\x1b[31m Orchard"}}}
	assert.Equal(t, "           under licence 9521202, held by Old[31m Orchard since 2026-11-02T00:00:00Z until 2026-11-03T00:00:00Z",
		holding(f, verify.LicenceFact{Licence: "9521202", Holder: verify.Address{1}, Since: since, Until: &until}))
	assert.Equal(t, "           under the catch-all licence of a test network, held by 0x0200000000000000000000000000000000000000 since 2026-11-02T00:00:00Z",
		holding(f, verify.LicenceFact{Holder: verify.Address{2}, Sandbox: true, Since: since}))
}
