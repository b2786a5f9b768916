package terms

import (
	"encoding/json"
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
	if d.String() != "0" || d.Sign() != 0 {
		t.Error("the zero value is not 0")
	}
}

func TestDecimalJSON(t *testing.T) {
	var v struct{ K Decimal }
	if err := json.Unmarshal([]byte(`{"K":"4.10"}`), &v); err != nil {
		t.Fatal(err)
	}
	if out, err := json.Marshal(v); err != nil || string(out) != `{"K":"4.10"}` {
		t.Errorf("%s %v", out, err)
	}
	if json.Unmarshal([]byte(`{"K":4.1}`), &v) == nil {
		t.Error("a JSON number was accepted")
	}
}

func TestRounding(t *testing.T) {
	for _, c := range []struct {
		value  string
		places int
		want   string
	}{
		{"1/2", 0, "1"}, {"-1/2", 0, "-1"}, {"1/3", 3, "0.333"}, {"-1/1000", 2, "0.00"}, {"2", 2, "2.00"}, {"10/7", 1, "1.4"},
	} {
		r, _ := new(big.Rat).SetString(c.value)
		if d, err := RoundDecimal(r, c.places); err != nil || d.String() != c.want {
			t.Errorf("%s to %d places: %s, %v; want %s", c.value, c.places, d, err, c.want)
		}
	}
	for _, places := range []int{-1, 18} {
		if _, err := RoundDecimal(big.NewRat(1, 3), places); !errors.Is(err, ErrInexact) {
			t.Errorf("%d places: %v", places, err)
		}
	}
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
		a, b := drawDecimal(t, "a"), drawDecimal(t, "b")
		back, err := ParseDecimal(a.String())
		if err != nil || back != a {
			t.Fatalf("%v is written %s and read %v, %v", a, a, back, err)
		}
		if a.Cmp(b) != -b.Cmp(a) || a.Cmp(a) != 0 {
			t.Fatalf("%s and %s: %d, %d", a, b, a.Cmp(b), b.Cmp(a))
		}
		fewest, err := ExactDecimal(a.Rat())
		if err != nil || fewest.Cmp(a) != 0 || fewest.Places() > a.Places() {
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
