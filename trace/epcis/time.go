package epcis

import (
	"time"
)

// parseTime reads a date and time with offset as EPCIS has it (RFC 3339, ISO 8601 with a mandatory offset): a real day
// of the calendar, seconds given, any number of fractional digits. Fractions beyond the nanosecond are cut off.
func parseTime(s string) (t time.Time, ok bool) {
	// 2006-01-02T15:04:05
	if len(s) < 20 || s[4] != '-' || s[7] != '-' || s[10]|0x20 != 't' || s[13] != ':' || s[16] != ':' {
		return t, false
	}
	year, ok1 := number(s[0:4])
	month, ok2 := number(s[5:7])
	day, ok3 := number(s[8:10])
	hour, ok4 := number(s[11:13])
	minute, ok5 := number(s[14:16])
	second, ok6 := number(s[17:19])
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59 {
		return t, false
	}
	rest := s[19:]
	nanos := 0
	if rest[0] == '.' {
		n := 1
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n == 1 || n == len(rest) {
			return t, false
		}
		scale := 100_000_000
		for _, c := range rest[1:n] {
			nanos += int(c-'0') * scale
			scale /= 10
		}
		rest = rest[n:]
	}
	offset := 0
	switch {
	case rest == "Z" || rest == "z":
	case len(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':':
		h, okH := number(rest[1:3])
		m, okM := number(rest[4:6])
		if !okH || !okM || h > 23 || m > 59 {
			return t, false
		}
		offset = offsetSeconds(rest)
	default:
		return t, false
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if day < 1 || t.Day() != day {
		return t, false
	}
	return t.Add(-time.Duration(offset) * time.Second), true
}

func number(s string) (n int, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// validOffset says whether s is a UTC offset as eventTimeZoneOffset takes it: -14:00 to +14:00.
func validOffset(s string) bool {
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return false
	}
	h, ok1 := number(s[1:3])
	m, ok2 := number(s[4:6])
	return ok1 && ok2 && m <= 59 && (h <= 13 || h == 14 && m == 0)
}

// offsetSeconds reads "+08:00"; 0 for anything else.
func offsetSeconds(s string) int {
	if len(s) != 6 || s[3] != ':' {
		return 0
	}
	d := func(i int) int { return int(s[i] - '0') }
	n := (d(1)*10+d(2))*3600 + (d(4)*10+d(5))*60
	if s[0] == '-' {
		return -n
	}
	return n
}
