package analysis

import (
	"math"
	"strconv"
)

// decimal reads a number as people and programs write one: digits with a point and a power of ten. Words that Go would take for numbers (hexadecimals,
// "infinity", underscores) are words.
func decimal(field []byte) (float64, bool) {
	if len(field) == 0 {
		return 0, false
	}
	if first := field[0]; first >= 'A' {
		return infinite(string(field))
	}
	if v, ok := short(field); ok {
		return v, true
	}
	for _, b := range field {
		if (b < '0' || b > '9') && b != '.' && b != '-' && b != '+' && b != 'e' && b != 'E' {
			return infinite(string(field))
		}
	}
	v, err := strconv.ParseFloat(string(field), 64)
	return v, err == nil
}

// infinite reads what R and this package write for numbers that are none.
func infinite(field string) (float64, bool) {
	switch field {
	case "Inf", "-Inf", "NaN":
		v, err := strconv.ParseFloat(field, 64)
		return v, err == nil
	}
	return 0, false
}

// short reads a decimal of at most 15 digits.
func short(field []byte) (float64, bool) {
	v, end := shortAt(field, 0)
	return v, end == len(field) && !math.IsNaN(v)
}

// shortAt reads the decimal that begins at a place, and says where its digits end. One of at most 15 digits is exact, since a float64 division by a power of ten is
// rounded correctly then (Clinger 1990); NaN for others, and where there is none.
func shortAt(b []byte, at int) (v float64, end int) {
	end = at
	if end < len(b) && b[end] == '-' {
		end++
	}
	digits, point, whole := 0, -1, uint64(0)
	for ; end < len(b); end++ {
		if d := b[end] - '0'; d <= 9 {
			whole = whole*10 + uint64(d)
			digits++
		} else if b[end] == '.' && point < 0 {
			point = end
		} else {
			break
		}
	}
	if digits == 0 || digits > 15 {
		return math.NaN(), end
	}
	v = float64(whole)
	if point >= 0 {
		v /= powers[end-1-point]
	}
	if b[at] == '-' {
		v = -v
	}
	return v, end
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}
