package epcis

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
