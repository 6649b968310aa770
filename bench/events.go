package bench

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// Identifiers of GS1's prefix 952, which is set aside for examples. Nobody registers it on a throw-away
// network, so they fall under the sandbox.
const (
	gtin     = "09521234543213"
	location = "9521234543206"
)

// generator makes EPCIS documents as a packing line would send them: object events of about 1 kB, each about
// serial numbers that no other event has. It is for one goroutine.
type generator struct {
	events, objects int
	rng             *rand.Rand
	buf             []byte
	line            int
}

func newGenerator(events, objects int, seed uint64) *generator {
	return &generator{events: events, objects: objects, rng: rand.New(rand.NewPCG(seed, 0x5355_5955_414e))}
}

// document is a new document; at is the time its events happened. The caller owns the bytes.
func (g *generator) document(at time.Time) []byte {
	stamp := at.UTC().Format("2006-01-02T15:04:05.000Z")
	g.buf = fmt.Appendf(g.buf[:0], `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument",`+
		`"schemaVersion":"2.0","creationDate":"%s","epcisBody":{"eventList":[`, stamp)
	for i := range g.events {
		if i > 0 {
			g.buf = append(g.buf, ',')
		}
		g.event(stamp)
	}
	g.buf = append(g.buf, "]}}"...)
	return append([]byte(nil), g.buf...)
}

// event appends one event. Serial numbers are 64 random bits; readings, order and line differ from event to event.
func (g *generator) event(stamp string) {
	g.line++
	g.buf = fmt.Appendf(g.buf, `{"type":"ObjectEvent","eventTime":"%s","eventTimeZoneOffset":"+08:00","epcList":[`, stamp)
	for i := range g.objects {
		if i > 0 {
			g.buf = append(g.buf, ',')
		}
		g.buf = append(g.buf, `"https://id.gs1.org/01/`+gtin+`/21/`...)
		g.buf = append(g.buf, g.serial()...)
		g.buf = append(g.buf, '"')
	}
	g.buf = fmt.Appendf(g.buf, `],"action":"ADD","bizStep":"commissioning","disposition":"active",`+
		`"readPoint":{"id":"https://id.gs1.org/414/%s/254/line-%d"},"bizLocation":{"id":"https://id.gs1.org/414/%s"},`+
		`"bizTransactionList":[{"type":"prodorder","bizTransaction":"urn:epcglobal:cbv:bt:%s:PO-%d"},`+
		`{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:%s:%d"}],`+
		`"sourceList":[{"type":"owning_party","source":"https://id.gs1.org/417/%s"}],`+
		`"sensorElementList":[{"sensorMetadata":{"time":"%s","deviceID":"https://id.gs1.org/8004/9521234T%d"},"sensorReport":[`+
		`{"type":"Temperature","value":%s,"uom":"CEL"},{"type":"RelativeHumidity","value":%s,"uom":"A93"},`+
		`{"type":"Pressure","value":%s,"uom":"PAL"}]}],"persistentDisposition":{"set":["completeness_verified"]}}`,
		location, g.line%8, location, location, g.line/500, location, 4_500_000_000+g.line/2000, location, stamp, g.line%32,
		g.reading(2, 8), g.reading(40, 20), g.reading(101_000, 700))
}

var serialText = base32.StdEncoding.WithPadding(base32.NoPadding)

func (g *generator) serial() string {
	return serialText.EncodeToString(binary.BigEndian.AppendUint64(nil, g.rng.Uint64()))
}

// reading is a measured value with two decimals.
func (g *generator) reading(from, spread float64) string {
	return strconv.FormatFloat(from+spread*g.rng.Float64(), 'f', 2, 64)
}
