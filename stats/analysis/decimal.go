package analysis

import "strconv"

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

// short reads a decimal of at most 15 digits, which a float64 division by a power of ten rounds correctly (Clinger 1990): most fields are such.
func short(field []byte) (float64, bool) {
	digits, point, whole := field, -1, int64(0)
	if len(field) > 0 && field[0] == '-' {
		digits = field[1:]
	}
	if len(digits) == 0 || len(digits) > 16 {
		return 0, false
	}
	count := 0
	for i := range len(digits) {
		switch b := digits[i]; {
		case b >= '0' && b <= '9':
			whole = whole*10 + int64(b-'0')
			count++
		case b == '.' && point < 0:
			point = i
		default:
			return 0, false
		}
	}
	if count == 0 || count > 15 {
		return 0, false
	}
	v := float64(whole)
	if point >= 0 {
		v /= powers[len(digits)-1-point]
	}
	if field[0] == '-' {
		v = -v
	}
	return v, true
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}
