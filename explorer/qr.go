package explorer

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/skip2/go-qrcode"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// Limits of QR images. GS1 asks for level M and a quiet zone of four modules.
const (
	quietZone   = 4
	defaultSize = 512  // pixels
	minSize     = 64   // pixels
	maxSize     = 2048 // pixels
)

// qrMatrix is the code of text at level M with its quiet zone: rows of modules, true is dark.
func qrMatrix(text string) ([][]bool, error) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("encode QR code: %w", err)
	}
	code.DisableBorder = true
	inner := code.Bitmap()
	n := len(inner) + 2*quietZone
	matrix := make([][]bool, n)
	for y := range matrix {
		matrix[y] = make([]bool, n)
	}
	for y, row := range inner {
		copy(matrix[y+quietZone][quietZone:], row)
	}
	return matrix, nil
}

// qrSVG draws a matrix as one path, a unit a module.
func qrSVG(m [][]bool, label string) []byte {
	var b bytes.Buffer
	n := len(m)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" role="img"><title>`, n, n)
	xmlEscape(&b, label)
	fmt.Fprintf(&b, `</title><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, n, n)
	for y, row := range m {
		for x := 0; x < n; x++ {
			if !row[x] {
				continue
			}
			run := 1
			for x+run < n && row[x+run] {
				run++
			}
			fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, run, run)
			x += run
		}
	}
	b.WriteString(`"/></svg>`)
	return b.Bytes()
}

// qrPNG draws a matrix with whole pixels a module, as large as fits into size.
func qrPNG(m [][]bool, size int) ([]byte, error) {
	n := len(m)
	scale := max(1, size/n)
	img := image.NewPaletted(image.Rect(0, 0, n*scale, n*scale), color.Palette{color.White, color.Black})
	for y, row := range m {
		for x, dark := range row {
			if !dark {
				continue
			}
			for dy := range scale {
				line := img.Pix[(y*scale+dy)*img.Stride+x*scale:]
				for dx := range scale {
					line[dx] = 1
				}
			}
		}
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encode QR image: %w", err)
	}
	return b.Bytes(), nil
}

// qr answers /qr/<digital link path>.svg or .png. A PNG takes ?size= in pixels.
func (s *server) qr(c echo.Context) error {
	path := c.Request().URL.EscapedPath()[len("/qr"):]
	kind := ""
	for _, k := range []string{".svg", ".png"} {
		if strings.HasSuffix(path, k) {
			kind, path = k, strings.TrimSuffix(path, k)
			break
		}
	}
	if kind == "" {
		return s.notFound(c)
	}
	id, err := gs1.ParsePath(path)
	if err != nil {
		return s.malformed(c, path, err)
	}
	size := defaultSize
	if v := c.QueryParam("size"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < minSize || n > maxSize {
			return echo.NewHTTPError(http.StatusBadRequest, fmt.Sprintf("size %q: must be a whole number of pixels from %d to %d", v, minSize, maxSize))
		}
		size = n
	}
	link := s.LinkDomain + id.FullPath()
	m, err := qrMatrix(link)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("X-Content-Type-Options", "nosniff")
	if kind == ".svg" {
		// A script in an SVG would run if the image were opened as a page; ours has none, and none may be added.
		h.Set("Content-Security-Policy", "default-src 'none'")
		return c.Blob(http.StatusOK, "image/svg+xml", qrSVG(m, link))
	}
	img, err := qrPNG(m, size)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "image/png", img)
}
