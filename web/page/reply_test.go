package page

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/people"
)

var linked = regexp.MustCompile(`/reply/[a-z2-7]{42}`)

// follow is a ward with an operation whose follow-ups are overdue, and its coordinator.
func follow(t *testing.T) (w *world, chen *browser, id ledger.ThreadID) {
	w = newWorld(t)
	w.hire("lin", people.HeadOfDepartment)
	w.hire("chen", people.Coordinator)
	id = w.operation("lin", "2026-05-05") // six months later is 5 November, and the window is open until January
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		return casebook.SetIdentity(ctx, tx, id, casebook.Patient{Name: "Zhang San", LocalNumber: "4711", BirthDate: "1973-05-17"})
	})
	return w, w.signedIn("chen"), id
}

// link makes a link and gives its address, and that of the page about it.
func (b *browser) link(id ledger.ThreadID, form url.Values) (link, about string) {
	b.Helper()
	form.Set("thread", id.String())
	form.Set("place", "1")
	if !form.Has("at") {
		form.Set("at", "m6")
	}
	about = b.post("/registry/hfs-mvd/links", form).header.Get("Location")
	return linked.FindString(b.sees(about, "<svg").body), about
}

func (w *world) case_(id ledger.ThreadID) (c casebook.Case) {
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		l, err := w.desk.Book.Log(ctx, tx, id)
		c = casebook.Fold(l)
		return err
	})
	return c
}

func TestAPatientAnswersOnce(t *testing.T) {
	w, chen, id := follow(t)
	link, about := chen.link(id, url.Values{})
	phone, other := w.visitor(), w.visitor()
	a := phone.sees(link, "Ward Hospital asks how you are", "How strong is your pain today?", "I do not know")
	for _, told := range []string{"Zhang", "4711", "spasm: microvascular", "hfs-mvd", casebook.Number(id), "1973"} {
		if strings.Contains(a.body, told) {
			t.Errorf("the page of a patient tells %q", told)
		}
	}
	chen.sees(about, "Opened ")
	other.get(link)
	answers := url.Values{"a.nrs": {"8"}, "a.relief": {"?"}, "a.back_to_work": {"true"}, "a.followup_note": {"It is better 😀\nbut at night it hurts"}}
	if a := phone.post(link+"/send", answers); a.status != http.StatusOK || !strings.Contains(a.body, "Thank you") {
		t.Fatalf("sending: %d %s", a.status, a.text())
	}
	if a := other.post(link+"/send", answers); a.status != http.StatusGone || !strings.Contains(a.body, "already") {
		t.Errorf("answered twice from two devices: %d %s", a.status, a.text())
	}
	if a := other.get(link); a.status != http.StatusGone || strings.Contains(a.body, "at night") {
		t.Errorf("replayed: %d", a.status)
	}
	c := w.case_(id)
	if len(c.FollowUps) != 1 {
		t.Fatalf("%d follow-ups", len(c.FollowUps))
	}
	f := c.FollowUps[0]
	if n, _ := f.Says.Values["nrs"].AsInt(); n != 8 || f.By.Role != string(people.Patient) || f.Says.Schedule != "m6" || f.Says.Values["relief"].Missing() != "unknown" {
		t.Errorf("the entry: %+v by %+v", f.Says, f.By)
	}
	if len(c.Reminders) != 1 || c.Reminders[0].Says.Owner.Role != string(people.Coordinator) {
		t.Errorf("severe pain makes no task: %+v", c.Reminders)
	}
	chen.sees("/cases/"+id.String(), "Patient", "at night it hurts")
	chen.sees(about, "Answered ")
}

func TestAnswersAreKeptAsTheyAreGiven(t *testing.T) {
	w, chen, id := follow(t)
	link, _ := chen.link(id, url.Values{})
	phone := w.visitor()
	phone.get(link)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, w.web.URL+link+"/save", strings.NewReader(`{"nrs":"3","cohen":"4","satisfaction":"77","followup_note":"`+strings.Repeat("x", 4000)+`"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-CSRF-Token", phone.token)
	if a := phone.do(r); a.status != http.StatusOK || strings.TrimSpace(a.body) != `{"nrs":"3"}` {
		t.Errorf("what fits is kept, and nothing else: %d %s", a.status, a.body)
	}
	if a := w.visitor().sees(link); !regexp.MustCompile(`value="3" checked`).MatchString(a.body) {
		t.Error("another device does not go on from there")
	}
	if a := phone.post(link+"/send", url.Values{"a.followup_note": {strings.Repeat("语", 4000)}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "2,000 characters") && !strings.Contains(a.body, "2000 characters") {
		t.Errorf("4,000 characters: %d %s", a.status, a.text())
	}
	if len(w.case_(id).FollowUps) != 0 {
		t.Error("something was said")
	}
}

func TestALinkIsClosedToOthers(t *testing.T) {
	w, chen, id := follow(t)
	link, about := chen.link(id, url.Values{})
	guess := link[:len(link)-1] + string('a'+(link[len(link)-1]-'a'+1)%2)
	for name, path := range map[string]string{"guessed": guess, "cut short": link[:len(link)-3], "of nothing": "/reply/" + strings.Repeat("a", 42)} {
		if a := w.visitor().get(path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := w.visitor().get(about); a.status != http.StatusSeeOther {
		t.Errorf("a stranger sees the page about a link: %d", a.status)
	}
	newer, _ := chen.link(id, url.Values{"born": {"true"}})
	if a := w.visitor().get(link); a.status != http.StatusGone || !strings.Contains(a.body, "withdrawn") {
		t.Errorf("the earlier link: %d %s", a.status, a.text())
	}
	// Forwarded: whoever does not know the date of birth is asked it, and not for ever.
	thief, patient := w.visitor(), w.visitor()
	if a := patient.sees(newer, "Your date of birth"); strings.Contains(a.body, "pain") {
		t.Error("questions without the date of birth")
	}
	if a := patient.post(newer+"/send", url.Values{"a.nrs": {"1"}}); a.status != http.StatusSeeOther || len(w.case_(id).FollowUps) != 0 {
		t.Errorf("answered without the date of birth: %d", a.status)
	}
	if a := patient.post(newer+"/born", url.Values{"born": {"1973-05-17"}}); a.status != http.StatusSeeOther {
		t.Errorf("the right date: %d %s", a.status, a.text())
	}
	patient.sees(newer, "How strong is your pain today?")
	thief.get(newer)
	for range 5 {
		if a := thief.post(newer+"/born", url.Values{"born": {"1980-01-01"}}); a.status != http.StatusUnprocessableEntity {
			t.Fatalf("a wrong date: %d %s", a.status, a.text())
		}
	}
	if a := thief.post(newer+"/born", url.Values{"born": {"1973-05-17"}}); a.status != http.StatusGone {
		t.Errorf("the sixth try: %d", a.status)
	}
	last, about := chen.link(id, url.Values{})
	if a := chen.post(about+"/revoke", nil); a.status != http.StatusSeeOther {
		t.Errorf("withdrawing: %d", a.status)
	}
	if a := w.visitor().get(last); a.status != http.StatusGone {
		t.Errorf("withdrawn: %d", a.status)
	}
	expires, _ := chen.link(id, url.Values{})
	w.clock = w.clock.Add(15 * 24 * time.Hour)
	if a := w.visitor().get(expires); a.status != http.StatusGone || !strings.Contains(a.body, "expired") {
		t.Errorf("expired: %d %s", a.status, a.text())
	}
}

// TestHowSomebodyIsTodayIsNoAnswerOfLongAgo: an answer belongs to the appointment whose window is open; where none is, it stands beside the schedule and fills no row.
func TestHowSomebodyIsTodayIsNoAnswerOfLongAgo(t *testing.T) {
	w, chen, id := follow(t)
	chen.sees("/cases/"+id.String()+"/followups", "Day 1", "window closed on", "6 months", "window open until", "12 months", "Not due yet", "Phone link", "Asked, no answer")
	chen.sees("/board", "/cases/"+id.String()+"/followups")
	link, about := chen.link(id, url.Values{"at": {"d1"}})
	chen.sees(about, "6 months")
	phone := w.visitor()
	phone.get(link)
	if a := phone.post(link+"/send", url.Values{"a.nrs": {"1"}}); a.status != http.StatusOK {
		t.Fatalf("sending: %d %s", a.status, a.text())
	}
	if f := w.case_(id).FollowUps[0]; f.Says.Schedule != "m6" {
		t.Errorf("asked for day 1 in the window of six months, it is the answer of %q", f.Says.Schedule)
	}
	link, about = chen.link(id, url.Values{"at": {"d1"}})
	chen.sees(about, "No appointment: no window is open")
	phone = w.visitor()
	phone.get(link)
	if a := phone.post(link+"/send", url.Values{"a.nrs": {"2"}}); a.status != http.StatusOK {
		t.Fatalf("sending outside of every window: %d %s", a.status, a.text())
	}
	c := w.case_(id)
	if f := c.FollowUps[1]; f.Says.Schedule != casebook.Unscheduled("2026-11-21") || f.Says.Values["followup_point"].Missing() == "" {
		t.Errorf("outside of every window it is the answer of %q: %v", f.Says.Schedule, f.Says.Values)
	}
	chen.sees("/cases/"+id.String(), "beside the schedule")
	chen.sees("/registry/hfs-mvd/overdue", "Day 1") // still owed
}
