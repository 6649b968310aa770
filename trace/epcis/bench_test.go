package epcis_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

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

// measure reports events/s and, for machines that others use too, processor time per event (garbage collection included).
func measure(b *testing.B, work func()) {
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		work()
	}
	events := float64(benchEvents * b.N)
	b.ReportMetric(events/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/1e3/events, "CPU-us/event")
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkValidate(b *testing.B) {
	data := benchDocument(benchEvents)
	b.SetBytes(int64(len(data)))
	measure(b, func() {
		if _, err := epcis.Parse(data); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	doc, err := epcis.Parse(benchDocument(benchEvents))
	if err != nil {
		b.Fatal(err)
	}
	measure(b, func() {
		for _, e := range doc.Events {
			epcis.HashAgain(e)
		}
	})
}

// BenchmarkCapture is all that capture does with an event before it is signed: parse, validate, hash, body, commitment,
// objects.
func BenchmarkCapture(b *testing.B) {
	data := benchDocument(benchEvents)
	measure(b, func() {
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
	})
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
	packed := 0
	measure(b, func() {
		p, err := epcis.EncodePayload(bodies)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := epcis.DecodePayload(p); err != nil {
			b.Fatal(err)
		}
		packed = len(p)
	})
	b.ReportMetric(float64(packed)/benchEvents, "B/event-packed")
	b.ReportMetric(float64(size)/benchEvents, "B/event-plain")
}
