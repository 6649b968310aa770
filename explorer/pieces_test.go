package explorer

import (
	"bytes"
	"compress/gzip"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unpack reads a single member, as browsers do, and wants nothing behind it.
func unpack(t *testing.T, packed []byte) string {
	r := bytes.NewReader(packed)
	z, err := gzip.NewReader(r)
	require.NoError(t, err)
	z.Multistream(false)
	b, err := io.ReadAll(z)
	require.NoError(t, err) // the checksum and the length are right
	assert.Zero(t, r.Len())
	return string(b)
}

func TestGapsAreFilled(t *testing.T) {
	long := strings.Repeat("the same again and again, ", 5000)
	for name, tt := range map[string]struct {
		body string
		gaps []string
	}{
		"nothing":             {"", nil},
		"no gap":              {"<p>text</p>", nil},
		"long":                {long, nil},
		"one gap":             {"before " + string(gap) + " after", []string{"10 to 19 scans"}},
		"empty text":          {"before " + string(gap) + " after", []string{""}},
		"at the ends":         {string(gap) + "between" + string(gap), []string{"first", "last"}},
		"side by side":        {long + string(gap) + string(gap) + long, []string{"溯", "源"}},
		"the longest":         {"a" + string(gap) + "b", []string{strings.Repeat("x", 65535)}},
		"a gap within a text": {"a" + string(gap) + "b", []string{string(gap)}},
	} {
		t.Run(name, func(t *testing.T) {
			parts := strings.Split(tt.body, string(gap))
			want := parts[0]
			for i, text := range tt.gaps {
				want += text + parts[i+1]
			}
			p, err := pack([]byte(tt.body))
			require.NoError(t, err)
			for range 2 {
				packed, err := p.fill(tt.gaps)
				require.NoError(t, err)
				assert.Equal(t, want, unpack(t, packed))
			}
		})
	}
	p, err := pack([]byte("a" + string(gap) + "b"))
	require.NoError(t, err)
	_, err = p.fill(nil)
	assert.ErrorContains(t, err, "answer with 1 gaps, not 0")
	_, err = p.fill([]string{strings.Repeat("x", 65536)})
	assert.ErrorContains(t, err, "text of 65536 bytes for a gap")
}

func TestSumsOfTextsJoin(t *testing.T) {
	a, b := []byte("before the gap"), bytes.Repeat([]byte{0, 1, 2, 255}, 333)
	for n := range len(b) {
		require.Equal(t, crc32.ChecksumIEEE(append(a[:len(a):len(a)], b[:n]...)), product(crc32.ChecksumIEEE(a), shiftBy(n))^crc32.ChecksumIEEE(b[:n]))
	}
}

func TestAnswersAreForgottenOldestFirst(t *testing.T) {
	p := picture(make([]byte, 400))
	a := newAnswers(2 * p.bytes())
	made := 0
	ask := func(story uint64) {
		_, err := a.get(answerKey{story: story}, func() (*pieces, error) { made++; return p, nil })
		require.NoError(t, err)
	}
	for _, story := range []uint64{1, 2, 1, 3, 1, 3} {
		ask(story)
	}
	assert.Equal(t, 3, made)
	ask(2)
	assert.Equal(t, 4, made, "asked for longest ago")
	assert.Equal(t, 2*p.bytes(), a.bytes)
	ask(0)
	ask(0)
	assert.Equal(t, 6, made, "a story without a version isn't kept")
}
