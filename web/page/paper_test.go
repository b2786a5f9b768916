package page

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A hand-over begins with what the case knows, says to whom, and is a document of one page.
func TestAHandOverSaysToWhomAndIsADocument(t *testing.T) {
	w := newWard(t)
	id, at := w.planned()
	w.surgeon.takes(at+"/say/operation", w.operationForm())
	form := w.surgeon.sees(at+"/say/hand-over", "Six years of spasm.", "Fully endoscopic", "The case", "What was done")
	if !strings.Contains(form.body, "Nov 30, 2026") {
		t.Errorf("the form does not begin with what was done: %s", form.text())
	}
	if a := w.surgeon.get(at + "/print/hand-over.pdf"); a.status != http.StatusNotFound {
		t.Errorf("a hand-over that nobody wrote: %d", a.status)
	}
	head := w.desk.ID.Raw() + "/" + string(w.people["head"].ID)
	w.surgeon.takes(at+"/say/hand-over", url.Values{"to": {head}, "situation": {"Day 1, stable."}, "risks": {"Leak: head up\nHearing"}, "contact": {"Ward 5"}})
	w.surgeon.sees(at, "Handed over to Dr. head · Ward Hospital", "Risk: Leak: head up", "Call: Ward 5")
	w.surgeon.sees(at+"/print", "One page for the team that takes over", "hand-over.pdf?lang=zh")
	for _, paper := range []string{"hand-over", "plan", "case"} {
		for _, lang := range []string{"en", "zh"} {
			a := w.surgeon.get(at + "/print/" + paper + ".pdf?lang=" + lang)
			if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(a.body, "%PDF-1.7") {
				t.Errorf("%s in %s: %d %s", paper, lang, a.status, a.header.Get("Content-Type"))
			}
			if pages := bytes.Count([]byte(a.body), []byte("/Type /Page ")); paper == "hand-over" && pages != 1 {
				t.Errorf("the hand-over in %s has %d pages", lang, pages)
			}
		}
	}
	if a := w.surgeon.get(at + "/print/hand-over"); a.status != http.StatusNotFound {
		t.Errorf("a paper without its ending: %d", a.status)
	}
	if a := w.trainee.get("/cases/" + id + "/print/case.pdf"); a.status != http.StatusForbidden {
		t.Errorf("a trainee without a part in it: %d", a.status)
	}
}

// Who plans or advises sees the case beside the form.
func TestTheCaseIsReadBesideThePlan(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	at := "/cases/" + id
	w.surgeon.sees(at+"/say/plan", `class="beside no-print first column"`, "Six years of spasm.", "What is known", "Cohen", "Consent")
	if a := w.surgeon.sees(at + "/say/operation"); strings.Contains(a.body, "first column") {
		t.Error("a long instrument has a column beside it")
	}
}
