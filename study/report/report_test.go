package report

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"consilium/lang"
	"consilium/ledger"
	"consilium/study/disclosure"
	"consilium/study/protocol"
	"consilium/study/rows"
	"consilium/study/run"
)

// played runs a protocol of testdata over the centers of its rows, as hospitals would.
func played(t *testing.T, name string) (*protocol.Protocol, []run.Result, int) {
	t.Helper()
	src, err := os.ReadFile("../testdata/protocols/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := protocol.Parse(src, name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("../testdata/rows/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := rows.Read(f, rows.Reading{Words: []string{"center"}})
	if err != nil {
		t.Fatal(err)
	}
	table, err := rows.NewTable(p, file, "", "center")
	if err != nil {
		t.Fatal(err)
	}
	_, tables := table.ByCenter()
	var members []run.Member
	var keys []*ecdh.PrivateKey
	var parts []*disclosure.Part
	for i, own := range tables {
		part, err := disclosure.NewPart(t.Context(), p, own, disclosure.Of(p), nil)
		if err != nil {
			t.Fatal(err)
		}
		key, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, run.Member{Hospital: ledger.HospitalID{byte(i + 1)}, Key: key.PublicKey(), Freeze: ledger.SumBlob([]byte{byte(i)}), Takes: part.Takes})
		keys, parts = append(keys, key), append(parts, part)
	}
	r, err := run.Begin(p, members)
	if err != nil {
		t.Fatal(err)
	}
	for !r.Done() {
		var said []run.Contribution
		for i, m := range r.Members {
			at := int(m.Hospital[0]) - 1
			c, _, err := r.Contribute(m.Hospital, keys[at], parts[at].Of, 5)
			if err != nil {
				t.Fatal(i, err)
			}
			said = append(said, c)
		}
		if err := r.Take(said); err != nil {
			t.Fatal(err)
		}
	}
	return p, r.Results(), len(members)
}

func reader(l lang.Language) Words {
	return Words{Lang: l, Name: func(h ledger.HospitalID) string { return "Hospital " + string('A'+rune(h[0])-1) }}
}

var unsaid = regexp.MustCompile(`study\.report\.|\{\{|<no value>`)

// Every protocol of the references is told in both languages, without a key or a placeholder left, and every figure draws.
func TestEveryAnalysisIsTold(t *testing.T) {
	list, err := os.ReadDir("../testdata/protocols")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		name := strings.TrimSuffix(entry.Name(), ".yaml")
		p, results, hospitals := played(t, name)
		for _, l := range lang.Languages {
			r := Of(p, results, hospitals, reader(l))
			if len(r.Sections) != len(p.Analyses) || len(r.Limits) < 3 || len(r.Methods) < 2 {
				t.Errorf("%s: %d sections, limits %q, methods %q", name, len(r.Sections), r.Limits, r.Methods)
			}
			for _, s := range r.Sections {
				text := strings.Join(append(append([]string{s.Title, s.Says, s.Footnote}, r.Limits...), r.Methods...), "\n")
				for _, row := range append(s.Table.Rows, s.Table.Head) {
					text += "\n" + strings.Join(row, "|")
				}
				if found := unsaid.FindString(text); found != "" || s.Title == "" {
					t.Errorf("%s, %s, %s: %q is left in %q", name, s.ID, l, found, text)
				}
				if s.Refused == "" && len(s.Table.Rows) == 0 {
					t.Errorf("%s, %s: no table", name, s.ID)
				}
				for _, row := range s.Table.Rows {
					if len(row) != len(s.Table.Head) {
						t.Errorf("%s, %s: a row of %d cells under %d heads", name, s.ID, len(row), len(s.Table.Head))
					}
				}
				for _, f := range s.Figures {
					if err := wellFormed(f.SVG()); err != nil || len(f.PDF()) < 500 {
						t.Errorf("%s, %s: %v", name, f.Name, err)
					}
				}
			}
		}
	}
}

// The printed report has every section, each item of STROBE and the hospitals in it, in both languages, and nothing unsaid.
func TestTheReportIsPrinted(t *testing.T) {
	p, results, hospitals := played(t, "cgd-interferon")
	cover := Cover{Title: "Interferon", Version: 2, Hash: "3f9a", Result: "77b0", Members: []Member{{Name: "Harbor City", Said: "approved", Signed: "signed"}}}
	for _, l := range lang.Languages {
		r := Of(p, results, hospitals, reader(l))
		if len(r.Strobe.Rows) != strobeItems || len(r.Flow.Rows) != len(p.Analyses) {
			t.Errorf("%d items of STROBE, %d analyses in the flow", len(r.Strobe.Rows), len(r.Flow.Rows))
		}
		d := r.Document(cover, reader(l))
		text := d.Foot + d.Number(1, 2)
		for _, part := range d.Parts {
			text += fmt.Sprintf("\n%+v", part)
		}
		if found := unsaid.FindString(text); found != "" {
			t.Errorf("%s: %q is left", l, found)
		}
		for _, want := range []string{p.Question, "Harbor City", "77b0"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in the report", l, want)
			}
		}
		if file := os.Getenv("REPORT_PDF"); file != "" { // to be looked at
			if err := os.WriteFile(file+"-"+string(l)+".pdf", d.PDF(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func wellFormed(svg []byte) error {
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// The sentence says no more than the interval: R's rate ratio of interferon is exp(-1.09381) = 0.335 with an error of 0.2613 on the log.
func TestTheLeadSaysWhatTheIntervalAllows(t *testing.T) {
	p, results, hospitals := played(t, "cgd-interferon")
	r := Of(p, results, hospitals, reader(lang.English))
	s := sectionOf(r, "primary")
	if s == nil || !strings.HasPrefix(s.Says, "Less ") || !strings.Contains(s.Says, "0.33 (0.20 to 0.56)") || !strings.Contains(s.Footnote, "E-value 5.4") {
		t.Errorf("%+v", s)
	}
	if s := sectionOf(r, "growth"); s == nil || !strings.HasPrefix(s.Says, "No difference was shown") || !strings.Contains(s.Says, "−5.84 (−22.5 to 10.8)") {
		t.Errorf("%+v", s)
	}
	if s := sectionOf(r, "centers"); s == nil || len(s.Table.Rows) < 3 || s.Table.Rows[0][0] == "" {
		t.Errorf("%+v", s)
	}
}

// sectionOf is the section of an analysis; nil where there is none.
func sectionOf(r *Report, id string) *Section {
	for i := range r.Sections {
		if r.Sections[i].ID == id {
			return &r.Sections[i]
		}
	}
	return nil
}
