package terms

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// MaxDigits is how many digits a decimal may have, before and after the point together.
const MaxDigits = 18

// Errors of numbers and units.
var (
	// ErrDecimal: the text is not a decimal number in its one written form.
	ErrDecimal = errors.New("not a decimal number of at most 18 digits")
	// ErrInexact: the exact result has more digits than a decimal may have.
	ErrInexact = errors.New("has no exact decimal of at most 18 digits")
)

// Decimal is a number as somebody wrote it down: 7.40 has two digits after the point, and keeps them, because they
// say how precisely it was measured. The zero value is 0. Use Cmp to compare values; == compares writings.
type Decimal struct {
	unscaled int64 // the digits without the point, with the sign
	scale    uint8 // how many of them stand after the point
}

// ParseDecimal reads a decimal in its one written form: an optional minus, digits without needless zeros in front,
// and after a point at least one digit more. There is no plus, no exponent and no negative zero.
func ParseDecimal(s string) (Decimal, error) {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	ok := isDigits(whole) && (!point || isDigits(fraction)) && len(whole)+len(fraction) <= MaxDigits && (whole == "0" || whole[0] != '0')
	if !ok {
		return Decimal{}, fmt.Errorf("%.40q: %w", s, ErrDecimal)
	}
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		return Decimal{}, fmt.Errorf("%.40q: %w", s, ErrDecimal)
	}
	if s[0] == '-' {
		if n == 0 {
			return Decimal{}, fmt.Errorf("%.40q is zero with a sign: %w", s, ErrDecimal)
		}
		n = -n
	}
	return Decimal{n, uint8(len(fraction))}, nil
}

func isDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// String writes d as ParseDecimal reads it.
func (d Decimal) String() string {
	sign, n := "", d.unscaled
	if n < 0 {
		sign, n = "-", -n
	}
	digits := strconv.FormatInt(n, 10)
	if d.scale == 0 {
		return sign + digits
	}
	if missing := int(d.scale) + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - int(d.scale)
	return sign + digits[:point] + "." + digits[point:]
}

// Rat is the exact value.
func (d Decimal) Rat() *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(d.unscaled), pow10(int(d.scale)))
}

// ExactDecimal writes a value with the fewest digits after the point that hold it whole. It returns ErrInexact if 18
// digits do not.
func ExactDecimal(value *big.Rat) (Decimal, error) {
	for places := 0; places < MaxDigits; places++ {
		scaled := new(big.Rat).Mul(value, new(big.Rat).SetInt(pow10(places)))
		if scaled.IsInt() {
			return ParseDecimal(value.FloatString(places))
		}
	}
	return Decimal{}, fmt.Errorf("%.60s: %w", value.RatString(), ErrInexact)
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
