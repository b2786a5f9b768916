package analysis

import (
	"encoding/csv"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"consilium/stats"
)

// TestAColumnIsTypedOnce: from all of its rows, and its words are kept as they are written.
func TestAColumnIsTypedOnce(t *testing.T) {
	for _, test := range []struct {
		name, csv string
		words     []string // nil: numbers
		numbers   []float64
	}{
		{"codes after numbers", "c\n01\n02\n7\n07\nA1\n1.50\n", []string{"01", "02", "7", "07", "A1", "1.50"}, nil},
		{"padded codes", "c\n01\n02\n12\n", []string{"01", "02", "12"}, []float64{1, 2, 12}},
		{"not of one width", "c\n01\n2\n12\n", nil, []float64{1, 2, 12}},
		{"NA is a label among words", "c,n\nDE,1\nNA,2\nFR,3\n", []string{"DE", "NA", "FR"}, nil},
		{"NA is missing among numbers", "c\n1\nNA\n3\n", nil, []float64{1, math.NaN(), 3}},
		{"NA before words", "c\nNA\n1\nx\n", []string{"NA", "1", "x"}, nil},
		{"yes and no", "c\nyes\nno\nYes\n", []string{"yes", "no", "Yes"}, []float64{1, 0, 1}},
		{"truths", "c,n\nTRUE,1\nFALSE,1\n,1\n", []string{"TRUE", "FALSE", ""}, []float64{1, 0, math.NaN()}},
		{"Chinese", "c\n是\n否\n", []string{"是", "否"}, []float64{1, 0}},
		{"dates", "c\n1970-01-02\n2026-11-30\n", []string{"1970-01-02", "2026-11-30"}, []float64{1, 20787}},
		{"powers of ten and signs", "c\n1e3\n-2.5E-1\n+4\n 7 \n", nil, []float64{1000, -0.25, 4, 7}},
		{"what Go would take for a number", "c\n0x10\ninfinity\n1_0\n", []string{"0x10", "infinity", "1_0"}, nil},
		{"spaces are kept in words", "c\n a\nb \n", []string{" a", "b "}, nil},
		{"ranges", "c\n0-9\n10-19\n20\n", []string{"0-9", "10-19", "20"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			for reader, table := range map[string]*stats.Table{"seekable": read(t, test.csv), "not": unseekable(t, test.csv)} {
				c := table.Columns[0]
				if !slices.Equal(c.Texts, test.words) {
					t.Errorf("%s: words %q, not %q", reader, c.Texts, test.words)
				}
				values, err := table.Numbers("c")
				if (err == nil) != (test.numbers != nil) || err == nil && !sameNumbers(values, test.numbers) {
					t.Errorf("%s: numbers %v, not %v (%v)", reader, values, test.numbers, err)
				}
			}
		})
	}
}

func unseekable(t *testing.T, csv string) *stats.Table {
	t.Helper()
	table, err := ReadTable(iotest.OneByteReader(strings.NewReader(csv)), ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func sameNumbers(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) })
}

func TestASlipIsRefusedWithItsRowAndValue(t *testing.T) {
	for _, test := range []struct{ name, csv, says string }{
		{"a remark after a number", "id,c\n1,2.7\n2,2.7 of 10\n3,4\n4,1\n", `row 2 has "2.7 of 10"`},
		{"a lone point", "c\n1\n2\n.\n", "row 3 has ."},
		{"a lone point among words", "c\nyes\n.\nno\n", "row 2 has ."},
		{"below a limit of detection", "c\n1\n<0.5\n2\n", `row 2 has "<0.5"`},
		{"a comma for the point", "c\n1.5\n\"2,5\"\n3\n", `row 2 has "2,5"`},
		{"a dash", "c\n1\n2\n-\n", `row 3 has "-"`},
		{"two columns of one name", "a,b,a\n1,2,3\n", "columns 1 and 3"},
		{"semicolons", "a;b\n1;2\n", "semicolons"},
		{"not UTF-8", "c\na\n\xb5\xc4\n", "not UTF-8"},
		{"a row that is short", "a,b\n1,2\n3\n", "row 2 has 1 fields"},
		{"a quote that is not closed", "a\n\"x\n", "not closed"},
		{"a quote within a field", "a\nx\"y\n", "quote within"},
		{"more after a quote", "a\n\"x\"y\n", "goes on"},
	} {
		_, err := ReadTable(strings.NewReader(test.csv), ReadOptions{})
		if !errors.Is(err, stats.Invalid) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if _, err := read(t, "c\n1\n2\nlots\n").Numbers("c"); err == nil || !strings.Contains(err.Error(), `row 3 has "lots"`) {
		t.Error(err)
	}
}

func TestAnOptionNamesWhatIsMissingAndWhatIsWords(t *testing.T) {
	table, err := ReadTable(strings.NewReader("c,d,icd\n1,NA,10\n.,DE,1A\nunknown,FR,12\n"), ReadOptions{Missing: []string{".", "unknown", "NA"}, Words: []string{"icd"}})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := table.Numbers("c"); err != nil || !sameNumbers(c, []float64{1, math.NaN(), math.NaN()}) {
		t.Error(c, err)
	}
	if !slices.Equal(table.Columns[1].Texts, []string{"", "DE", "FR"}) || !slices.Equal(table.Columns[2].Texts, []string{"10", "1A", "12"}) {
		t.Error(table.Columns)
	}
}

// FuzzTable reads any bytes as a table. What the standard library's reader takes, and every column of which holds a plain word, must be read alike.
func FuzzTable(f *testing.F) {
	for _, seed := range []string{"a,b\n1,x\n", "\ufeffa\r\n\"b \"\"c\"\"\"\r\n\r\n1\n", "a,a\n", "a\n01\n02\n", "a,b\n\"x\ny\",2\n.,3\n", "a\n1\r", "\"\"\n\"\"\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		table, err := ReadTable(strings.NewReader(text), ReadOptions{})
		if err != nil {
			if !errors.As(err, new(*stats.Error)) {
				t.Fatalf("%q: an error that does not say what is wrong: %v", text, err)
			}
			return
		}
		theirs := csv.NewReader(strings.NewReader(text))
		rows, err := theirs.ReadAll()
		if err != nil {
			t.Fatalf("%q is read, though it is not CSV: %v", text, err)
		}
		if len(rows)-1 != table.Rows() || len(rows[0]) != len(table.Columns) {
			t.Fatalf("%q: %d rows of %d, not %d of %d", text, table.Rows(), len(table.Columns), len(rows)-1, len(rows[0]))
		}
		for j, c := range table.Columns {
			for i := range c.Texts {
				if c.Texts[i] != rows[i+1][j] {
					t.Fatalf("%q: row %d of %s is %q, not %q", text, i+1, c.Name, c.Texts[i], rows[i+1][j])
				}
			}
		}
	})
}

func BenchmarkReadTable(b *testing.B) {
	var text strings.Builder
	text.WriteString("id,center,x1,x2,x3,x4,y\n")
	for i := range 20000 {
		text.WriteString("1234,C07,0.123456789012,-1.5,17.25,0.98765432109876,1\n")
		_ = i
	}
	raw := text.String()
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := ReadTable(strings.NewReader(raw), ReadOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWhatIsWrittenInAnotherWayIsRefused with the row and what to do, rather than read for something else.
func TestWhatIsWrittenInAnotherWayIsRefused(t *testing.T) {
	numbers := "1.5\n2\n3.25\n4\n5\n6\n"
	for _, test := range []struct{ name, csv, want string }{
		{"a word that is not UTF-8 after its first letter", "center\nAachen\nM\xf6rs\n", "row 2 has"},
		{"a name of a column that is not UTF-8", "Gr\xf6\xdfe\n1\n", "not UTF-8"},
		{"UTF-16", "\xff\xfea\x00\n\x001\x00", "UTF-16"},
		{"carriage returns alone", "a,b\r1,2\r3,4\r", "carriage returns"},
		{"numbers and nan", "x\n" + numbers + "nan\n", `row 7 has "nan"`},
		{"numbers and unknown", "x\n" + numbers + "unknown\n", `row 7 has "unknown"`},
		{"decimal commas", "x\n\"50,3\"\n\"51,2\"\n\"60,1\"\n", `row 1 has "50,3" with a comma`},
		{"thousands", "x\n" + numbers + "\"1,200\"\n", `row 7 has "1,200" with a comma`},
	} {
		if _, err := ReadTable(strings.NewReader(test.csv), ReadOptions{}); !errors.Is(err, stats.Invalid) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	for name, csv := range map[string]string{"codes with a letter": "x\n01\n02\n07\nA1\n", "codes with a gap": "x\n01\n02\nunknown\n07\n", "words with commas": "x\n\"Li, Wei\"\n\"1,2\"\nAnna\n"} {
		if _, err := ReadTable(strings.NewReader(csv), ReadOptions{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
