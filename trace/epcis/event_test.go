package epcis_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// event is a bare ObjectEvent with fields added or replaced: "name": value.
func event(fields string) string {
	base := map[string]string{
		"@context":            `"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"`,
		"type":                `"ObjectEvent"`,
		"eventTime":           `"2026-07-22T06:45:00.000+02:00"`,
		"eventTimeZoneOffset": `"+02:00"`,
		"action":              `"OBSERVE"`,
		"epcList":             `["https://id.gs1.org/01/09521141012345/21/2017"]`,
	}
	var b strings.Builder
	b.WriteByte('{')
	for _, name := range []string{"@context", "type", "eventTime", "eventTimeZoneOffset", "action", "epcList"} {
		if !strings.Contains(fields, `"`+name+`":`) {
			fmt.Fprintf(&b, "%q:%s,", name, base[name])
		}
	}
	return strings.TrimSuffix(b.String()+fields, ",") + "}"
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const ext = `"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"ext":"https://example.com/"}],`
	tests := map[string]struct {
		fields string
		want   []string
	}{
		"good":                         {``, nil},
		"bare event without context":   {`"@context":null`, []string{"/@context context"}},
		"real calendar":                {`"eventTime":"2026-02-29T00:00:00Z"`, []string{"/eventTime time"}},
		"leap day":                     {`"eventTime":"2028-02-29T00:00:00Z"`, nil},
		"time without offset":          {`"eventTime":"2026-02-28T00:00:00"`, []string{"/eventTime time"}},
		"date only":                    {`"eventTime":"22-07-2026"`, []string{"/eventTime time"}},
		"offset":                       {`"eventTimeZoneOffset":"+15:00"`, []string{"/eventTimeZoneOffset offset"}},
		"offset Z":                     {`"eventTimeZoneOffset":"Z"`, []string{"/eventTimeZoneOffset offset"}},
		"unknown type":                 {`"type":"MagicEvent"`, []string{"/type enum"}},
		"own type":                     {ext + `"type":"ext:MagicEvent","ext:x":1`, nil},
		"check digit":                  {`"epcList":["https://id.gs1.org/01/09521141012346/21/1"]`, []string{"/epcList/0 identifier"}},
		"class in epcList":             {`"epcList":["urn:epc:class:lgtin:4054739.099914.L"]`, []string{"/epcList/0 identifier-level"}},
		"thing in quantityList":        {`"quantityList":[{"epcClass":"urn:epc:id:sscc:4012345.0000000333"}]`, []string{"/quantityList/0/epcClass identifier-level"}},
		"value no double holds":        {`"type":"ObjectEvent","sensorElementList":[{"sensorReport":[{"type":"Temperature","value":1e999}]}]`, []string{"/sensorElementList/0/sensorReport/0/value range"}},
		"value below any double":       {`"type":"ObjectEvent","sensorElementList":[{"sensorReport":[{"type":"Temperature","value":-1E-999}]}]`, []string{"/sensorElementList/0/sensorReport/0/value range"}},
		"largest value":                {`"type":"ObjectEvent","sensorElementList":[{"sensorReport":[{"type":"Temperature","value":1e40}]}]`, nil},
		"zero with an exponent":        {`"type":"ObjectEvent","sensorElementList":[{"sensorReport":[{"type":"Temperature","value":0.0e-999}]}]`, nil},
		"value of many digits":         {`"type":"ObjectEvent","sensorElementList":[{"sensorReport":[{"type":"Temperature","value":1.` + strings.Repeat("1", 99) + `}]}]`, []string{"/sensorElementList/0/sensorReport/0/value range"}},
		"amount out of range":          {`"quantityList":[{"epcClass":"urn:epc:class:lgtin:4054739.099914.L","quantity":1e41}]`, []string{"/quantityList/0/quantity range"}},
		"no uri":                       {`"epcList":["4012345"]`, []string{"/epcList/0 uri"}},
		"listed twice":                 {`"epcList":["urn:x:1","urn:x:1"]`, []string{"/epcList/1 unique"}},
		"nothing":                      {`"epcList":[]`, []string{" required"}},
		"sensors alone need readPoint": {`"epcList":[],"sensorElementList":[{"sensorReport":[{"type":"Temperature"}]}]`, []string{" required"}},
		"cbv bizStep URN":              {`"bizStep":"urn:epcglobal:cbv:bizstep:shipping"`, []string{"/bizStep vocabulary"}},
		"cbv web URI":                  {`"bizStep":"https://ref.gs1.org/cbv/BizStep-shipping"`, nil},
		"cbv CURIE":                    {`"bizStep":"cbv:BizStep-shipping"`, nil},
		"unknown word of cbv":          {`"bizStep":"cbv:BizStep-shopping"`, []string{"/bizStep vocabulary"}},
		"disposition for bizStep":      {`"bizStep":"in_transit"`, []string{"/bizStep vocabulary"}},
		"own disposition":              {`"disposition":"https://example.com/disp/hot"`, nil},
		"ilmd with OBSERVE":            {ext + `"ilmd":{"ext:x":1}`, []string{"/ilmd not-allowed"}},
		"undeclared namespace":         {`"other:x":1`, []string{"/other:x namespace"}},
		"undeclared inside":            {ext + `"ext:x":{"other:y":[{"third:z":1}]}`, []string{"/ext:x/other:y namespace", "/ext:x/other:y/0/third:z namespace"}},
		"terms of a remote context":    {`"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld","https://example.com/ctx.jsonld"],"other:x":1`, nil},
		"no namespace":                 {`"colour":"red"`, []string{"/colour unknown-field"}},
		"field of another type":        {`"parentID":"urn:x:1"`, []string{"/parentID not-allowed"}},
		"@type":                        {`"@type":"ObjectEvent"`, []string{"/@type unknown-field"}},
		"uom alone":                    {`"quantityList":[{"epcClass":"urn:x:c","uom":"KGM"}]`, []string{"/quantityList/0/uom not-allowed"}},
		"uom":                          {`"quantityList":[{"epcClass":"urn:x:c","quantity":1,"uom":"kg"}]`, []string{"/quantityList/0/uom format"}},
		"quantity below zero":          {`"quantityList":[{"epcClass":"urn:x:c","quantity":-0.5}]`, []string{"/quantityList/0/quantity range"}},
		"extension in a quantity":      {ext + `"quantityList":[{"epcClass":"urn:x:c","ext:a":1}]`, []string{"/quantityList/0/ext:a unknown-field"}},
		"empty persistentDisposition":  {`"persistentDisposition":{"set":[]}`, []string{"/persistentDisposition/set empty"}},
		"sensor": {`"type":"ObjectEvent","sensorElementList":[{"sensorMetadata":{"startTime":"2026-01-02T00:00:00Z","endTime":"2026-01-01T00:00:00Z"},"sensorReport":[{"type":"Heat","value":"4","hexBinaryValue":"xyz","booleanValue":1,"uom":"C°"}]}]`,
			[]string{"/sensorElementList/0/sensorMetadata/endTime range", "/sensorElementList/0/sensorReport/0/type vocabulary",
				"/sensorElementList/0/sensorReport/0/value type", "/sensorElementList/0/sensorReport/0/hexBinaryValue format",
				"/sensorElementList/0/sensorReport/0/booleanValue type", "/sensorElementList/0/sensorReport/0/uom format"}},
		"error declaration":         {`"errorDeclaration":{"reason":"oops"}`, []string{"/errorDeclaration/reason vocabulary", "/errorDeclaration required"}},
		"aggregation":               {`"type":"AggregationEvent","action":"ADD","epcList":[]`, []string{"/epcList not-allowed", " required", " required"}},
		"certificationInfo":         {`"certificationInfo":42`, []string{"/certificationInfo type"}},
		"certificationInfo as list": {`"certificationInfo":["https://a.example/1","nothing"]`, []string{"/certificationInfo/1 uri"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := epcis.ParseEvent([]byte(event(tt.fields)))
			if tt.want == nil {
				require.NoError(t, err)
				return
			}
			got := faultsOf(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestFaultsOfOtherTypes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ event, want string }{
		"transaction without list":        {`"type":"TransactionEvent","action":"ADD","epcList":["urn:x:1"]`, " required"},
		"transformation without outputs":  {`"type":"TransformationEvent","inputEPCList":["urn:x:1"]`, " required"},
		"transformation with action":      {`"type":"TransformationEvent","action":"ADD","inputEPCList":["urn:x:1"],"outputEPCList":["urn:x:2"]`, "/action not-allowed"},
		"association without parent":      {`"type":"AssociationEvent","action":"ADD","childEPCs":["urn:x:1"]`, " required"},
		"aggregation observed, no parent": {`"type":"AggregationEvent","action":"OBSERVE","childEPCs":["urn:x:1"]`, ""},
	}
	const head = `{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","eventTime":"2026-07-22T06:45:00+02:00","eventTimeZoneOffset":"+02:00",`
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := epcis.ParseEvent([]byte(head + tt.event + "}"))
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			assert.Equal(t, []string{tt.want}, faultsOf(t, err))
		})
	}
}

func TestTypedEvent(t *testing.T) {
	t.Parallel()
	e, err := epcis.ParseEvent([]byte(`{
		"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ext": "https://example.com/"}, {"unused": "https://example.org/"}],
		"type": "ObjectEvent", "action": "ADD",
		"eventTime": "2026-07-22T06:45:00.5+08:00", "eventTimeZoneOffset": "+08:00", "recordTime": "2026-07-22T06:46:00+08:00",
		"bizStep": "cbv:BizStep-commissioning", "disposition": "active",
		"persistentDisposition": {"set": ["available"]},
		"readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987", "ext:gate": "7"},
		"bizLocation": {"id": "geo:30.5,114.3"},
		"epcList": ["urn:epc:id:sgtin:4012345.012345.12", "https://id.example.com/01/4012345123456/10/L/21/12"],
		"quantityList": [{"epcClass": "https://id.gs1.org/01/09521141012345/10/L1", "quantity": 12.50, "uom": "KGM"}],
		"bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:po:1"}],
		"destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:4012345.00225"}],
		"sensorElementList": [{"sensorMetadata": {"time": "2026-07-22T06:45:00Z", "deviceID": "urn:x:d"},
			"sensorReport": [{"type": "gs1:Temperature", "value": 9.40, "uom": "CEL", "booleanValue": false}]}],
		"ilmd": {"cbvmda:lotNumber": "L1", "ext:brix": 11.50},
		"ext:colour": {"ext:name": "red"}
	}`))
	require.NoError(t, err)
	assert.Equal(t, time.Date(2026, 7, 21, 22, 45, 0, 5e8, time.UTC), e.EventTime)
	assert.Equal(t, "2026-07-22T06:45:00+08:00", e.EventTime.In(e.Offset()).Format(time.RFC3339))
	assert.Equal(t, "commissioning", e.BizStep)
	assert.Equal(t, []string{"available"}, e.PersistentDisposition.Set)
	assert.Equal(t, "https://id.gs1.org/414/4012345000115/254/987", e.ReadPoint.String())
	assert.Equal(t, "geo:30.5,114.3", e.BizLocation.String())
	assert.Equal(t, "12.50", e.Quantities[0].Quantity)
	assert.Equal(t, "4012345002256", e.Destinations[0].ID.GLN())
	assert.Equal(t, "Temperature", e.SensorElements[0].Reports[0].Type)
	assert.Equal(t, "9.40", e.SensorElements[0].Reports[0].Value)
	assert.False(t, *e.SensorElements[0].Reports[0].BooleanValue)
	assert.Equal(t, "L1", e.Lookup("lotNumber").Text())
	assert.Equal(t, "11.50", e.Lookup("https://example.com/brix").Text())
	assert.Equal(t, "https://example.com/colour", e.Extensions[0].IRI)
	assert.Equal(t, e.HashID(), e.ID())

	var touched []string
	for _, o := range e.Objects() {
		touched = append(touched, o.Role.String()+" "+o.ID.String())
	}
	assert.Equal(t, []string{"object https://id.gs1.org/01/04012345123456/21/12", "class https://id.gs1.org/01/09521141012345/10/L1"},
		touched, "two spellings of one thing are one object")

	body := string(e.Body())
	assert.True(t, strings.HasPrefix(body, `{"@context":{"ext":"https://example.com/"},"action":"ADD"`), body)
	assert.Contains(t, body, `"quantity":12.50`, "numbers stay as sent")
	assert.NotContains(t, body, "recordTime")
	again, err := epcis.ParseBody(e.Body())
	require.NoError(t, err)
	assert.Equal(t, body, string(again.Body()))
	assert.Equal(t, e.Commitment(), again.Commitment())
}

// TestBodyIsOne: the same event in another order, another spelling of JSON and another place of the context has the same
// body and hash.
func TestBodyIsOne(t *testing.T) {
	t.Parallel()
	one, err := epcis.Parse([]byte(`{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"a":"https://a.example/"},{"b":"https://b.example/"}],
		"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-07-22T06:45:00Z","epcisBody":{"eventList":[
		{"type":"ObjectEvent","action":"OBSERVE","epcList":["urn:x:1"],"eventTime":"2026-07-22T06:45:00Z","eventTimeZoneOffset":"+00:00",
		"bizTransactionList":[{"type":"po","bizTransaction":"urn:x:po"}],"a:x":"\u00e9\/","b:y":1.0}]}}`))
	require.NoError(t, err)
	two, err := epcis.Parse([]byte(`{"b:y":1.0,"a:x":"é/","bizTransactionList":[{"bizTransaction":"urn:x:po","type":"po"}],"epcList":["urn:x:1"],
		"recordTime":"2026-07-22T06:45:00Z","eventTimeZoneOffset":"+00:00","eventTime":"2026-07-22T06:45:00Z","action":"OBSERVE","type":"ObjectEvent",
		"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld",{"c":"https://c.example/","b":"https://b.example/","a":"https://a.example/"}]}`))
	require.NoError(t, err)
	assert.Equal(t, string(one.Events[0].Body()), string(two.Events[0].Body()))
	assert.Equal(t, one.Events[0].HashID(), two.Events[0].HashID())
}

func TestErrorDeclarationHashesLikeItsOriginal(t *testing.T) {
	t.Parallel()
	original, err := epcis.ParseEvent([]byte(event(`"eventID":"urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"`)))
	require.NoError(t, err)
	wrong, err := epcis.ParseEvent([]byte(event(`"errorDeclaration":{"declarationTime":"2026-07-23T00:00:00Z","reason":"did_not_occur","correctiveEventIDs":["urn:x:2"]}`)))
	require.NoError(t, err)
	assert.Equal(t, original.HashID(), wrong.HashID())
	assert.NotEqual(t, original.Commitment(), wrong.Commitment())
	assert.True(t, wrong.IsError())
	assert.Equal(t, "did_not_occur", wrong.ErrorDeclaration.Reason)
}

func TestVocabularySizes(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"business step": 41, "disposition": 33, "measurement type": 72, "business transaction type": 13,
		"source or destination type": 3, "error reason": 2, "component": 14, "sensor alert type": 2} {
		assert.Equal(t, n, epcis.VocabularySize(name), name)
	}
}
