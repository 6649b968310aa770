package ledger

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// MaxQuery bounds what is searched for, in bytes.
const MaxQuery = 512

// query is everything that the text in the search box may mean.
type query struct {
	text    string
	number  *uint64 // a block, a height, a licence
	gln     uint64  // 13 digits, 0 if none
	prefix  string  // 4 to 13 digits
	hash    *common.Hash
	address *common.Address
	comet   string // 20 bytes in hex: a validator's consensus address, as CometBFT writes it
	id      gs1.ID // zero if it isn't a GS1 identifier
	fault   string // why it isn't, where it looks like one
	cursor  *index.Seq
	event   string // an eventID or event hash ID
	word    string // a serial, lot or name
}

// parseQuery reads the text of the search box. It never fails: what can't be anything finds nothing.
func parseQuery(text string) query {
	text = strings.TrimSpace(text)
	if len(text) > MaxQuery {
		text = text[:MaxQuery]
		for !utf8.ValidString(text) && len(text) > MaxQuery-utf8.UTFMax {
			text = text[:len(text)-1]
		}
	}
	q := query{text: strings.ToValidUTF8(text, "")}
	if q.text == "" {
		return q
	}
	q.readHex()
	bare := strings.NewReplacer(" ", "", "-", "", ",", "").Replace(q.text)
	if n, err := strconv.ParseUint(bare, 10, 64); err == nil {
		if len(bare) < 19 && bare[0] != '+' {
			q.number = &n
		}
		if len(bare) == 13 {
			q.gln = n
		}
		if len(bare) >= 4 && len(bare) <= 13 {
			q.prefix = bare
		}
	}
	if seq, err := index.ParseSeq(q.text); err == nil {
		q.cursor = &seq
	}
	id, _, err := gs1.ParseInput(q.text)
	switch {
	case err == nil:
		q.id = id
	case looksLikeGS1(q.text, bare):
		q.fault = err.Error()
	}
	if strings.HasPrefix(q.text, "ni:") || strings.Contains(q.text, ":") {
		q.event = q.text
	}
	if q.hash == nil && q.address == nil && !strings.ContainsAny(q.text, "/") {
		q.word = q.text
	}
	return q
}

// readHex reads a hash or an address, with 0x before it or without.
func (q *query) readHex() {
	s := strings.ToLower(q.text)
	digits := strings.TrimPrefix(s, "0x")
	if strings.Trim(digits, "0123456789abcdef") != "" {
		return
	}
	switch len(digits) {
	case 64:
		h := common.HexToHash(digits)
		q.hash = &h
	case 40:
		a := common.HexToAddress(digits)
		q.address = &a
		if digits == s {
			q.comet = strings.ToUpper(digits)
		}
	}
}

// looksLikeGS1 says whether a text that isn't an identifier was meant to be one.
func looksLikeGS1(text, bare string) bool {
	switch {
	case strings.HasPrefix(text, "("), strings.HasPrefix(text, "urn:epc:"), strings.Contains(text, "://"), strings.HasPrefix(text, "/"):
		return true
	}
	if strings.Trim(bare, "0123456789") != "" {
		return false
	}
	switch len(bare) {
	case 12, 13, 14, 18:
		return true
	}
	return false
}
