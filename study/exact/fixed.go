// Package exact is arithmetic that comes out the same on every machine: fixed-point numbers that add up in any order, and small linear systems in
// arbitrary precision. The joint step of a federated study uses nothing else, because floating-point sums differ between processors and orders.
//
// A figure that leaves a hospital is an integer mod 2^128, the value times 2^64. Sums of such figures are exact, and a mask that is uniform among them
// hides a figure wholly. Masks are package mask's.
package exact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

// Precision is that of every [big.Float] here, in bits: twice what the sums hold, so that solving a system loses nothing that matters.
const Precision = 320

// FixedSize is how many bytes a figure has.
const FixedSize = 16

// ErrRange says that a figure is too large to be added up: constants of the protocol do not fit its variable.
var ErrRange = errors.New("a figure is not finite or beyond 2^48: the center and scale of a variable do not fit it")

// maxFigure leaves room for 2^15 hospitals.
const maxFigure = 1 << 48

// Fixed is a figure: the value times 2^64, mod 2^128, in two's complement.
type Fixed struct{ hi, lo uint64 }

// FixedOf rounds a value to the nearest multiple of 2^-64. The error is [ErrRange].
func FixedOf(v float64) (Fixed, error) {
	if math.IsNaN(v) || math.Abs(v) >= maxFigure {
		return Fixed{}, ErrRange
	}
	fraction, exponent := math.Frexp(math.Abs(v))
	mantissa := uint64(math.Ldexp(fraction, 53))
	f := shifted(mantissa, exponent-53+64)
	if v < 0 {
		f = f.Neg()
	}
	return f, nil
}

// shifted is m·2^by, rounded to an integer (halves up).
func shifted(m uint64, by int) Fixed {
	switch {
	case by >= 64:
		return Fixed{m << (by - 64), 0}
	case by >= 0:
		return Fixed{m >> (64 - by), m << by}
	case by > -64:
		down := uint(-by)
		return Fixed{0, m>>down + (m>>(down-1))&1}
	}
	return Fixed{}
}

// Add is f + g.
func (f Fixed) Add(g Fixed) Fixed {
	lo, carry := bits.Add64(f.lo, g.lo, 0)
	hi, _ := bits.Add64(f.hi, g.hi, carry)
	return Fixed{hi, lo}
}

// Neg is -f.
func (f Fixed) Neg() Fixed {
	lo, borrow := bits.Sub64(0, f.lo, 0)
	hi, _ := bits.Sub64(0, f.hi, borrow)
	return Fixed{hi, lo}
}

// Big is the value, exactly.
func (f Fixed) Big() *big.Float {
	negative := f.hi>>63 == 1
	if negative {
		f = f.Neg()
	}
	n := new(big.Int).SetUint64(f.hi)
	n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(f.lo))
	v := Zero().SetInt(n)
	v.SetMantExp(v, -64)
	if negative {
		v.Neg(v)
	}
	return v
}

// Append writes the figure as 16 bytes, most significant first.
func (f Fixed) Append(to []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(to, f.hi), f.lo)
}

// FixedFrom reads what Append wrote; b has at least 16 bytes.
func FixedFrom(b []byte) Fixed {
	return Fixed{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// Vector is the figures of one hospital, or their sum.
type Vector []Fixed

// VectorOf rounds values. The error says which of them is out of range.
func VectorOf(values []float64) (Vector, error) {
	out := make(Vector, len(values))
	for i, v := range values {
		f, err := FixedOf(v)
		if err != nil {
			return nil, fmt.Errorf("figure %d of %d: %w", i+1, len(values), err)
		}
		out[i] = f
	}
	return out, nil
}

// Add adds another vector of the same length to this one.
func (v Vector) Add(other Vector) {
	for i := range v {
		v[i] = v[i].Add(other[i])
	}
}

// Big is the values, exactly.
func (v Vector) Big() []*big.Float {
	out := make([]*big.Float, len(v))
	for i, f := range v {
		out[i] = f.Big()
	}
	return out
}

// Bytes writes the figures one after another.
func (v Vector) Bytes() []byte {
	out := make([]byte, 0, len(v)*FixedSize)
	for _, f := range v {
		out = f.Append(out)
	}
	return out
}

// VectorFrom reads what Bytes wrote.
func VectorFrom(b []byte) (Vector, error) {
	if len(b)%FixedSize != 0 {
		return nil, fmt.Errorf("%d bytes are no whole number of figures", len(b))
	}
	out := make(Vector, len(b)/FixedSize)
	for i := range out {
		out[i] = FixedFrom(b[i*FixedSize:])
	}
	return out, nil
}
