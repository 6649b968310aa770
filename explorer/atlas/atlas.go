// Package atlas draws small maps: the land of the world at 1:110 million, cut to what a story needs. The data is
// Natural Earth's, which is in the public domain; explorer/web/atlas.mjs made land.bin of it. There are no tiles and
// nothing is fetched.
package atlas

import (
	_ "embed"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"sync"
)

//go:embed land.bin
var landFile []byte

// Point is a place on Earth in degrees.
type Point struct{ Lat, Lon float64 }

// XY is a point of a view, from its top left.
type XY struct{ X, Y float64 }

// perDegree is the resolution of land.bin.
const perDegree = 20

// ring is a closed line and the box around it.
type ring struct {
	points                   []Point
	west, east, south, north float64
}

var land = sync.OnceValue(func() (rings []ring) {
	data := landFile
	next := func() int {
		v, n := binary.Uvarint(data)
		if n <= 0 {
			panic("atlas: land.bin is cut short") // our own file, read by a test
		}
		data = data[n:]
		return int(v)
	}
	signed := func() int {
		v := next()
		return v>>1 ^ -(v & 1)
	}
	for len(data) > 0 {
		r := ring{points: make([]Point, next()), west: 360, east: -360, south: 90, north: -90}
		x, y := 0, 0
		for i := range r.points {
			x, y = x+signed(), y+signed()
			p := Point{Lat: float64(y) / perDegree, Lon: float64(x) / perDegree}
			r.west, r.east = min(r.west, p.Lon), max(r.east, p.Lon)
			r.south, r.north = min(r.south, p.Lat), max(r.north, p.Lat)
			r.points[i] = p
		}
		rings = append(rings, r)
	}
	return rings
})

// View is a rectangle of Earth, seen straight: degrees of longitude are as long as they are at its middle.
type View struct {
	W, H   float64
	mid    Point
	ky, kx float64 // units a degree
}

// margin is how much of a view stays free around the points, on each side, as a share of its size.
const margin = 0.14

// Fit is the view of w by h units that shows all points, and at least span degrees from top to bottom. It goes around
// the back of the Earth where that is shorter.
func Fit(points []Point, w, h, span float64) View {
	v := View{W: w, H: h}
	if len(points) == 0 {
		points = []Point{{}}
	}
	south, north := 90.0, -90.0
	lons := make([]float64, len(points))
	for i, p := range points {
		south, north = min(south, p.Lat), max(north, p.Lat)
		lons[i] = p.Lon
	}
	west, width := narrowest(lons)
	v.mid = Point{Lat: (south + north) / 2, Lon: west + width/2}
	shrink := max(math.Cos(v.mid.Lat*math.Pi/180), 0.2)
	free := 1 - 2*margin
	v.ky = min(h/span, free*h/max(north-south, 1e-9), free*w/max(width*shrink, 1e-9))
	v.ky = max(v.ky, w/360/shrink) // never more than once around
	v.kx = v.ky * shrink
	return v
}

// narrowest is the shortest span of longitudes that holds all of them: its western end and its width.
func narrowest(lons []float64) (west, width float64) {
	sorted := slices.Sorted(slices.Values(lons))
	n := len(sorted)
	gap, at := sorted[0]+360-sorted[n-1], 0
	for i := 1; i < n; i++ {
		if g := sorted[i] - sorted[i-1]; g > gap {
			gap, at = g, i
		}
	}
	return sorted[at], 360 - gap
}

// At is where a point lies in the view.
func (v View) At(p Point) XY {
	d := math.Mod(p.Lon-v.mid.Lon, 360)
	switch {
	case d > 180:
		d -= 360
	case d < -180:
		d += 360
	}
	return XY{v.W/2 + d*v.kx, v.H/2 - (p.Lat-v.mid.Lat)*v.ky}
}

// Degrees is the height of the view in degrees of latitude.
func (v View) Degrees() float64 { return v.H / v.ky }

// Kilometres is the length of a unit.
func (v View) Kilometres() float64 { return 111.2 / v.ky }

// Around is a view of the same middle that shows at least span degrees from top to bottom, w by h units.
func (v View) Around(w, h, span float64) View {
	out := Fit([]Point{v.mid}, w, h, span)
	out.ky = h / span
	out.kx = out.ky * max(math.Cos(v.mid.Lat*math.Pi/180), 0.2)
	return out
}

// Frame is the rectangle of v in another view.
func (v View) Frame(in View) (topLeft, bottomRight XY) {
	lat, lon := v.H/2/v.ky, v.W/2/v.kx
	return in.At(Point{v.mid.Lat + lat, v.mid.Lon - lon}), in.At(Point{v.mid.Lat - lat, v.mid.Lon + lon})
}

// Land is the land in the view, as closed rings cut a little outside of its edges, with no more detail than shows.
func (v View) Land() (out [][]XY) {
	const edge = 4
	for _, r := range land() {
		for _, turn := range []float64{-360, 0, 360} {
			place := func(lon, lat float64) XY {
				return XY{v.W/2 + (lon+turn-v.mid.Lon)*v.kx, v.H/2 - (lat-v.mid.Lat)*v.ky}
			}
			low, high := place(r.west, r.north), place(r.east, r.south)
			if high.X < 0 || high.Y < 0 || low.X > v.W || low.Y > v.H {
				continue
			}
			flat := make([]XY, len(r.points))
			for i, p := range r.points {
				flat[i] = place(p.Lon, p.Lat)
			}
			for _, side := range []struct {
				across bool
				at     float64
				sign   float64
			}{{true, -edge, 1}, {true, v.W + edge, -1}, {false, -edge, 1}, {false, v.H + edge, -1}} {
				flat = cut(flat, side.across, side.at, side.sign)
			}
			if flat = thin(flat, 1.2); len(flat) > 2 {
				out = append(out, flat)
			}
		}
	}
	return out
}

// cut keeps the part of a ring on one side of a line (Sutherland and Hodgman).
func cut(ring []XY, across bool, at, sign float64) (out []XY) {
	value := func(p XY) float64 {
		if across {
			return sign * (p.X - at)
		}
		return sign * (p.Y - at)
	}
	for i, p := range ring {
		q := ring[(i+len(ring)-1)%len(ring)]
		a, b := value(q), value(p)
		if (a < 0) != (b < 0) {
			t := a / (a - b)
			out = append(out, XY{q.X + t*(p.X-q.X), q.Y + t*(p.Y-q.Y)})
		}
		if b >= 0 {
			out = append(out, p)
		}
	}
	return out
}

// thin leaves out points closer than a step to the one before.
func thin(ring []XY, step float64) (out []XY) {
	for _, p := range ring {
		if n := len(out); n > 0 && math.Abs(out[n-1].X-p.X)+math.Abs(out[n-1].Y-p.Y) < step {
			continue
		}
		out = append(out, p)
	}
	return out
}

// Path writes rings as SVG path data in whole units, relative to the point before.
func Path(rings [][]XY) string {
	var b []byte
	for _, ring := range rings {
		x, y := 0, 0
		for i, p := range ring {
			px, py := int(math.Round(p.X)), int(math.Round(p.Y))
			if i == 0 {
				b = append(b, 'M')
				b = strconv.AppendInt(b, int64(px), 10)
				b = append(b, ' ')
				b = strconv.AppendInt(b, int64(py), 10)
				b = append(b, 'l')
			} else {
				if px == x && py == y {
					continue
				}
				b = strconv.AppendInt(b, int64(px-x), 10)
				if py-y >= 0 {
					b = append(b, ' ')
				}
				b = strconv.AppendInt(b, int64(py-y), 10)
				b = append(b, ' ')
			}
			x, y = px, py
		}
		b = append(b, 'z')
	}
	return string(b)
}
