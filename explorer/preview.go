package explorer

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"net/http"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"github.com/suyuan-ledger/suyuan/explorer/atlas"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// Size of a link preview in pixels, as Open Graph's readers like it.
const (
	previewW, previewH = 1200, 630
	previewText        = 520 // width of the words' side
)

// Colours of the preview. Its palette holds the steps between each and the paper, for smooth edges in a small file.
var (
	paper = color.RGBA{0xf7, 0xf5, 0xf0, 0xff}
	ink   = color.RGBA{0x22, 0x21, 0x1e, 0xff}
	soft  = color.RGBA{0x5d, 0x5b, 0x54, 0xff}
	earth = color.RGBA{0xe3, 0xdf, 0xd3, 0xff}
	water = color.RGBA{0xf0, 0xf3, 0xf3, 0xff}
	alarm = color.RGBA{0x9c, 0x1b, 0x1b, 0xff}
	white = color.RGBA{0xff, 0xff, 0xff, 0xff}
)

var palette = sync.OnceValue(func() (p color.Palette) {
	for _, pair := range [][2]color.RGBA{{paper, ink}, {paper, soft}, {water, earth}, {earth, ink}, {earth, soft}, {paper, alarm}, {alarm, white}, {ink, white}} {
		for i := range 9 {
			mix := func(a, b uint8) uint8 { return uint8((int(a)*(8-i) + int(b)*i) / 8) }
			p = append(p, color.RGBA{mix(pair[0].R, pair[1].R), mix(pair[0].G, pair[1].G), mix(pair[0].B, pair[1].B), 0xff})
		}
	}
	return p
})

var (
	boldFont = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(gobold.TTF) })
	monoFont = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(gomono.TTF) })
)

// preview answers /preview/<digital link path>.png: a picture for those who show links. It has a map and the codes;
// names only in the letters its fonts have, for the words stand in the page's tags.
func (s *server) preview(c echo.Context) error {
	path, ok := strings.CutSuffix(c.Request().URL.EscapedPath()[len("/preview"):], ".png")
	if !ok || len(path) > maxPath {
		return s.notFound(c)
	}
	id, err := gs1.ParsePath(path)
	if err != nil {
		return s.malformed(c, path, err)
	}
	story, err := s.Stories.Story(c.Request().Context(), id, StoryOptions{Lang: string(lang(c)), Now: s.Now()})
	if err != nil {
		return s.unavailable(c, err)
	}
	if unrecorded(story) {
		return s.unknown(c, id, formHTML)
	}
	key := answerKey{story: story.Telling(), form: formPicture, lang: lang(c)}
	p, err := s.answers.get(key, func() (*pieces, error) {
		img, err := drawPreview(story)
		return picture(img), err
	})
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", entityTag(p.tag, false))
	if strings.Contains(c.Request().Header.Get("If-None-Match"), p.tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, key.form.media(), p.raw)
}

// drawPreview draws the picture of a story.
func drawPreview(st *trace.Story) ([]byte, error) {
	p := painter{img: image.NewRGBA(image.Rect(0, 0, previewW, previewH))}
	draw.Draw(p.img, p.img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	p.journey(st, image.Rect(previewText, 0, previewW, previewH))
	p.mark(64, 64)
	if err := p.words(st); err != nil {
		return nil, fmt.Errorf("preview of %s: %w", st.ID, err)
	}
	small := image.NewPaletted(p.img.Bounds(), palette())
	draw.Draw(small, small.Bounds(), p.img, image.Point{}, draw.Src)
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&b, small); err != nil {
		return nil, fmt.Errorf("encode preview: %w", err)
	}
	return b.Bytes(), nil
}

// painter fills shapes and writes words.
type painter struct{ img *image.RGBA }

// fill paints closed rings; with more than one the later ones add to the first.
func (p *painter) fill(c color.RGBA, rings ...[]atlas.XY) {
	r := vector.NewRasterizer(previewW, previewH)
	for _, ring := range rings {
		for i, q := range ring {
			if i == 0 {
				r.MoveTo(float32(q.X), float32(q.Y))
			} else {
				r.LineTo(float32(q.X), float32(q.Y))
			}
		}
		r.ClosePath()
	}
	r.Draw(p.img, p.img.Bounds(), image.NewUniform(c), image.Point{})
}

// stroke paints a line from a to b.
func (p *painter) stroke(c color.RGBA, a, b atlas.XY, width float64) {
	dx, dy := b.X-a.X, b.Y-a.Y
	n := math.Hypot(dx, dy)
	if n == 0 {
		return
	}
	ox, oy := -dy/n*width/2, dx/n*width/2
	p.fill(c, []atlas.XY{{X: a.X + ox, Y: a.Y + oy}, {X: b.X + ox, Y: b.Y + oy}, {X: b.X - ox, Y: b.Y - oy}, {X: a.X - ox, Y: a.Y - oy}})
}

func (p *painter) disc(c color.RGBA, at atlas.XY, radius float64) {
	ring := make([]atlas.XY, 32)
	for i := range ring {
		a := float64(i) / 32 * 2 * math.Pi
		ring[i] = atlas.XY{X: at.X + radius*math.Cos(a), Y: at.Y + radius*math.Sin(a)}
	}
	p.fill(c, ring)
}

func (p *painter) box(c color.RGBA, r image.Rectangle) {
	draw.Draw(p.img, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// mark draws the seal of these pages.
func (p *painter) mark(x, y int) {
	p.box(ink, image.Rect(x, y, x+64, y+64))
	for _, dy := range []int{16, 30, 44} {
		p.box(white, image.Rect(x+16, y+dy, x+48, y+dy+4))
	}
	p.box(white, image.Rect(x+30, y+16, x+34, y+48))
}

// journey draws the map.
func (p *painter) journey(st *trace.Story, r image.Rectangle) {
	var points []atlas.Point
	var numbers []int
	for i := range st.Journey {
		if s := &st.Journey[i]; s.Corrected == nil && !s.Damaged {
			if at := located(s); at != nil {
				points = append(points, atlas.Point{Lat: *at.Lat, Lon: *at.Lon})
				numbers = append(numbers, i)
			}
		}
	}
	span := 3.0
	if len(points) == 0 {
		points, span = []atlas.Point{{Lat: 25, Lon: 100}}, 120
	}
	p.box(water, r)
	view := atlas.Fit(points, float64(r.Dx()), float64(r.Dy()), span)
	shift := func(q atlas.XY) atlas.XY { return atlas.XY{X: q.X + float64(r.Min.X), Y: q.Y} }
	rings := view.Land()
	for i := range rings {
		for j := range rings[i] {
			rings[i][j] = shift(rings[i][j])
			rings[i][j].X = max(rings[i][j].X, float64(r.Min.X))
		}
	}
	p.fill(earth, rings...)
	if len(numbers) == 0 {
		return
	}
	spots, of := gatherSpots(EN, st, view, points, numbers)
	for _, w := range ways(st, of) {
		c, width := ink, 5.0
		if w.input {
			c, width = soft, 3
		}
		for i := 1; i < len(w.spots); i++ {
			p.stroke(c, shift(spots[w.spots[i-1]].at), shift(spots[w.spots[i]].at), width)
		}
	}
	for i := range spots {
		p.disc(paper, shift(spots[i].at), 15)
		p.disc(ink, shift(spots[i].at), 11)
	}
}

// words writes the name, where the font has its letters, the codes and a recall.
func (p *painter) words(st *trace.Story) error {
	bold, err := boldFont()
	if err != nil {
		return err
	}
	mono, err := monoFont()
	if err != nil {
		return err
	}
	y := 210
	if n := st.Identity.Name; n != nil && latin(n.Text) {
		for _, line := range wrap(n.Text, 18, 3) {
			if err := p.write(bold, 42, ink, 64, y, line); err != nil {
				return err
			}
			y += 54
		}
		y += 22
	}
	d := &st.Identity
	for _, code := range [][2]string{{"GTIN", d.GTIN}, {"LOT", d.Lot}, {"SERIAL", d.Serial}, {"SSCC", d.SSCC}, {"", d.Code}} {
		if code[1] == "" || y > 500 {
			continue
		}
		if err := p.write(mono, 27, soft, 64, y, strings.TrimSpace(fmt.Sprintf("%-7s%s", code[0], code[1]))); err != nil {
			return err
		}
		y += 42
	}
	if st.Unit.State == trace.UnitRecalled {
		p.box(alarm, image.Rect(0, previewH-96, previewText, previewH))
		return p.write(bold, 44, white, 64, previewH-32, "RECALLED")
	}
	return p.write(mono, 25, ink, 64, previewH-52, fmt.Sprintf("%d records · Suyuan", st.Records))
}

func (p *painter) write(f *opentype.Font, size float64, c color.RGBA, x, y int, text string) error {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return fmt.Errorf("font: %w", err)
	}
	defer face.Close()
	d := font.Drawer{Dst: p.img, Src: image.NewUniform(c), Face: face, Dot: fixed.P(x, y)}
	for d.MeasureString(text).Ceil() > previewText-x-16 && len(text) > 1 {
		text = string([]rune(text)[:len([]rune(text))-2]) + "…"
	}
	d.DrawString(text)
	return nil
}

// latin says that the Go fonts have every letter of a text.
func latin(text string) bool {
	for _, r := range text {
		if r > 0x24f && r != '–' && r != '—' && r != '’' && r != '“' && r != '”' && r != '…' {
			return false
		}
	}
	return true
}

// wrap breaks a text at spaces into at most n lines of about width letters.
func wrap(text string, width, n int) (lines []string) {
	for _, word := range strings.Fields(text) {
		last := len(lines) - 1
		switch {
		case last >= 0 && (len(lines[last])+1+len(word) <= width || len(lines) == n):
			lines[last] += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
