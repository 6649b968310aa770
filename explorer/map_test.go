package explorer

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace"
)

// at is a step at a place with coordinates; nil ones leave the place without.
func at(name string, lat, lon *float64, relation trace.Relation, via string) trace.Step {
	p := &trace.Place{ID: "https://id.gs1.org/414/" + name, Code: name, Lat: lat, Lon: lon}
	return trace.Step{Place: p, Relation: relation, Via: via, BizStep: "storing", EventID: name,
		EventTime: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
}

func deg(f float64) *float64 { return &f }

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := d.Token()
		if err == io.EOF {
			return
		}
		require.NoError(t, err, svg)
	}
}

func TestMapTellsWhatTheListTells(t *testing.T) {
	t.Parallel()
	st := &trace.Story{Journey: []trace.Step{
		at("orchard", deg(27.8), deg(109.7), trace.RelationInput, "fruit"),
		at("plot", deg(27.801), deg(109.701), trace.RelationInput, "fruit"),
		at("works", deg(29.35), deg(113.12), trace.RelationInput, "fruit"),
		at("works", deg(29.35), deg(113.12), trace.RelationOwn, ""),
		at("nowhere", nil, nil, trace.RelationOwn, ""),
		at("shop", deg(28.19), deg(112.97), trace.RelationOwn, ""),
	}}
	st.Journey[2].Corrected = &trace.Correction{}
	m := newMap(EN, st)
	require.NotNil(t, m)
	require.Len(t, m.Places, 3, "the plot is within the orchard")
	assert.Equal(t, []string{"orchard", "plot"}, m.Places[0].Names)
	assert.Equal(t, []stepRange{{"1–2", "#s1"}}, m.Places[0].Steps)
	assert.Equal(t, []stepRange{{"4", "#s4"}}, m.Places[1].Steps, "what was withdrawn isn't drawn")
	assert.Equal(t, "1 step has no recorded position and isn't on the map.", m.Nowhere)
	wellFormed(t, string(m.Drawing))
	assert.Equal(t, 3, strings.Count(string(m.Drawing), "<circle"))
	assert.Contains(t, string(m.Drawing), "100 km")
	assert.Nil(t, newMap(EN, &trace.Story{Journey: st.Journey[4:5]}))
}

func TestMapOfAnything(t *testing.T) {
	t.Parallel()
	far := &trace.Story{}
	for i := range 60 { // more places than letters, all over the world
		far.Journey = append(far.Journey, at(fmt.Sprint(i), deg(float64(i*37%160-80)), deg(float64(i*67%360-180)), trace.RelationOwn, ""))
	}
	for name, st := range map[string]*trace.Story{
		"everywhere": far,
		"one place":  {Journey: []trace.Step{at("x", deg(0), deg(0), trace.RelationOwn, "")}},
		"the poles":  {Journey: []trace.Step{at("n", deg(90), deg(0), trace.RelationOwn, ""), at("s", deg(-90), deg(180), trace.RelationOwn, "")}},
		"a hostile name": {Journey: []trace.Step{at(`"><script>`, deg(1), deg(1), trace.RelationOwn, `"><script>`),
			at("y", deg(2), deg(2), trace.RelationOwn, "")}},
	} {
		m := newMap(ZH, st)
		require.NotNil(t, m, name)
		wellFormed(t, string(m.Drawing))
		assert.LessOrEqual(t, len(m.Places), maxSpots, name)
		assert.NotContains(t, string(m.Drawing), "<script", name)
		assert.Less(t, len(m.Drawing), 40_000, name)
		img, err := drawPreview(st)
		require.NoError(t, err, name)
		assert.Less(t, len(img), 60_000, name)
		pic, err := png.Decode(bytes.NewReader(img))
		require.NoError(t, err, name)
		assert.Equal(t, previewW, pic.Bounds().Dx(), name)
	}
}

func TestManyReadingsStayALine(t *testing.T) {
	t.Parallel()
	c := trace.ColdChain{Type: "Temperature", Unit: "°C", Min: "2", Max: "9", LimitMin: "0", LimitMax: "8"}
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i := range 1000 {
		r := trace.Reading{Start: start.Add(time.Duration(i) * time.Minute), Low: "4", High: "4", EventID: fmt.Sprint("log ", i/200)}
		if i == 500 {
			r.Low, r.High, r.Out = "9", "9", true
		}
		r.End = r.Start
		c.Readings = append(c.Readings, r)
	}
	var v coldView
	v.curve(EN, &trace.Story{}, c)
	wellFormed(t, string(v.Chart))
	assert.Less(t, len(v.Chart), 12_000)
	assert.Contains(t, string(v.Chart), `class="out" d="M`, "the minute out of limits is still seen")
	v.table(EN, &trace.Story{}, c)
	require.Len(t, v.Rows, 5, "a row for each record")
	assert.Equal(t, "4–9 °C", v.Rows[2].Value)
	assert.True(t, v.Rows[2].Out)
	v = coldView{}
	c.Readings = c.Readings[:2]
	v.curve(EN, &trace.Story{}, c)
	assert.Empty(t, v.Chart, "two readings are no curve")
}

func TestPreviewImage(t *testing.T) {
	srv := newServer(t)
	for path, status := range map[string]int{bottlePath: 200, recalledPath: 200, palletPath: 200, unknownPath: 404, brokenPath: 400, failingPath: 503} {
		resp, body := get(t, srv.URL+"/preview"+path+".png?lang=zh")
		assert.Equal(t, status, resp.StatusCode, path)
		if status != 200 {
			continue
		}
		assert.Equal(t, "image/png", resp.Header.Get("Content-Type"))
		img, err := png.Decode(strings.NewReader(body))
		require.NoError(t, err, path)
		assert.Equal(t, [2]int{previewW, previewH}, [2]int{img.Bounds().Dx(), img.Bounds().Dy()})
		assert.Less(t, len(body), 40_000, "small enough for every messenger")
	}
	resp, _ := get(t, srv.URL+"/preview"+bottlePath)
	assert.Equal(t, 404, resp.StatusCode)
	_, page := get(t, srv.URL+bottlePath+"?lang=en")
	assert.Contains(t, page, `property="og:image" content="https://node.example/preview`+bottlePath+`.png?lang=en"`)
	assert.Contains(t, page, `name="twitter:card" content="summary_large_image"`)
}
