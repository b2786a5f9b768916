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

// The codes are those that the shipped packs name, from their published lists.
func TestCodes(t *testing.T) {
	for _, good := range []string{
		"icd-10:G51.3", "icd-10:M17.0", "icd-10:C56", "icd-10:I26.-", "icd-10-cm:G51.31", "icd-9-cm-3:04.42", "icd-9-cm-3:81.54", "icd-9-cm-3:68.8",
		"loinc:718-7", "loinc:8302-2", "loinc:29463-7", "loinc:39156-5", "loinc:2160-0", "loinc:14682-9", "loinc:1751-7", "loinc:1988-5", "loinc:72514-3",
		"loinc:89247-1", "loinc:10334-1", "loinc:21908-9", "loinc:57133-1", "loinc:11488-4", "loinc:11504-8", "loinc:60591-5",
		"snomed:413495001", "snomed:413496000", "snomed:413497009", "snomed:413498004", "snomed:413499007", "snomed:413500003",
		"snomed:1367519000", "snomed:1367527009", "snomed:425389002", "snomed:422512005", "snomed:609588000", "snomed:52734007", "local:kondo-t", "ncit:C12345",
	} {
		c, err := ParseCode(good)
		if err != nil || c.String() != good {
			t.Errorf("%s: %v, %v", good, c, err)
		}
	}
	for _, bad := range []string{"", "icd-10", "icd-10:", "icd-10:g51.3", "icd-10:G51.333", "icd-11:1A00", "icd-9-cm-3:4.42", "loinc:718-8", "loinc:0718-7",
		"snomed:413495002", "snomed:1", "local:a b", "local:-a", "loinc:718-7\n"} {
		if c, err := ParseCode(bad); !errors.Is(err, ErrCode) {
			t.Errorf("%q: %v, %v", bad, c, err)
		}
	}
	for _, name := range []string{"snomed", "http://snomed.info/sct", "2.16.840.1.113883.6.96", "urn:oid:2.16.840.1.113883.6.96"} {
		if s, ok := FindSystem(name); !ok || s.ID != "snomed" {
			t.Errorf("%s: %v %v", name, s.ID, ok)
		}
	}
	if _, ok := FindSystem(""); ok {
		t.Error("no name finds a system")
	}
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"icd-10:G51.3", "snomed:413495001", "loinc:718-7", ":", "urn:oid:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCode(s)
		if err != nil {
			return
		}
		if again, err := ParseCode(c.String()); err != nil || again != c {
			t.Errorf("%q is written back as %q: %v", s, c, err)
		}
	})
}

func TestAnatomy(t *testing.T) {
	for _, l := range Lateralities {
		if !l.Known() || l.Opposite().Opposite() != l || l.DICOM() == "" {
			t.Errorf("%s is unfinished", l)
		}
		if code := l.SNOMED(); code != "" && !verhoeff(code) {
			t.Errorf("%s: SNOMED %s has a wrong check digit", l, code)
		}
	}
	if Laterality("up").Known() || Left.Opposite() != Right || Bilateral.Opposite() != Bilateral {
		t.Error("sides are mixed up")
	}
	seen := map[string]bool{}
	for _, s := range Sites {
		if seen[s.ID] || s.Name.En == "" || s.Name.Zh == "" {
			t.Errorf("site %q is doubled or unfinished", s.ID)
		}
		seen[s.ID] = true
		if s.SNOMED != "" {
			if _, err := NewCode(SNOMED, s.SNOMED, s.Name); err != nil {
				t.Errorf("%s: %v", s.ID, err)
			}
		}
		if found, ok := FindSite(s.ID); !ok || found != s {
			t.Errorf("%s is not found", s.ID)
		}
	}
}
