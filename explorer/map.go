package explorer

import (
	"bytes"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"

	"github.com/suyuan-ledger/suyuan/explorer/atlas"
	"github.com/suyuan-ledger/suyuan/trace"
)

// mapView is the journey on a map. The list of places says all that the drawing shows.
type mapView struct {
	Drawing template.HTML
	Places  []mapPlace
	Nowhere string // steps without coordinates, in words; empty if all have some
}

// mapPlace is one spot, which may stand for several places close together.
type mapPlace struct {
	Letter string
	Names  []string
	Steps  []stepRange
}

// stepRange is a run of step numbers, and the address of its first.
type stepRange struct{ Text, Anchor string }

// Sizes of the map in its own units.
const (
	mapW, mapH   = 560.0, 420.0
	insetW       = 128.0
	insetH       = 96.0
	closest      = 24.0 // spots nearer than this are one
	nearestView  = 0.8  // degrees from top to bottom: more would be blank land
	insetDegrees = 45.0
	maxSpots     = 26
)

// spot is a marker on the map.
type spot struct {
	at    atlas.XY
	point atlas.Point
	names []string
	steps []int // numbers, rising
}

// newMap draws the journey; nil if no step has coordinates.
func newMap(l Lang, st *trace.Story) *mapView {
	var points []atlas.Point
	var numbers []int
	lost := 0
	for i := range st.Journey {
		s := &st.Journey[i]
		switch p := located(s); {
		case s.Corrected != nil || s.Damaged:
		case p == nil:
			lost++
		default:
			points = append(points, atlas.Point{Lat: *p.Lat, Lon: *p.Lon})
			numbers = append(numbers, i)
		}
	}
	if len(points) == 0 {
		return nil
	}
	view := atlas.Fit(points, mapW, mapH, nearestView)
	spots, of := gatherSpots(l, st, view, points, numbers)
	m := &mapView{Drawing: drawMap(l, st, view, spots, of)}
	for i := range spots {
		m.Places = append(m.Places, mapPlace{Letter: letter(i), Names: spots[i].names, Steps: ranges(spots[i].steps)})
	}
	if lost > 0 {
		m.Nowhere = l.Say("map.nowhere", "n", lost)
	}
	return m
}

// located is the place of a step that has coordinates.
func located(s *trace.Step) *trace.Place {
	for _, p := range []*trace.Place{s.ReadPoint, s.Place} {
		if p != nil && p.Lat != nil && p.Lon != nil {
			return p
		}
	}
	return nil
}

// gatherSpots makes spots of the steps' places, in the order in which the journey reaches them; of says which spot each
// located step belongs to, by its place in the journey.
func gatherSpots(l Lang, st *trace.Story, view atlas.View, points []atlas.Point, numbers []int) (spots []spot, of map[int]int) {
	of = make(map[int]int)
	for i, p := range points {
		at, near, best := view.At(p), -1, closest
		for j := range spots {
			if d := math.Hypot(spots[j].at.X-at.X, spots[j].at.Y-at.Y); d < best {
				near, best = j, d
			}
		}
		if near < 0 && len(spots) == maxSpots {
			continue
		}
		if near < 0 {
			near = len(spots)
			spots = append(spots, spot{at: at, point: p})
		}
		s := &spots[near]
		if name := placeName(l, located(&st.Journey[numbers[i]])); !slices.Contains(s.names, name) && len(s.names) < 6 {
			s.names = append(s.names, name)
		}
		s.steps = append(s.steps, numbers[i]+1)
		of[numbers[i]] = near
	}
	return spots, of
}

func letter(i int) string { return string(rune('A' + i)) }

// ranges writes rising numbers as runs: 1–3, 7.
func ranges(numbers []int) (out []stepRange) {
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		text := strconv.Itoa(numbers[i])
		if j > i {
			text += "–" + strconv.Itoa(numbers[j])
		}
		out = append(out, stepRange{text, "#s" + strconv.Itoa(numbers[i])})
		i = j + 1
	}
	return out
}

// drawMap makes the SVG: land, the ways things went, the spots with their letters, a scale, and where on Earth this is.
func drawMap(l Lang, st *trace.Story, view atlas.View, spots []spot, of map[int]int) template.HTML {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg class="map" viewBox="0 0 %.0f %.0f" role="img" aria-label="`, mapW, mapH)
	xmlEscape(&b, l.Say("map.label", "n", len(spots)))
	fmt.Fprintf(&b, `"><path class="land" d="%s"/>`, atlas.Path(view.Land()))
	for _, way := range ways(st, of) {
		class := "way"
		if way.input {
			class = "way in"
		}
		fmt.Fprintf(&b, `<path class="%s" d="`, class)
		for i, s := range way.spots {
			fmt.Fprintf(&b, "%c%.0f %.0f", "ML"[min(i, 1)], spots[s].at.X, spots[s].at.Y)
		}
		b.WriteString(`"/>`)
	}
	for i := range spots {
		s := &spots[i]
		dx, anchor := 15.0, "start"
		if s.at.X > mapW*0.72 {
			dx, anchor = -15, "end"
		}
		fmt.Fprintf(&b, `<g class="spot"><circle cx="%.0f" cy="%.0f" r="11"/><text x="%.0f" y="%.0f" dy=".36em" text-anchor="middle">%s</text>`,
			s.at.X, s.at.Y, s.at.X, s.at.Y, letter(i))
		if text, ok := caption(s, spots); ok {
			fmt.Fprintf(&b, `<text class="nr" x="%.0f" y="%.0f" dy=".36em" text-anchor="%s">%s</text>`, s.at.X+dx, s.at.Y, anchor, text)
		}
		b.WriteString(`</g>`)
	}
	scale(&b, l, view)
	if view.Degrees() < insetDegrees/3 {
		inset(&b, view, spots)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // numbers and letters of ours and one escaped text
}

// caption is the run of steps to write beside a spot, where there is room for it.
func caption(s *spot, all []spot) (string, bool) {
	list := ranges(s.steps)
	text := list[0].Text
	for _, r := range list[1:] {
		if len(text)+len(r.Text) > 12 {
			text += " …"
			break
		}
		text += ", " + r.Text
	}
	width := float64(len([]rune(text)))*8 + 18
	for i := range all {
		o := &all[i]
		dx := o.at.X - s.at.X
		if s.at.X > mapW*0.72 {
			dx = -dx
		}
		if o != s && dx > 0 && dx < width+12 && math.Abs(o.at.Y-s.at.Y) < 22 {
			return "", false
		}
	}
	return text, true
}

// way is the run of spots one thing passed.
type way struct {
	input bool
	spots []int
}

// ways are the lines on the map: one for each thing the object was made of, then the object's own, on top.
func ways(st *trace.Story, of map[int]int) (out []way) {
	index := make(map[string]int)
	own := way{}
	for i := range st.Journey {
		at, ok := of[i]
		if !ok {
			continue
		}
		s := &st.Journey[i]
		w := &own
		if s.Relation == trace.RelationInput {
			n, seen := index[s.Via]
			if !seen {
				n = len(out)
				index[s.Via] = n
				out = append(out, way{input: true})
			}
			w = &out[n]
		}
		if n := len(w.spots); n == 0 || w.spots[n-1] != at {
			w.spots = append(w.spots, at)
		}
	}
	drawn := make(map[string]bool)
	out = slices.DeleteFunc(append(out, own), func(w way) bool {
		key := fmt.Sprint(w)
		again := drawn[key]
		drawn[key] = true
		return again || len(w.spots) < 2
	})
	return out
}

// scale writes a bar of a round number of kilometres.
func scale(b *bytes.Buffer, l Lang, view atlas.View) {
	km := view.Kilometres() * mapW / 4
	round := math.Pow(10, math.Floor(math.Log10(km)))
	for _, f := range []float64{5, 2} {
		if round*f <= km {
			round *= f
			break
		}
	}
	fmt.Fprintf(b, `<path class="scale" d="M14 %.0fv6h%.0fv-6"/><text class="km" x="14" y="%.0f">%s</text>`, mapH-20,
		round/view.Kilometres(), mapH-26, l.Say("map.km", "n", strconv.FormatFloat(round, 'f', -1, 64)))
}

// inset shows where on Earth the map is, in the first corner without a spot.
func inset(b *bytes.Buffer, view atlas.View, spots []spot) {
	wide := view.Around(insetW, insetH, insetDegrees)
	tl, br := view.Frame(wide)
	w, h := max(br.X-tl.X, 4), max(br.Y-tl.Y, 4)
	const right, bottom = mapW - insetW - 8, mapH - insetH - 8
	x, y := right, bottom
	for _, corner := range [][2]float64{{right, bottom}, {right, 8}, {8, 8}} {
		covers := func(s spot) bool {
			return s.at.X > corner[0]-20 && s.at.X < corner[0]+insetW+20 && s.at.Y > corner[1]-20 && s.at.Y < corner[1]+insetH+20
		}
		if !slices.ContainsFunc(spots, covers) {
			x, y = corner[0], corner[1]
			break
		}
	}
	fmt.Fprintf(b, `<svg class="inset" x="%.0f" y="%.0f" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f"><path class="sea" d="M0 0h%.0fv%.0fH0z"/>`,
		x, y, insetW, insetH, insetW, insetH, insetW, insetH)
	fmt.Fprintf(b, `<path class="land" d="%s"/><path class="here" d="M%.1f %.1fh%.1fv%.1fh-%.1fz"/></svg>`,
		atlas.Path(wide.Land()), tl.X, tl.Y, w, h, w)
}
