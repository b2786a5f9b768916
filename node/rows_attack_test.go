package node_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/registry"
)

const rowsPath = "/registry/hfs-mvd"

// taken asks for an export and gives its files.
func taken(t *testing.T, h *nodetest.Hospital, who string, asked map[string]string) (status int, files map[string]string) {
	t.Helper()
	status, answer := asks(t, h, who, "POST", rowsPath+"/export", asked)
	files = map[string]string{}
	if status != http.StatusOK {
		return status, files
	}
	z, err := zip.NewReader(strings.NewReader(answer), int64(len(answer)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(raw)
	}
	return status, files
}

func exported(t *testing.T, h *nodetest.Hospital) (list []registry.Taken) {
	t.Helper()
	err := h.Desk().View(context.Background(), func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = registry.Exports(ctx, tx, "hfs-mvd", 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func grant(h *nodetest.Hospital, who, ethics, until string) (id string) {
	var made struct{ ID string }
	h.MustAsk(who, "POST", rowsPath+"/waivers", map[string]string{"ethics": ethics, "purpose": "Relief after one year", "until": until}, &made)
	return made.ID
}

// untilNextYear is a last day for a waiver.
func untilNextYear(w *nodetest.World) string {
	return w.Clock.Now().AddDate(1, 0, 0).Format(time.DateOnly)
}

// Rows of patients who were never asked open under a waiver that who answers for them has granted here, while it is in force; not under one that somebody types.
func TestAWaiverIsGrantedNotTyped(t *testing.T) {
	w := nodetest.New(t, "Harbor")
	h := w.Hospital("Harbor")
	bringHistory(w, h, 0, 12)
	refused := func(when, waiver string) {
		t.Helper()
		if status, answer := asks(t, h, "researcher", "GET", rowsPath+"?waiver="+waiver, nil); status != http.StatusForbidden {
			t.Errorf("%s: counts under it: %d %.200s", when, status, answer)
		}
		if status, _ := taken(t, h, "researcher", map[string]string{"format": "csv", "reason": "r", "waiver": waiver}); status != http.StatusForbidden {
			t.Errorf("%s: rows under it: %d", when, status)
		}
		if status, answer := asks(t, h, "researcher", "POST", rowsPath+"/freezes", map[string]string{"name": when, "waiver": waiver}); status != http.StatusForbidden {
			t.Errorf("%s: a freeze under it: %d %.200s", when, status, answer)
		}
	}
	refused("typed", "2026-17")
	body := map[string]string{"ethics": "2026-17", "purpose": "p", "until": "2027-01-31"}
	for _, who := range []string{"researcher", "coordinator", "surgeon", "administrator", "trainee"} {
		if status, _ := asks(t, h, who, "POST", rowsPath+"/waivers", body); status != http.StatusForbidden {
			t.Errorf("%s grants a waiver: %d", who, status)
		}
	}
	for _, until := range []string{"2020-01-31", w.Clock.Now().AddDate(2, 0, 1).Format(time.DateOnly), "9999-12-31"} {
		if status, _ := asks(t, h, "head", "POST", rowsPath+"/waivers", map[string]string{"ethics": "2026-17", "purpose": "p", "until": until}); status != http.StatusBadRequest {
			t.Errorf("a waiver until %s: %d", until, status)
		}
	}
	id := grant(h, "head", "2026-17", w.Clock.Now().AddDate(0, 0, 40).Format(time.DateOnly))
	var counts struct{ Rows int }
	h.MustAsk("researcher", "GET", rowsPath+"?waiver=2026-17", nil, &counts)
	if log := exported(t, h); counts.Rows != 12 || len(log) != 1 || log[0].Format != "counts" || log[0].Waiver != "2026-17" {
		t.Errorf("under it %d rows, and noted is %+v", counts.Rows, log)
	}
	if status, files := taken(t, h, "researcher", map[string]string{"format": "csv", "reason": "r", "waiver": id}); status != http.StatusOK || strings.Count(files["rows.csv"], "\n") != 13 {
		t.Errorf("under it: %d, %.200s", status, files["rows.csv"])
	}
	if status, _ := asks(t, h, "researcher", "POST", rowsPath+"/waivers/"+id+"/revoke", map[string]string{"reason": "r"}); status != http.StatusForbidden {
		t.Errorf("a researcher revokes: %d", status)
	}
	h.MustAsk("researcher", "POST", rowsPath+"/freezes", map[string]string{"name": "before", "waiver": id}, nil)
	h.MustAsk("officer", "POST", rowsPath+"/waivers/"+id+"/revoke", map[string]string{"reason": "withdrawn"}, nil)
	refused("revoked", "2026-17")
	if status, _ := taken(t, h, "researcher", map[string]string{"format": "csv", "reason": "r", "freeze": "before"}); status != http.StatusForbidden {
		t.Errorf("what was frozen under it: %d", status)
	}
	grant(h, "officer", "2026-18", w.Clock.Now().AddDate(0, 0, 2).Format(time.DateOnly))
	w.Clock.Advance(5 * 24 * time.Hour)
	refused("over", "2026-18")
	if r := h.MustVerify(nil); len(r.Breaks) > 0 {
		t.Errorf("%v", r.Breaks)
	}
}

// Rows of fewer patients than any count shows leave in no form; nor do they to a token that may only read.
func TestFewRowsDoNotLeave(t *testing.T) {
	w := nodetest.New(t, "Harbor")
	h := w.Hospital("Harbor")
	bringHistory(w, h, 0, registry.SmallCell-1)
	grant(h, "head", "2026-17", untilNextYear(w))
	for _, format := range []string{"csv", "parquet", "redcap", "odm"} {
		if status, _ := taken(t, h, "researcher", map[string]string{"format": format, "reason": "r", "waiver": "2026-17"}); status != http.StatusForbidden {
			t.Errorf("four rows leave as %s: %d", format, status)
		}
	}
	if status, _ := asks(t, h, "researcher", "POST", rowsPath+"/freezes", map[string]string{"name": "few", "waiver": "2026-17"}); status != http.StatusForbidden {
		t.Errorf("four rows are frozen: %d", status)
	}
	status, answer := asks(t, h, "researcher", "GET", rowsPath+"?waiver=2026-17", nil)
	if status != http.StatusOK || !strings.Contains(answer, `"rows":0,"few":true`) {
		t.Errorf("four rows are counted: %d %.200s", status, answer)
	}
	if log := exported(t, h); slices.ContainsFunc(log, func(x registry.Taken) bool { return x.Format != "counts" }) {
		t.Errorf("what did not leave is noted as if it had: %+v", log)
	}
}

func TestATokenThatReadsTakesNoRowsOut(t *testing.T) {
	w := nodetest.New(t, "Harbor")
	h := w.Hospital("Harbor")
	bringHistory(w, h, 0, registry.SmallCell)
	grant(h, "head", "2026-17", untilNextYear(w))
	for _, scopes := range [][]string{{"read"}, {"read", "write", "administer"}} {
		var token struct{ Token string }
		h.MustAsk("researcher", "POST", "/tokens", map[string]any{"name": "narrow", "scopes": scopes}, &token)
		status, answer := calls(t, h, token.Token, "POST", rowsPath+"/export", map[string]string{"format": "csv", "reason": "r", "waiver": "2026-17"})
		if status != http.StatusForbidden {
			t.Errorf("a token for %v takes rows out: %d %.100s", scopes, status, answer)
		}
	}
	if status, _ := taken(t, h, "researcher", map[string]string{"format": "csv", "reason": "r", "waiver": "2026-17"}); status != http.StatusOK {
		t.Errorf("a token for it does not: %d", status)
	}
}

// Whatever the format: the archive says who took it out and why, every row has the number of the export, and under that number stands in the log what was in it, once.
func TestEveryExportCarriesItsMark(t *testing.T) {
	w := nodetest.New(t, "Harbor")
	h := w.Hospital("Harbor")
	bringHistory(w, h, 0, 6)
	grant(h, "head", "2026-17", untilNextYear(w))
	for _, format := range []string{"csv", "r", "stata", "parquet", "redcap", "odm"} {
		status, files := taken(t, h, "researcher", map[string]string{"format": format, "reason": "yearly report", "waiver": "2026-17"})
		log := exported(t, h)
		if status != http.StatusOK || len(log) == 0 {
			t.Fatalf("%s: %d", format, status)
		}
		number := log[0].Number
		if x := log[0]; number == "" || x.Format != format || x.Rows != 6 || x.Patients != 6 || x.Reason != "yearly report" || x.Waiver != "2026-17" {
			t.Errorf("%s is noted as %+v", format, x)
		}
		readme := files["README.txt"]
		for _, said := range []string{number, "Researcher of Harbor", "yearly report", "2026-17", "6 rows of 6 patients", "假名"} {
			if !strings.Contains(readme, said) {
				t.Errorf("%s: the README does not say %q: %s", format, said, readme)
			}
		}
		if n := marks(t, files, number); n != 6 {
			t.Errorf("%s: %d of 6 rows carry the number", format, n)
		}
	}
	if log := exported(t, h); len(log) != 6 {
		t.Errorf("six exports are %d lines of the log", len(log))
	}
}

// marks counts the rows that carry a number.
func marks(t *testing.T, files map[string]string, number string) (n int) {
	t.Helper()
	for name, text := range files {
		switch name {
		case "rows.csv", "redcap_records.csv":
			rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			at := slices.Index(rows[0], "export_number")
			for _, row := range rows[1:] {
				if at >= 0 && row[at] == number {
					n++
				}
			}
		case "rows.xml":
			n += strings.Count(text, `<ItemData ItemOID="I.export_number" Value="`+number+`"/>`)
		case "rows.parquet":
			f, err := parquet.OpenFile(bytes.NewReader([]byte(text)), int64(len(text)))
			if err != nil {
				t.Fatal(err)
			}
			mark, _ := f.Lookup("consilium.mark")
			if !strings.Contains(mark, number) {
				t.Errorf("the file's own mark is %q", mark)
			}
			rows, err := parquet.Read[struct {
				Number string `parquet:"export_number"`
			}](bytes.NewReader([]byte(text)), int64(len(text)))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if r.Number == number {
					n++
				}
			}
		}
	}
	return n
}

type frozenRows struct {
	ID, Name, Follows string
	Rows, Patients    int
	Gone              bool
}

// Whoever is erased is in no freeze: the rows of before cannot be read any more, and those that stand in their place are without that patient.
func TestAnErasedPatientIsInNoFreeze(t *testing.T) {
	w := nodetest.New(t, "Harbor")
	h := w.Hospital("Harbor")
	bringHistory(w, h, 0, 7)
	grant(h, "head", "2026-17", untilNextYear(w))
	var before frozenRows
	h.MustAsk("researcher", "POST", rowsPath+"/freezes", map[string]string{"name": "2026", "waiver": "2026-17"}, &before)
	var cases struct {
		Items []struct{ ID ledger.ThreadID }
	}
	h.MustAsk("head", "GET", "/cases?limit=200", nil, &cases)
	for _, said := range h.Log(cases.Items[0].ID).Said {
		if said.Kind == "case.operation" {
			h.MustAsk("head", "POST", "/cases/"+cases.Items[0].ID.String()+"/entries", map[string]any{"kind": "thread.erased", "refs": []ledger.Hash{said.Hash}, "body": map[string]string{"reason": "law"}}, nil)
		}
	}
	var list struct{ Items []frozenRows }
	w.Until("the freeze is destroyed", func() bool {
		h.MustAsk("researcher", "GET", rowsPath+"/freezes", nil, &list)
		return slices.ContainsFunc(list.Items, func(f frozenRows) bool { return f.Gone })
	})
	if before.Rows != 7 || len(list.Items) != 2 {
		t.Fatalf("%+v, then %+v", before, list.Items)
	}
	next := list.Items[slices.IndexFunc(list.Items, func(f frozenRows) bool { return !f.Gone })]
	if next.Follows != before.ID || next.Rows != 6 || next.Patients != 6 || next.Name != "2026" {
		t.Errorf("in its place stands %+v", next)
	}
	if status, _ := taken(t, h, "researcher", map[string]string{"format": "csv", "reason": "r", "freeze": before.ID[:8]}); status != http.StatusNotFound {
		t.Errorf("the rows of before: %d", status)
	}
	if status, files := taken(t, h, "researcher", map[string]string{"format": "csv", "reason": "r", "freeze": "2026"}); status != http.StatusOK || strings.Count(files["rows.csv"], "\n") != 7 {
		t.Errorf("the rows of now: %d", status)
	}
}

// A leaked token that may write grants no waiver: it opens rows of patients who were not asked.
func TestATokenThatWritesGrantsNoWaiver(t *testing.T) {
	w := nodetest.New(t, "Harbor")
	h := w.Hospital("Harbor")
	for _, scopes := range [][]string{{"read", "write", "administer", "export"}, {"waive"}} {
		var token struct{ Token string }
		h.MustAsk("head", "POST", "/tokens", map[string]any{"name": "script", "scopes": scopes}, &token)
		status, answer := calls(t, h, token.Token, "POST", rowsPath+"/waivers", map[string]string{"ethics": "2026-17", "purpose": "p", "until": untilNextYear(w)})
		if granted := status < 300; granted != slices.Contains(scopes, "waive") {
			t.Errorf("a head's token that may %v: %d %.200s", scopes, status, answer)
		}
	}
}
