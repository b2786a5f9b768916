package export

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"consilium/lang"
	"consilium/pathway"
	"consilium/registry"
)

// sample is a table of every kind of column that the pack of hemifacial spasm has, with n rows made by rule, every seventh cell missing.
func sample(n int) *Table {
	columns := registry.Columns(pathway.Find("hfs-mvd"))
	t := &Table{Name: "hfs_mvd", Title: lang.Text{En: "Hemifacial spasm, \"registry\"", Zh: "面肌痉挛登记库"}, Columns: columns, Mark: "exported by Dr. Lin, for a test, 2026-11-30"}
	t.Each = func(do func([]registry.Cell) error) error {
		row := make([]registry.Cell, len(columns))
		for i := range n {
			for k, c := range columns {
				row[k] = cell(c, i, k)
			}
			if err := do(row); err != nil {
				return err
			}
		}
		return nil
	}
	return t
}

func cell(c registry.Column, i, k int) registry.Cell {
	switch {
	case c.Name == "case":
		return registry.Cell{Value: fmt.Sprintf("case%04d", i)}
	case c.Name == "operation":
		return registry.Cell{Value: "1"}
	case (i+k)%35 == 3:
		return registry.Cell{Why: registry.Overdue}
	case (i+k)%7 == 3:
		return registry.Cell{Why: registry.NotRecorded}
	}
	switch c.Kind {
	case registry.Integer:
		return registry.Cell{Value: strconv.Itoa((i*31 + k) % 90)}
	case registry.Decimal:
		return registry.Cell{Value: fmt.Sprintf("%d.%d", i%40, k%10)}
	case registry.Bool:
		return registry.Cell{Value: strconv.FormatBool((i+k)%2 == 0)}
	case registry.Date:
		return registry.Cell{Value: fmt.Sprintf("2025-%02d-%02d", i%12+1, k%28+1)}
	case registry.Code:
		return registry.Cell{Value: c.Choices[(i+k)%len(c.Choices)].Code}
	case registry.Codes:
		return registry.Cell{Value: c.Choices[i%len(c.Choices)].Code + "|" + c.Choices[(i+1)%len(c.Choices)].Code}
	}
	return registry.Cell{Value: "text " + strconv.Itoa(i)}
}

func write(t testing.TB, w func(io.Writer, *Table) error, table *Table) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := w(&b, table); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRReadsTheSameFrame(t *testing.T) {
	dir, table := t.TempDir(), sample(60)
	for _, f := range Formats["r"] {
		if err := os.WriteFile(filepath.Join(dir, f.Name), write(t, f.Write, table), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script := `options(warn = 2); source("read.R")
cat(nrow(rows), ncol(rows), "\n")
cat(mean(rows$age_at_opening, na.rm = TRUE), sum(rows$prior_mvd, na.rm = TRUE), sum(is.na(rows$technique)), "\n")
cat(levels(rows$technique), sep = "|"); cat("\n")
cat(attr(rows$technique, "label"), "|", format(rows$operated[1]), "|", class(rows$baep_latency), "\n")
told <- sapply(names(rows), function(n) sum(!is.na(why(n))))
cat(sum(told), sum(is.na(rows)), sum(why("blood_loss") == "overdue", na.rm = TRUE), nrow(missing) < sum(told) / 3, "\n")`
	cmd := exec.Command("Rscript", "-e", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	age, prior, technique, missing, late := 0.0, 0, 0, 0, 0
	ages := 0
	table.Each(func(row []registry.Cell) error {
		for k, c := range table.Columns {
			if row[k].Why != "" {
				missing++
			}
			if c.Name == "blood_loss" && row[k].Why == registry.Overdue {
				late++
			}
			switch v, _ := strconv.ParseFloat(row[k].Value, 64); {
			case c.Name == "age_at_opening" && row[k].Why == "":
				age, ages = age+v, ages+1
			case c.Name == "prior_mvd" && row[k].Value == "true":
				prior++
			case c.Name == "technique" && row[k].Why != "":
				technique++
			}
		}
		return nil
	})
	mean := strconv.FormatFloat(age/float64(ages), 'g', 7, 64)
	want := fmt.Sprintf("60 %d \n%s %d %d \nMicroscopic|Endoscope-assisted|Fully endoscopic|Exoscopic\nTechnique | 2025-01-07 | numeric \n%d %d %d TRUE \n", len(table.Columns), mean, prior, technique, missing, missing, late)
	if string(out) != want {
		t.Errorf("R read\n%swant\n%s", out, want)
	}
}

func TestParquetReadsBack(t *testing.T) {
	table := sample(2500)
	file := write(t, Parquet, table)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	r := parquet.NewReader(f)
	defer r.Close()
	var places []int
	for _, path := range f.Schema().Columns() {
		places = append(places, place(table, path[0]))
	}
	rows, n := make([]parquet.Row, 1), 0
	err = table.Each(func(want []registry.Cell) error {
		if _, err := r.ReadRows(rows); err != nil && err != io.EOF {
			return err
		}
		n++
		for at, v := range rows[0] {
			c, w := table.Columns[places[at]], want[places[at]]
			if v.IsNull() != (w.Why != "") {
				return fmt.Errorf("row %d, %s: %v for %+v", n, c.Name, v, w)
			}
			if !v.IsNull() && (c.Kind == registry.Integer && strconv.FormatInt(v.Int64(), 10) != w.Value || c.Kind == registry.Code && v.String() != w.Value ||
				c.Kind == registry.Bool && strconv.FormatBool(v.Boolean()) != w.Value) {
				return fmt.Errorf("row %d, %s: %v for %+v", n, c.Name, v, w)
			}
		}
		return nil
	})
	if err != nil || n != 2500 {
		t.Fatal(n, err)
	}
	if csv := write(t, CSV, table); len(file)*5 > len(csv) {
		t.Errorf("Parquet has %d bytes, more than a fifth of the CSV's %d", len(file), len(csv))
	}
}

// Our own import reads what we export for REDCap: the same fields of the same types, with the same choices and limits.
func TestREDCapRoundTrip(t *testing.T) {
	table := sample(3)
	source, _, err := pathway.FromREDCap(bytes.NewReader(write(t, REDCapDictionary, table)), "back")
	if err != nil {
		t.Fatal(err)
	}
	pack, err := pathway.Load(source, "back.yaml")
	if err != nil {
		t.Fatal(err)
	}
	types := map[registry.Kind]pathway.Kind{registry.Integer: pathway.KindInteger, registry.Decimal: pathway.KindDecimal, registry.Bool: pathway.KindBool, registry.Code: pathway.KindCode,
		registry.Codes: pathway.KindCodes, registry.Date: pathway.KindDate, registry.Text: pathway.KindText}
	form := pack.Form("rc_registry")
	if form == nil {
		t.Fatal("the form is gone")
	}
	fields := map[string]pathway.Field{}
	for _, f := range form.AllFields() {
		fields[strings.TrimPrefix(f.ID, "rc_")] = f
	}
	for _, c := range table.Columns {
		f, ok := fields[strings.TrimPrefix(c.Name, "f_")]
		if !ok {
			f, ok = fields["f_"+c.Name] // a word that packs reserve
		}
		var choices []string
		for _, choice := range f.Choices {
			choices = append(choices, choice.Code)
		}
		codes, _ := levels(c, lang.English)
		if !ok || f.Type != types[c.Kind] || len(codes) > 0 && (c.Kind == registry.Code || c.Kind == registry.Codes) && !slices.Equal(choices, codes) {
			t.Errorf("%s (%s) came back as %+v", c.Name, c.Kind, f)
		}
	}
}

func TestREDCapRecordsHaveAColumnForEachBox(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(string(write(t, REDCapRecords, sample(4)))), "\n")
	header := strings.Split(lines[0], ",")
	if len(lines) != 5 || !slices.Contains(header, "vessel___aica") || slices.Contains(header, "vessel") {
		t.Fatal(len(lines), header)
	}
	for _, line := range lines[1:] {
		if n := strings.Count(line, ",") + 1; n != len(header) {
			t.Errorf("%d fields for %d columns", n, len(header))
		}
	}
}

func TestODMIsWellFormedAndHasEveryCell(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.xml")
	table := sample(20)
	text := write(t, ODM, table)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("xmllint", "--noout", file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if n := bytes.Count(text, []byte("<ItemData ")); n != 20*len(table.Columns) {
		t.Errorf("%d items for %d cells", n, 20*len(table.Columns))
	}
	for _, name := range []string{"ItemOID", "CodeListOID", "MeasurementUnitOID"} {
		for _, ref := range bytes.Split(text, []byte(name+`="`))[1:] {
			oid, _, _ := bytes.Cut(ref, []byte(`"`))
			if !bytes.Contains(text, []byte(` OID="`+string(oid)+`"`)) {
				t.Errorf("%s %s is defined nowhere", name, oid)
			}
		}
	}
}

func TestAStataScriptNamesEveryColumnInItsLimits(t *testing.T) {
	script := string(write(t, Stata, sample(1)))
	for _, line := range strings.Split(script, "\n") {
		if rest, ok := strings.CutPrefix(line, "label variable "); ok {
			if name, _, _ := strings.Cut(rest, " "); len(name) > 32 {
				t.Errorf("%s is longer than 32 letters", name)
			}
		}
	}
	if n := strings.Count(script, "label variable "); n != len(sample(1).Columns) {
		t.Errorf("%d labels for %d columns", n, len(sample(1).Columns))
	}
}

func BenchmarkCSV(b *testing.B) {
	table := sample(2000)
	b.SetBytes(int64(len(write(b, CSV, table))))
	for b.Loop() {
		CSV(io.Discard, table)
	}
}

// TestAReasonThatAllShareStandsOnce: cells that are empty for the usual reason of their column are counted in reasons.csv, and take no line of missing.csv.
func TestAReasonThatAllShareStandsOnce(t *testing.T) {
	table := sample(0)
	table.Columns = table.Columns[:5]
	rows := []string{"not_recorded", "not_recorded", "", "lost", "not_recorded"}
	table.Each = func(do func([]registry.Cell) error) error {
		for i, why := range rows {
			row := []registry.Cell{{Value: "c" + strconv.Itoa(i)}, {Value: "p"}, {Value: "1"}, {Why: why}, {Value: "x"}}
			if why == "" {
				row[3] = registry.Cell{Value: "h"}
			}
			if err := do(row); err != nil {
				return err
			}
		}
		return nil
	}
	if got, want := string(write(t, Missing, table)), "case,operation,column,reason\nc3,1,hospital,lost\n"; got != want {
		t.Errorf("missing.csv:\n%swant\n%s", got, want)
	}
	if got, want := string(write(t, Reasons, table)), "column,reason,cells,usual\nhospital,not_recorded,3,yes\nhospital,lost,1,no\n"; got != want {
		t.Errorf("reasons.csv:\n%swant\n%s", got, want)
	}
	table.Made = time.Date(2026, 11, 30, 20, 0, 0, 0, time.FixedZone("", 8*3600))
	if got := string(write(t, ODM, table)); !strings.Contains(got, `CreationDateTime="2026-11-30T12:00:00Z"`) {
		t.Error("ODM does not say when it was made")
	}
}
