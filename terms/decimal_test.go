package terms

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDecimalForms(t *testing.T) {
	for _, good := range []string{"0", "0.0", "0.00", "7.40", "-7.40", "-0.5", "999999999999999999", "0.12345678901234567", "-999999999.999999999"} {
		d, err := ParseDecimal(good)
		if err != nil || d.String() != good {
			t.Errorf("%s: %s, %v", good, d, err)
		}
	}
	for _, bad := range []string{"", "-", ".", "1.", ".5", "+1", "01", "-0", "-0.00", "1e3", "1,0", " 1", "1 ", "１", "--1", "1.2.3", "NaN",
		"1000000000000000000", "0.000000000000000000", strings.Repeat("9", 1000)} {
		if d, err := ParseDecimal(bad); !errors.Is(err, ErrDecimal) {
			t.Errorf("%q: %s, %v", bad, d, err)
		}
	}
	var d Decimal
	if d.String() != "0" {
		t.Error("the zero value is not 0")
	}
}

func TestAThirdHasNoDecimal(t *testing.T) {
	if _, err := ExactDecimal(big.NewRat(1, 3)); !errors.Is(err, ErrInexact) {
		t.Errorf("a third: %v", err)
	}
}

func drawDecimal(t *rapid.T, name string) Decimal {
	d := Decimal{rapid.Int64Range(-999_999_999_999_999_999, 999_999_999_999_999_999).Draw(t, name), uint8(rapid.IntRange(0, 17).Draw(t, name+" scale"))}
	return d
}

func TestDecimalLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawDecimal(t, "a")
		back, err := ParseDecimal(a.String())
		if err != nil || back != a {
			t.Fatalf("%v is written %s and read %v, %v", a, a, back, err)
		}
		fewest, err := ExactDecimal(a.Rat())
		if err != nil || fewest.Rat().Cmp(a.Rat()) != 0 || fewest.scale > a.scale {
			t.Fatalf("%s without needless digits: %s, %v", a, fewest, err)
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"7.40", "-0", "", "1e9", "000", "0.123456789012345678"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDecimal(s)
		if err == nil && d.String() != s {
			t.Errorf("%q is written back as %q", s, d)
		}
		if r, ok := new(big.Rat).SetString(s); err == nil && (!ok || r.Cmp(d.Rat()) != 0) {
			t.Errorf("%q has the value %s", s, d.Rat())
		}
	})
}
