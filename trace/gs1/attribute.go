package gs1

import (
	"net/url"
	"sort"
	"strconv"
	"time"
)

// Attribute is a datum that a Digital Link or an element string carries beside its identifier: AI 17 (expiry), 3103
// (net weight in grams), and so on.
type Attribute struct {
	AI    string
	Value string
}

// Attributes reads the query string of a Digital Link: every key that is an application identifier with a valid value,
// in order of AI. Other keys (linkType, utm_...) and invalid values are left out: what a link says beside its key is
// shown and compared, never trusted.
func Attributes(rawQuery string) []Attribute {
	var out []Attribute
	values, _ := url.ParseQuery(rawQuery) // keeps what it could read
	for ai, v := range values {
		if a := applications[ai]; a != nil && !a.key && len(v) == 1 && checkValue(ai, v[0]) == nil {
			out = append(out, Attribute{ai, v[0]})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].AI < out[j].AI })
	return out
}

// Date reads a YYMMDD date (AI 11, 13, 15, 17) by the century rule of the GS1 General Specifications 7.12: the year
// nearest to the year of now. Day 00 is the last day of the month. ok is false if it is no date.
func Date(yymmdd string, now time.Time) (date time.Time, ok bool) {
	d, ok := parseDate(yymmdd, true)
	if !ok {
		return time.Time{}, false
	}
	year := now.Year()/100*100 + d.yy
	switch {
	case year-now.Year() >= 51:
		year -= 100
	case year-now.Year() <= -50:
		year += 100
	}
	if d.day == 0 {
		return time.Date(year, time.Month(d.month)+1, 0, 0, 0, 0, 0, time.UTC), true
	}
	date = time.Date(year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC)
	return date, date.Day() == d.day
}

type shortDate struct{ yy, month, day int }

func parseDate(s string, dayZero bool) (d shortDate, ok bool) {
	if len(s) != 6 || !digits(s) {
		return d, false
	}
	d.yy, _ = strconv.Atoi(s[:2])
	d.month, _ = strconv.Atoi(s[2:4])
	d.day, _ = strconv.Atoi(s[4:])
	if d.month < 1 || d.month > 12 || d.day == 0 && !dayZero {
		return d, false
	}
	// 2000 was a leap year, as is every two-digit year divisible by four until 2100.
	last := time.Date(2000+d.yy, time.Month(d.month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return d, d.day <= last
}
