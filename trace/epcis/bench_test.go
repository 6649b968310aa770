package epcis_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// benchDocument is n shipping events of some 700 bytes with two units each.
func benchDocument(n int) []byte {
	var events []string
	for i := range n {
		events = append(events, fmt.Sprintf(`{"type":"ObjectEvent","eventTime":"2026-07-22T06:45:%02d.000+08:00","eventTimeZoneOffset":"+08:00",
			"epcList":["https://id.gs1.org/01/09521141012345/21/%d","urn:epc:id:sgtin:4012345.012345.%d"],"action":"OBSERVE","bizStep":"shipping",
			"disposition":"in_transit","readPoint":{"id":"urn:epc:id:sgln:4012345.00011.987"},"bizLocation":{"id":"https://id.gs1.org/414/4012345000115"},
			"bizTransactionList":[{"type":"po","bizTransaction":"http://transaction.acme.com/po/%d"}],
			"sourceList":[{"type":"owning_party","source":"urn:epc:id:pgln:4012345.00225"}],
			"destinationList":[{"type":"owning_party","destination":"urn:epc:id:pgln:0614141.00777"}],"ext:carrier":"Cold & Fast","ext:truck":%d}`,
			i%60, i, i, i, i))
	}
	return []byte(`{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"ext":"https://example.com/epcis/"}],"type":"EPCISDocument",
		"schemaVersion":"2.0","creationDate":"2026-07-22T06:45:00Z","epcisBody":{"eventList":[` + strings.Join(events, ",") + `]}}`)
}

const benchEvents = 100

func report(b *testing.B) {
	b.ReportMetric(float64(benchEvents*b.N)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkValidate(b *testing.B) {
	data := benchDocument(benchEvents)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := epcis.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
	report(b)
}

func BenchmarkHash(b *testing.B) {
	doc, err := epcis.Parse(benchDocument(benchEvents))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range doc.Events {
			e.HashID()
		}
	}
	report(b)
}

// BenchmarkCapture is all that capture does with an event before it is signed: parse, validate, hash, body, commitment,
// objects.
func BenchmarkCapture(b *testing.B) {
	data := benchDocument(benchEvents)
	b.ReportAllocs()
	for b.Loop() {
		doc, err := epcis.Parse(data)
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range doc.Events {
			e.HashID()
			epcis.Commitment(e.Body())
			for _, o := range e.Objects() {
				if _, err := o.ID.Object(""); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	report(b)
}

func BenchmarkPayload(b *testing.B) {
	doc, err := epcis.Parse(benchDocument(benchEvents))
	if err != nil {
		b.Fatal(err)
	}
	var bodies [][]byte
	size := 0
	for _, e := range doc.Events {
		bodies = append(bodies, e.Body())
		size += len(e.Body())
	}
	b.ReportAllocs()
	packed := 0
	for b.Loop() {
		p, err := epcis.EncodePayload(bodies)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := epcis.DecodePayload(p); err != nil {
			b.Fatal(err)
		}
		packed = len(p)
	}
	report(b)
	b.ReportMetric(float64(packed)/benchEvents, "B/event-packed")
	b.ReportMetric(float64(size)/benchEvents, "B/event-plain")
}
