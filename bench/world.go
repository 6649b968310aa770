package bench

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// A world is what a ledger is filled with: documents of 100 events that follow from a seed and their number alone, so
// that anybody who knows the two can ask about what they told, and ledgers of different size share their beginning.
//
// Document after document is one production run: two raw lots become a lot of 160 packs, which are commissioned, packed
// into 8 cases on a pallet, shipped, received and sold. The first deepDocs documents are one deep thing instead, made
// of everything their 1,000 events are about.
type world struct{ seed uint64 }

const (
	worldEvents = 100 // in a document
	deepDocs    = 10
	worldPacks  = 160 // of a production run
	worldCases  = 8

	rawGTIN = "09521234000013" // raw material, by lot
)

// worldStart is when the first event of a world happened; documents follow at a minute's distance.
var worldStart = time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)

// serial is the pack's serial number: 64 bits that can't be guessed without the seed.
func (w world) serial(doc, pack int) string {
	r := rand.NewPCG(w.seed, uint64(doc)<<16|uint64(pack))
	return serialText.EncodeToString(binary.BigEndian.AppendUint64(nil, r.Uint64()))
}

func (w world) packPath(doc, pack int) string { return "/01/" + gtin + "/21/" + w.serial(doc, pack) }
func (w world) lotPath(doc int) string        { return "/01/" + gtin + "/10/" + w.lot(doc) }
func (w world) casePath(doc, n int) string    { return "/00/" + sscc(1, doc*worldCases+n) }
func (w world) palletPath(doc int) string     { return "/00/" + sscc(2, doc) }
func (w world) eventID(doc, event int) string {
	r := rand.NewPCG(w.seed^0x6576656e74, uint64(doc)<<16|uint64(event)) // another row of numbers than the serials'
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("urn:uuid:%08x-%04x-4%03x-8%03x-%012x", uint32(a), uint16(a>>32), a>>48&0xfff, b>>48&0xfff, b&0xffff_ffff_ffff)
}
func (w world) lot(doc int) string { return fmt.Sprintf("L%07d", doc) }

// deepPath is the thing made of 1,000 events.
func (w world) deepPath() string { return "/01/" + gtin + "/10/DEEP" }

// sscc is a Serial Shipping Container Code of the example prefix.
func sscc(extension, n int) string {
	body := fmt.Sprintf("%d9521234%09d", extension, n)
	return body + string(gs1.CheckDigit(body))
}

const idHost = "https://id.gs1.org"

// document is the document of a number.
func (w world) document(doc int) []byte {
	b := &docBuilder{world: w, doc: doc, at: worldStart.Add(time.Duration(doc) * time.Minute),
		rng: rand.New(rand.NewPCG(w.seed, uint64(doc)))}
	fmt.Fprintf(&b.out, `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",`+
		`{"cbvmda":"urn:epcglobal:cbv:mda:"}],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"%s",`+
		`"epcisBody":{"eventList":[`, b.stamp())
	if doc < deepDocs {
		b.deep()
	} else {
		b.production()
	}
	b.out.WriteString("]}}")
	return []byte(b.out.String())
}

// docBuilder writes one document.
type docBuilder struct {
	world
	doc, n int
	at     time.Time
	rng    *rand.Rand
	out    strings.Builder
}

func (b *docBuilder) stamp() string { return b.at.Format("2006-01-02T15:04:05.000Z") }

// event writes one event, a second after the one before. what are its fields for things and action.
func (b *docBuilder) event(kind, what, step, disposition string) {
	if b.n > 0 {
		b.out.WriteByte(',')
	}
	b.at = b.at.Add(time.Second)
	fmt.Fprintf(&b.out, `{"type":"%s","eventID":"%s","eventTime":"%s","eventTimeZoneOffset":"+08:00",%s,"bizStep":"%s",`,
		kind, b.eventID(b.doc, b.n), b.stamp(), what, step)
	if disposition != "" {
		fmt.Fprintf(&b.out, `"disposition":"%s",`, disposition)
	}
	reading := func(from, spread float64) float64 { return from + spread*b.rng.Float64() }
	fmt.Fprintf(&b.out, `"readPoint":{"id":"`+idHost+`/414/%s/254/line-%d"},"bizLocation":{"id":"`+idHost+`/414/%s"},`+
		`"bizTransactionList":[{"type":"prodorder","bizTransaction":"urn:epcglobal:cbv:bt:%s:PO-%d"}],`+
		`"sensorElementList":[{"sensorMetadata":{"time":"%s","deviceID":"`+idHost+`/8004/9521234T%d"},"sensorReport":[`+
		`{"type":"Temperature","value":%.2f,"uom":"CEL"},{"type":"RelativeHumidity","value":%.2f,"uom":"A93"}]}]}`,
		location, b.n%8, location, location, b.doc, b.stamp(), b.n%32, reading(2, 5), reading(40, 20))
	b.n++
}

func list(name string, paths ...string) string {
	return `"` + name + `":["` + idHost + strings.Join(paths, `","`+idHost) + `"]`
}

// amount is one entry of a quantity list.
func amount(name, path string, kilos int) string {
	return fmt.Sprintf(`"%s":[{"epcClass":"%s%s","quantity":%d,"uom":"KGM"}]`, name, idHost, path, kilos)
}

// production is one run: 3 events for the lot, 80 for packs, 9 for packing and 8 on the way.
func (b *docBuilder) production() {
	raw := []string{"/01/" + rawGTIN + "/10/A" + b.lot(b.doc), "/01/" + rawGTIN + "/10/B" + b.lot(b.doc)}
	for _, path := range raw {
		b.event("ObjectEvent", amount("quantityList", path, 400)+`,"action":"ADD"`, "commissioning", "active")
	}
	inputs := fmt.Sprintf(`"inputQuantityList":[{"epcClass":"%s%s","quantity":400,"uom":"KGM"},{"epcClass":"%s%s","quantity":400,"uom":"KGM"}]`,
		idHost, raw[0], idHost, raw[1])
	b.event("TransformationEvent", inputs+","+amount("outputQuantityList", b.lotPath(b.doc), 790), "creating_class_instance", "")
	ilmd := fmt.Sprintf(`,"ilmd":{"cbvmda:lotNumber":"%s","cbvmda:itemExpirationDate":"2031-01-31"}`, b.lot(b.doc))
	for i := 0; i < worldPacks; i += 2 {
		b.event("ObjectEvent", list("epcList", b.packPath(b.doc, i), b.packPath(b.doc, i+1))+`,"action":"ADD"`+ilmd, "commissioning", "active")
	}
	var cases []string
	for c := range worldCases {
		cases = append(cases, b.casePath(b.doc, c))
		var packs []string
		for i := range worldPacks / worldCases {
			packs = append(packs, b.packPath(b.doc, c*worldPacks/worldCases+i))
		}
		b.event("AggregationEvent", b.parent(cases[c])+list("childEPCs", packs...)+`,"action":"ADD"`, "packing", "in_progress")
	}
	pallet := b.palletPath(b.doc)
	b.event("AggregationEvent", b.parent(pallet)+list("childEPCs", cases...)+`,"action":"ADD"`, "packing", "in_progress")
	for _, step := range [][2]string{{"loading", "in_progress"}, {"shipping", "in_transit"}, {"transporting", "in_transit"},
		{"arriving", "in_transit"}, {"receiving", "in_progress"}} {
		b.event("ObjectEvent", list("epcList", pallet)+`,"action":"OBSERVE"`, step[0], step[1])
	}
	b.event("AggregationEvent", b.parent(pallet)+list("childEPCs", cases...)+`,"action":"DELETE"`, "unpacking", "in_progress")
	b.event("ObjectEvent", list("epcList", cases...)+`,"action":"OBSERVE"`, "storing", "in_progress")
	b.event("ObjectEvent", list("epcList", b.packPath(b.doc, 0))+`,"action":"OBSERVE"`, "retail_selling", "retail_sold")
}

func (b *docBuilder) parent(path string) string { return `"parentID":"` + idHost + path + `",` }

// deep is a part of the deep thing: documents 0 to 8 make one of its nine inputs each, from ten lots with nine events
// each; the last one makes it from those and a tenth.
func (b *docBuilder) deep() {
	part := func(i int) string { return fmt.Sprintf("/01/%s/10/DEEP-%d", rawGTIN, i) }
	history := func(path string, events int) {
		b.event("ObjectEvent", amount("quantityList", path, 10)+`,"action":"ADD"`, "commissioning", "active")
		for range events - 1 {
			b.event("ObjectEvent", amount("quantityList", path, 10)+`,"action":"OBSERVE"`, "inspecting", "conformant")
		}
	}
	var inputs []string
	into, made := b.deepPath(), 9
	if b.doc < deepDocs-1 {
		into, made = part(b.doc), 10
		for i := range made {
			path := fmt.Sprintf("%s-%d", part(b.doc), i)
			history(path, 9)
			inputs = append(inputs, path)
		}
	} else {
		for i := range made {
			inputs = append(inputs, part(i))
		}
		inputs = append(inputs, part(made))
		history(part(made), 90)
	}
	var entries []string
	for _, path := range inputs {
		entries = append(entries, fmt.Sprintf(`{"epcClass":"%s%s","quantity":10,"uom":"KGM"}`, idHost, path))
	}
	b.event("TransformationEvent", `"inputQuantityList":[`+strings.Join(entries, ",")+"],"+amount("outputQuantityList", into, 95), "creating_class_instance", "")
	for b.n < worldEvents {
		b.event("ObjectEvent", amount("quantityList", into, 95)+`,"action":"OBSERVE"`, "inspecting", "conformant")
	}
}
