package explorer

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// Lang is a language of the pages.
type Lang string

// Languages the pages speak.
const (
	ZH Lang = "zh"
	EN Lang = "en"
)

// Langs are all languages, in the order of the catalogue's columns.
var Langs = []Lang{ZH, EN}

var matcher = language.NewMatcher([]language.Tag{language.English, language.Chinese})

// NegotiateLang picks the language of an answer: the one asked for in the query, else the best for the Accept-Language
// header, else English.
func NegotiateLang(query, acceptLanguage string) Lang {
	switch Lang(query) {
	case ZH, EN:
		return Lang(query)
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return EN
	}
	if _, i, _ := matcher.Match(tags...); i == 1 {
		return ZH
	}
	return EN
}

// Tag is the BCP 47 tag for the html element.
func (l Lang) Tag() string {
	if l == ZH {
		return "zh-Hans"
	}
	return "en"
}

// Other is the language to offer a switch to.
func (l Lang) Other() Lang {
	if l == ZH {
		return EN
	}
	return ZH
}

// catalogue holds every text of the pages: key, Chinese, English. Arguments are in braces.
var catalogue = func() map[string][2]string {
	all := map[string][2]string{}
	for _, part := range []map[string][2]string{pageWords, scanWords, reasonWords, stepWords, dispositionWords, factWords, ledgerWords, contractWords, verifyWords} {
		for k, v := range part {
			if _, twice := all[k]; twice {
				panic("explorer: text " + k + " is in the catalogue twice")
			}
			all[k] = v
		}
	}
	return all
}()

// counts are the arguments that choose between singular and plural.
var counts = map[string]bool{"n": true, "count": true, "blocks": true, "records": true, "minutes": true}

// Say is the text of a key with its arguments (name, value pairs) filled in; where a count is 1 it is the text of key.one,
// if there is one. An unknown key is a mistake that a test finds; a reader then sees the key.
func (l Lang) Say(key string, args ...any) string {
	s, ok := l.say(key)
	if !ok {
		return key
	}
	for i := 0; i+1 < len(args); i += 2 {
		if !counts[fmt.Sprint(args[i])] || fmt.Sprint(args[i+1]) != "1" {
			continue
		}
		if one, ok := l.say(key + ".one"); ok {
			s = one
		}
	}
	for i := 0; i+1 < len(args); i += 2 {
		s = strings.ReplaceAll(s, fmt.Sprintf("{%v}", args[i]), fmt.Sprint(args[i+1]))
	}
	return s
}

func (l Lang) say(key string) (string, bool) {
	v, ok := catalogue[key]
	if !ok {
		return "", false
	}
	if l == ZH {
		return v[0], true
	}
	return v[1], true
}

// Vocabulary is the text of a CBV word of that kind ("step", "disposition"); a word of a private vocabulary is shown
// by its last part.
func (l Lang) Vocabulary(kind, word string) string {
	if s, ok := l.say(kind + "." + word); ok {
		return s
	}
	return plainName(word)
}

// Date writes a calendar date, YYYY-MM-DD or a time.
func (l Lang) Date(v any) string {
	var t time.Time
	switch v := v.(type) {
	case time.Time:
		t = v
	case string:
		d, err := time.Parse(time.DateOnly, v)
		if err != nil {
			return v
		}
		t = d
	default:
		return ""
	}
	if l == ZH {
		return t.Format("2006年1月2日")
	}
	return t.Format("2 Jan 2006")
}

// Moment writes a date and time of day to the minute.
func (l Lang) Moment(t time.Time) string { return l.Date(t) + " " + t.Format("15:04") }

// Minutes writes a span of whole minutes as a reader says it: "47 min", "2 h 5 min", "9 days".
func (l Lang) Minutes(m int) string {
	switch {
	case m < 60:
		return l.Say("span.min", "m", m)
	case m < 48*60 && m%60 == 0:
		return l.Say("span.h", "h", m/60)
	case m < 48*60:
		return l.Say("span.hmin", "h", m/60, "m", m%60)
	}
	return l.Say("span.days", "d", m/60/24)
}

// List joins names: a, b and c.
func (l Lang) List(items []string) string {
	if l == ZH {
		return strings.Join(items, "、")
	}
	switch n := len(items); n {
	case 0, 1:
		return strings.Join(items, "")
	default:
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
}

// plainName makes a readable name of the last part of a URI or prefixed name: "oj:recycledContentPercent" becomes
// "recycled content percent".
func plainName(s string) string {
	if i := strings.LastIndexAny(s, "/#:"); i >= 0 && i+1 < len(s) {
		s = s[i+1:]
	}
	var b strings.Builder
	lower := false
	for _, r := range s {
		switch {
		case r == '_':
			b.WriteByte(' ')
			lower = false
			continue
		case r >= 'A' && r <= 'Z' && lower:
			b.WriteByte(' ')
			b.WriteRune(r + 'a' - 'A')
			lower = false
			continue
		}
		lower = r >= 'a' && r <= 'z'
		b.WriteRune(r)
	}
	return b.String()
}
