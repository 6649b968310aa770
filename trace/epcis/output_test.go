package epcis_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

const masterDocument = `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"xmda":"https://epcis.example.com/mda/"},{"other":"https://example.org/"}],
	"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-07-22T06:45:00Z",
	"epcisHeader":{"epcisMasterData":{"vocabularyList":[
		{"type":"urn:epcglobal:epcis:vtype:EPCClass","vocabularyElementList":[
			{"id":"urn:epc:idpat:sgtin:4012345.012345.*","attributes":[
				{"id":"cbvmda:descriptionShort","attribute":"Orange juice"},{"id":"xmda:brix","attribute":11.50}]}]},
		{"type":"urn:epcglobal:epcis:vtype:Location","vocabularyElementList":[
			{"id":"urn:epc:id:sgln:4012345.00011.0","children":["urn:epc:id:sgln:4012345.00011.987"],"attributes":[
				{"id":"urn:epcglobal:cbv:mda#name","attribute":"Plant"},{"id":"cbvmda:address","attribute":{"city":"Wuhan"}}]}]}]}},
	"epcisBody":{"eventList":[]}}`

func TestMasterData(t *testing.T) {
	t.Parallel()
	doc, err := epcis.Parse([]byte(masterDocument))
	require.NoError(t, err)
	assert.Empty(t, doc.Events)
	product, place := doc.MasterData.Vocabularies[0].Elements[0], doc.MasterData.Vocabularies[1].Elements[0]
	assert.Equal(t, "Orange juice", product.Attribute("descriptionShort"))
	assert.Equal(t, "https://epcis.example.com/mda/brix", product.Attributes[1].ID)
	assert.Equal(t, "11.50", product.Attribute("brix"))
	assert.Equal(t, "Plant", place.Attribute("name"))
	assert.Equal(t, "Wuhan", place.Attributes[1].Value.Get("city").Text())
	assert.Equal(t, []string{"urn:epc:id:sgln:4012345.00011.987"}, place.Children)

	body := doc.MasterData.Body()
	const head = `{"@context":{"xmda":"https://epcis.example.com/mda/"},"type":"EPCISMasterData","vocabularyList":[{"type":`
	assert.True(t, strings.HasPrefix(string(body), head), "%s", body)
	assert.True(t, epcis.IsMasterData(body))
	again, err := epcis.ParseMasterData(body)
	require.NoError(t, err)
	assert.Equal(t, body, again.Body())
	assert.Equal(t, doc.MasterData.Vocabularies[0].Elements[0].Attributes[1].ID, again.Vocabularies[0].Elements[0].Attributes[1].ID)

	_, err = epcis.ParseMasterData([]byte(`{"type":"EPCISMasterData","vocabularyList":[{"vocabularyElementList":[{"attributes":[{"attribute":true}]}]}],"x":1}`))
	assert.Equal(t, []string{
		"/vocabularyList/0/vocabularyElementList/0/attributes/0/attribute type", "/vocabularyList/0/vocabularyElementList/0/attributes/0 required",
		"/vocabularyList/0/vocabularyElementList/0 required", "/vocabularyList/0 required", "/x unknown-field",
	}, faultsOf(t, err))
}

// TestContextsOfMany: prefixes move up to the document where all events agree, and stay with the event that differs.
func TestContextsOfMany(t *testing.T) {
	t.Parallel()
	const std = `"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"`
	var events []epcis.Output
	at := time.Date(2026, 7, 22, 0, 0, 0, 0, time.UTC)
	for _, fields := range []string{
		`"@context":[` + std + `,{"a":"https://a.example/"}],"a:x":1`,
		`"@context":[` + std + `,{"a":"https://other.example/"}],"a:x":2`,
		`"@context":[` + std + `,{"b":"https://b.example/"}],"b:x":3,"eventID":"urn:x:mine"`,
		`"@context":[` + std + `,"https://c.example/context.jsonld"],"c:x":4`,
		`"epcList":["urn:x:1"],"certificationInfo":"d:undeclared"`,
		`"@context":[` + std + `,{"d":"https://d.example/"}],"d:x":5`,
	} {
		e, err := epcis.ParseEvent([]byte(event(fields)))
		require.NoError(t, err)
		events = append(events, epcis.Output{Event: e, EventID: e.ID(), RecordTime: at})
	}
	text := epcis.MarshalQueryDocument(events, "SimpleEventQuery", at)
	doc, err := epcis.Parse(text)
	require.NoError(t, err)
	assert.Equal(t, epcis.EPCISQueryDocument, doc.Type)
	for i, e := range doc.Events {
		assert.Equal(t, events[i].Event.HashID(), e.HashID(), i)
		assert.Equal(t, events[i].EventID, e.EventID, i)
		assert.Equal(t, at, e.RecordTime, i)
	}
	assert.Equal(t, "https://other.example/x", doc.Events[1].Extensions[0].IRI)
	var raw struct {
		Context []any `json:"@context"`
	}
	require.NoError(t, json.Unmarshal(text, &raw))
	assert.Equal(t, []any{epcis.StandardContext, map[string]any{"b": "https://b.example/"}}, raw.Context)
}
