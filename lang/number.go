package lang

import (
	"strconv"
	"strings"
)

// Number writes a whole number with groups of three. Both languages group alike.
func Number(_ Language, n int64) string { return grouped(strconv.FormatInt(n, 10)) }

// Decimal writes decimal text such as "12345.60" with groups of three before the point; digits are neither added
// nor dropped. Text that is not a decimal number is returned as it is.
func Decimal(_ Language, text string) string {
	whole, fraction, point := strings.Cut(text, ".")
	if !digits(strings.TrimPrefix(whole, "-")) || point && !digits(fraction) {
		return text
	}
	if !point {
		return grouped(whole)
	}
	return grouped(whole) + "." + fraction
}

// Percent writes a share of one, 0.256, as 25.6%, with the given number of decimals.
func Percent(l Language, share float64, decimals int) string {
	return Decimal(l, strconv.FormatFloat(share*100, 'f', decimals, 64)) + "%"
}

// Size writes a number of bytes in decimal units: "12.3 MB".
func Size(l Language, bytes int64) string {
	if bytes < 1000 {
		return Number(l, bytes) + " B"
	}
	value, unit := float64(bytes), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB"} {
		value /= 1000
		if value < 999.95 {
			break
		}
	}
	return Decimal(l, strconv.FormatFloat(value, 'f', 1, 64)) + " " + unit
}

// List joins items as a sentence does: "A, B and C", "A、B和C".
func List(l Language, items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	comma, and := ", ", " and "
	if l == Chinese {
		comma, and = "、", "和"
	}
	last := len(items) - 1
	return strings.Join(items[:last], comma) + and + items[last]
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// grouped puts commas into a whole number's text.
func grouped(s string) string {
	sign, rest := "", s
	if strings.HasPrefix(s, "-") {
		sign, rest = "-", s[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, c := range []byte(rest) {
		if i > 0 && (len(rest)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(c)
	}
	return b.String()
}
