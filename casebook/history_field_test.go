package casebook

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"consilium/access"
	"consilium/ledger"
	"consilium/people"
	"consilium/terms/sheet"
)

// historian is a hospital that takes tables over.
type historian struct {
	t   *testing.T
	w   *world
	n   *node
	by  Importer
	dry bool
}

func newHistorian(t *testing.T) *historian {
	_, packs := hfs(t)
	w := newWorldWith(t, Talk(packs).Spoken())
	door := &access.Door{Book: w.home.book, Threads: access.Threads{Thread: Governance}, Now: func() time.Time { return w.clock }}
	who := access.Who{Person: w.home.doc, Name: "Dr. Home", Roles: []people.Role{people.HeadOfDepartment}, System: true}
	return &historian{t: t, w: w, n: w.home, by: Importer{Door: door, Who: who}}
}

// taken is what an import came to: its counts, and of each refused row its line, column and reason.
type taken struct {
	Progress
	faults []string
	err    error
}

func (h *historian) take(mapping, table string) (r taken) {
	h.t.Helper()
	pack, _ := hfs(h.t)
	m, err := ReadMapping([]byte(mapping), pack)
	if err != nil {
		return taken{err: err}
	}
	by := h.by
	if h.dry {
		by.Earlier = NewEarlier()
	}
	undone := errors.New("undone")
	i := Import{Mapping: m, Pack: pack, Now: h.w.clock,
		Refused: func(_ sheet.Row, e *RowError) {
			r.faults = append(r.faults, fmt.Sprint(e.Row, " ", e.Column, ": ", e.Why.En))
		},
		LeftOut: func(*RowError) {},
		Say: func(_ context.Context, list []Record) (said []Saying) {
			for _, one := range list {
				var s Saying
				err := h.n.update(func(ctx context.Context, tx ledger.Tx) (err error) {
					if s, err = one.Say(ctx, tx, by); err == nil && h.dry {
						err = undone
					}
					return err
				})
				if errors.Is(err, undone) {
					by.Earlier.Add([]Record{one})
					err = nil
				}
				s.Err = err
				said = append(said, s)
			}
			return said
		}}
	r.Progress, r.err = i.Run(h.t.Context(), strings.NewReader(table))
	if sum := r.Opened + r.Again + r.Amended + r.Known + r.Faulty; sum != r.Rows || r.Faulty != len(r.faults) {
		h.t.Errorf("%d rows, and %d accounted for: %+v", r.Rows, sum, r)
	}
	return r
}

// patients are the numbers and names that are here.
func (h *historian) patients() string {
	rows, err := h.n.db.QueryContext(h.t.Context(), `SELECT local_number, name FROM case_identity ORDER BY local_number, name`)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var number, name string
		if err := rows.Scan(&number, &name); err != nil {
			h.t.Fatal(err)
		}
		list = append(list, number+" "+name)
	}
	return strings.Join(list, ", ")
}

// TestHistoriesOfTheField: testdata/history/README.md tells where they are from.
func TestHistoriesOfTheField(t *testing.T) {
	read := func(name string) string {
		t.Helper()
		raw, err := os.ReadFile("testdata/history/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	for _, c := range []struct {
		table, mapping, add string
		want                Progress
		faults              []string // parts of each, in order
		err, patients       string
	}{
		{table: "bom_quoted.csv", mapping: "map.yaml", want: Progress{Rows: 1, Opened: 1, Entries: 3}, patients: "B2 Test"},
		{table: "gb18030.csv", mapping: "map.yaml", err: "looks like gb18030"},
		{table: "gb18030.csv", mapping: "map.yaml", add: "encoding: gb18030\n", want: Progress{Rows: 2, Opened: 2, Entries: 6}, patients: "G1 张伟, G2 李娜"},
		{table: "nul.csv", mapping: "map.yaml", want: Progress{Rows: 2, Faulty: 2}, faults: []string{"2 name: ", "3 case_no: "}},
		{table: "dup_header.csv", mapping: "map.yaml", err: "“smc” stands twice"},
		{table: "dup_rows.csv", mapping: "map.yaml", want: Progress{Rows: 2, Opened: 1, Faulty: 1, Entries: 3}, faults: []string{"“age” is “54” here and “60” in the row"}, patients: "K1 Test"},
		{table: "dup_rows.csv", mapping: "map.yaml", add: "corrections: amend\n", want: Progress{Rows: 2, Opened: 1, Amended: 1, Entries: 4}, patients: "K1 Test"},
		{table: "no_opdate.csv", mapping: "map.yaml", want: Progress{Rows: 3, Faulty: 3}, faults: []string{"2 op_date: The date is missing", "3 op_date: The date is missing", "4 admitted: The date is missing"}},
		{table: "daycount.csv", mapping: "daycount.yaml", want: Progress{Rows: 3, Faulty: 3}, faults: []string{"count of days", "count of days", "count of days"}},
		{table: "docs.csv", mapping: "docs.yaml", want: Progress{Rows: 3, Opened: 3, Entries: 9}, patients: "DX1 Nine Years, DX2 Lost, DX3 Both"},
	} {
		for _, dry := range []bool{true, false} {
			h := newHistorian(t)
			h.dry = dry
			got := h.take(read(c.mapping)+c.add, read(c.table))
			name := fmt.Sprint(c.table, " ", c.add, " dry run ", dry)
			if c.err != "" {
				if got.err == nil || !strings.Contains(got.err.Error(), c.err) {
					t.Errorf("%s: %v", name, got.err)
				}
				continue
			}
			if got.err != nil || got.Progress != c.want || len(got.faults) != len(c.faults) {
				t.Errorf("%s: %+v, want %+v", name, got, c.want)
				continue
			}
			for i, part := range c.faults {
				if !strings.Contains(got.faults[i], part) {
					t.Errorf("%s: %s, want %q", name, got.faults[i], part)
				}
			}
			if here := h.patients(); dry && here != "" || !dry && here != c.patients {
				t.Errorf("%s: %q are here", name, here)
			}
		}
	}
}

// TestACodeForMissingCountsWhereItIsNamed: DX1 of the field is nine years old.
func TestACodeForMissingCountsWhereItIsNamed(t *testing.T) {
	mapping := "pathway: hfs-mvd\nsource: old\nnumber: no\ntitle: Hemifacial spasm\nmissing: {\"\": unknown, NA: unknown, \"9\": refused}\n"
	for _, c := range []struct {
		age, cell string
		want      int64 // -1: none
	}{
		{"age: age", "9", 9}, {"age: age", "NA", -1}, {"age: age", "", -1}, {"age: {column: age, missing: [\"9\"]}", "9", -1},
		{"age: {column: age, missing: {\"99\": unknown}}", "99", -1}, {"age: {column: age, missing: {\"99\": unknown}}", "9", 9},
	} {
		h := newHistorian(t)
		if r := h.take(mapping+c.age+"\n", "no,age\nA,"+c.cell+"\n"); r.err != nil || r.Opened != 1 {
			t.Fatalf("%s of %q: %+v", c.age, c.cell, r)
		}
		ids, err := ByNumber(t.Context(), h.n.db, "", "A")
		if err != nil || len(ids) != 1 {
			t.Fatal(ids, err)
		}
		got := int64(-1)
		if age := h.n.fold(ids[0]).Age; age != nil {
			got = *age
		}
		if got != c.want {
			t.Errorf("%s of %q: %d", c.age, c.cell, got)
		}
	}
}

const plainMapping = "pathway: hfs-mvd\nsource: old\nnumber: no\nname: name\ntitle: Hemifacial spasm\nage: age\n" +
	"entries: [{kind: operation, date: op, procedure: {always: mvd_microscopic}}, {kind: followup, schedule: m12, date: fu}]\n"

// TestRowsOfOnePatient: a further operation, the same row again, a row that completes, one that corrects, somebody else, and a series of its own.
func TestRowsOfOnePatient(t *testing.T) {
	h := newHistorian(t)
	const head = "no,name,age,op,fu\n"
	for i, c := range []struct {
		mapping, row string
		want         Progress
	}{
		{plainMapping, "7,Li,54,2019-03-04,", Progress{Rows: 1, Opened: 1, Entries: 3}},
		{plainMapping, "7,Li,54,2019-03-04,", Progress{Rows: 1, Known: 1}},
		{plainMapping, "7,Li,56,2021-05-06,", Progress{Rows: 1, Again: 1, Entries: 2}}, // its last appointment is still to come
		{plainMapping, "7,Li,56,2021-05-06,", Progress{Rows: 1, Known: 1}},
		{plainMapping, "7,Li,54,2019-03-04,2020-03-01", Progress{Rows: 1, Amended: 1, Entries: 1}},
		{plainMapping, "7,Wang,54,2019-03-04,", Progress{Rows: 1, Faulty: 1}},
		{plainMapping, "7,Wang,30,2023-03-04,", Progress{Rows: 1, Faulty: 1}},
		{plainMapping + "series: north wing\n", "7,Wang,30,2023-03-04,", Progress{Rows: 1, Opened: 1, Entries: 2}},
		{plainMapping + "corrections: amend\n", "7,Li Na,55,2019-03-04,", Progress{Rows: 1, Amended: 1, Entries: 1}},
		{plainMapping, "7,Li Na,55,2019-03-04,2020-03-01", Progress{Rows: 1, Known: 1}},
	} {
		got := h.take(c.mapping, head+c.row+"\n")
		if got.err != nil || got.Progress != c.want {
			t.Errorf("row %d: %+v, %v, want %+v", i, got.Progress, got.err, c.want)
		}
	}
	if got := h.patients(); got != "7 Li, 7 Li Na, 7 Wang" {
		t.Error(got)
	}
}

// TestHowTablesWrite dates and numbers.
func TestHowTablesWrite(t *testing.T) {
	base := "pathway: hfs-mvd\nsource: old\nnumber: no\ntitle: Hemifacial spasm\n"
	op := "entries: [{kind: operation, form: operation, date: op, procedure: {always: mvd_microscopic}, values: {blood_loss: loss}}]\n"
	for _, c := range []struct{ mapping, cells, fault string }{
		{"", "2021-03-04;50", ""}, {"", "2021-03;50", ""}, {"", "2021-03-04 00:00:00;50", ""},
		{"dates: 2/1/2006\n", "4/3/2021;50", ""}, {"dates: 2/1/2006\n", "31/4/2021;50", "no date"},
		{"", "44259;50", "serial number of Excel (2021-03-04)"}, {"dates: excel\n", "44259;50", ""}, {"dates: excel\n", "44259.75;50", ""}, {"dates: excel1904\n", "42797;50", ""},
		{"", "2021;50", "count of days"}, {"dates: \"2006\"\n", "2021;50", ""}, {"", "0021-03-04;50", "in the year 21"},
		{"", "2021-03-04;50,5", "has a comma"}, {"decimal: \",\"\n", "2021-03-04;50.5", "has a point"}, {"", "2021-03-04;5x", "not a"},
	} {
		h := newHistorian(t)
		r := h.take(base+c.mapping+op, "no;op;loss\nA;"+c.cells+"\n")
		if r.err != nil || (c.fault == "") != (r.Opened == 1) || c.fault != "" && !strings.Contains(strings.Join(r.faults, ""), c.fault) {
			t.Errorf("%q with %q: %+v, %q", c.cells, c.mapping, r, r.faults)
		}
	}
}
