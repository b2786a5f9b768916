package terms

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestConversions(t *testing.T) {
	for _, c := range [][4]string{
		{"7.40", "mm", "mm", "7.40"}, {"7.40", "mm", "cm", "0.74"}, {"1.82", "m", "cm", "182"}, {"90", "min", "h", "1.5"}, {"2", "wk", "d", "14"},
		{"1", "a", "mo", "12"}, {"1", "mo", "d", "30.4375"}, {"1", "a", "d", "365.25"}, {"13.5", "g/dL", "g/L", "135"}, {"135", "g/L", "g/dL", "13.5"},
		{"88", "umol/L", "mmol/L", "0.088"}, {"35", "U/mL", "kU/L", "35"}, {"350", "mL", "L", "0.35"}, {"0.5", "1", "%", "50"}, {"12", "mGy", "Gy", "0.012"},
		{"3", "[score]", "{score}", "3"}, {"88", "µmol/L", "umol/L", "88"}, {"1.1", "ms", "s", "0.0011"}, {"5.00", "mg/L", "g/L", "0.005"},
	} {
		if got, err := ConvertText(c[0], c[1], c[2]); err != nil || got != c[3] {
			t.Errorf("%s %s is %s %s, %v; want %s", c[0], c[1], got, c[2], err, c[3])
		}
	}
	for _, c := range []struct {
		text, from, to string
		want           error
	}{
		{"10", "d", "wk", ErrInexact}, {"1", "mm", "mL", ErrIncompatible}, {"1", "umol/L", "mg/dL", ErrIncompatible},
		{"1", "furlong", "m", ErrUnit}, {"1", "m", "furlong", ErrUnit}, {"one", "m", "cm", ErrDecimal}, {"999999999999999999", "km", "mm", ErrDecimal},
	} {
		if got, err := ConvertText(c.text, c.from, c.to); !errors.Is(err, c.want) {
			t.Errorf("%s %s into %s: %q, %v; want %v", c.text, c.from, c.to, got, err, c.want)
		}
	}
}

func TestUnitsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	first := map[string]bool{}
	for _, u := range Units {
		if seen[u.Code] || u.kind == "" || u.Name.En == "" || u.Name.Zh == "" || u.ratio().Sign() <= 0 {
			t.Errorf("unit %q is doubled or unfinished", u.Code)
		}
		seen[u.Code] = true
		first[u.kind] = first[u.kind] || u.factor == "1"
	}
	for kind, ok := range first {
		if !ok {
			t.Errorf("%s has no first unit", kind)
		}
	}
	for alias, code := range aliases {
		if u, err := ParseUnit(alias); err != nil || u.Code != code || seen[alias] {
			t.Errorf("alias %q: %q, %v", alias, u.Code, err)
		}
	}
}

func TestConversionLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDecimal(t, "value")
		from, to := rapid.SampledFrom(Units).Draw(t, "from"), rapid.SampledFrom(Units).Draw(t, "to")
		there, err := Convert(d, from, to)
		if (err == nil) != from.Compatible(to) || from.Compatible(to) != to.Compatible(from) {
			t.Fatalf("%s into %s: %v", from.Code, to.Code, err)
		}
		if err != nil {
			return
		}
		back := there.Mul(there, to.ratio())
		if back.Quo(back, from.ratio()).Cmp(d.Rat()) != 0 {
			t.Fatalf("%s %s into %s and back is %s", d, from.Code, to.Code, back)
		}
	})
}
