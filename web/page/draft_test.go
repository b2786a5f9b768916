package page

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// word is what the node says of a draft.
type word struct {
	Version   int64
	Entry, At string
	Fields    url.Values
}

// keeps posts a draft as the island does, and wants a status.
func (b *browser) keeps(form, line string, version string, status int, fields url.Values) (says word) {
	b.Helper()
	all := url.Values{"_draft": {line}, "_version": {version}, "_here": {"/somewhere?draft=" + line}}
	for name, values := range fields {
		all[name] = values
	}
	a := b.asks("/drafts/"+form, all)
	if a.status != status {
		b.Fatalf("keeping the draft %s from version %s: %d %s", line, version, a.status, a.text())
	}
	if err := json.Unmarshal([]byte(a.body), &says); err != nil {
		b.Fatal(err)
	}
	return says
}

func TestADraftOutlivesTheSession(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	form, at := "say."+id+".question", "/cases/"+id+"/say/question"
	w.surgeon.sees(at, `data-draft="/drafts/`+form+`"`)
	w.surgeon.keeps(form, "line-0001", "0", http.StatusOK, url.Values{"text": {"HALFWRITTEN"}})
	w.surgeon.post("/sign-out", nil)
	again := w.signedIn("surgeon")
	again.sees(at+"?draft=line-0001", "HALFWRITTEN", "Draft saved")
	again.sees(at, "Your draft of", "/somewhere?draft=line-0001", "Discard")
	for who, b := range map[string]*browser{"somebody else": w.head, "the form begun anew": again} {
		if a := b.get(at); strings.Contains(a.body, "HALFWRITTEN") {
			t.Errorf("%s holds the draft", who)
		}
	}
	if a := w.head.get(at + "?draft=line-0001"); strings.Contains(a.body, "HALFWRITTEN") {
		t.Error("somebody else sees the draft by its line")
	}
}

func TestADraftIsNotWrittenOverByOlderWords(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	form := "say." + id + ".question"
	if v := w.surgeon.keeps(form, "line-0001", "0", http.StatusOK, url.Values{"text": {"one"}}).Version; v != 1 {
		t.Errorf("the first version is %d", v)
	}
	w.surgeon.keeps(form, "line-0001", "1", http.StatusOK, url.Values{"text": {"two"}})
	if says := w.surgeon.keeps(form, "line-0001", "1", http.StatusConflict, url.Values{"text": {"from elsewhere"}}); says.Version != 2 || says.Fields.Get("text") != "two" {
		t.Errorf("older words are answered by %+v", says)
	}
	w.surgeon.keeps(form, "line-0002", "0", http.StatusOK, url.Values{"text": {"the other tab"}})
	w.surgeon.sees("/cases/"+id+"/say/question?draft=line-0001", ">two<")
	w.surgeon.sees("/cases/"+id+"/say/question?draft=line-0002", ">the other tab<")
}

func TestWhatWasSentDoesNotComeBack(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	form, at := "say."+id+".question", "/cases/"+id+"/say/question"
	w.surgeon.keeps(form, "line-0001", "0", http.StatusOK, url.Values{"text": {"HALFWRITTEN"}})
	answer := url.Values{"text": {"Whole question?"}, "_draft": {"line-0001"}}
	first := w.surgeon.takes(at, answer)
	if again := w.surgeon.post(at, answer); again.status != http.StatusSeeOther || !strings.Contains(first, strings.TrimPrefix(again.header.Get("Location"), "/cases/"+id)) {
		t.Errorf("pressed twice leads to %d %s, the first time to %s", again.status, again.header.Get("Location"), first)
	}
	if n := len(w.fold(id).Questions); n != 1 {
		t.Errorf("pressed twice it is %d questions", n)
	}
	if says := w.surgeon.keeps(form, "line-0001", "1", http.StatusGone, url.Values{"text": {"HALFWRITTEN"}}); says.Entry != w.fold(id).Questions[0].Hash.String() {
		t.Errorf("a copy that comes late is answered by %+v", says)
	}
	if a := w.surgeon.get(at + "?draft=line-0001"); strings.Contains(a.body, "HALFWRITTEN") || strings.Contains(a.body, `value="line-0001"`) || !strings.Contains(a.body, "was recorded") {
		t.Error("the form comes back with what was sent")
	}
	w.surgeon.keeps(form, "line-0003", "0", http.StatusOK, url.Values{"text": {"UNWANTED"}})
	w.surgeon.post("/drafts/"+form+"/discard", url.Values{"line": {"line-0003"}, "back": {at + "?draft=line-0003"}})
	w.surgeon.keeps(form, "line-0003", "1", http.StatusGone, url.Values{"text": {"UNWANTED"}})
}

func TestTheNextPatientBeginsEmpty(t *testing.T) {
	w := newWard(t)
	w.surgeon.keeps("new.hfs-mvd", "line-0001", "0", http.StatusOK, url.Values{"title": {"FIRSTONE"}, "patient_name": {"周小兰"}})
	if a := w.surgeon.get("/open/hfs-mvd"); strings.Contains(a.body, "FIRSTONE") || strings.Contains(a.body, "周小兰") {
		t.Error("a new case begins with the last patient")
	}
	answer := url.Values{"title": {"Spasm of six years"}, "urgency": {"routine"}, "patient_name": {"周小兰"}, "_draft": {"line-0001"}}
	w.surgeon.takes("/open/hfs-mvd", answer)
	w.surgeon.post("/open/hfs-mvd", answer)
	if n := strings.Count(w.surgeon.get("/cases").body, "Spasm of six years"); n != 1 {
		t.Errorf("pressed twice it is in the list %d times", n)
	}
}

func TestAFormSentAfterTheSessionEndedLeadsBackToItself(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	at := "/cases/" + id + "/say/question"
	here := at + "?draft=line-0001"
	w.surgeon.post("/sign-out", nil)
	a := w.surgeon.post(at, url.Values{"text": {"typed"}, "_draft": {"line-0001"}, "_here": {here}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/sign-in?to="+url.QueryEscape(here) {
		t.Errorf("it leads to %d %s", a.status, a.header.Get("Location"))
	}
	if a := w.surgeon.post(at, url.Values{"text": {"typed"}, "_draft": {"line-0001"}, "_here": {"https://evil.example/"}}); strings.Contains(a.header.Get("Location"), "evil") {
		t.Errorf("it leads to %s", a.header.Get("Location"))
	}
}
