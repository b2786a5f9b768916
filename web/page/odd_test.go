package page

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/outreach"
)

// TestAFormAsksAboutWhatIsOdd: an operation before its case by somebody without a privilege is asked about below its form, in both languages, and taken with the reason,
// which stands in the timeline and on paper; corrected to what is in order it is taken without one. A trainee needs a supervisor, for whom the form then asks.
func TestAFormAsksAboutWhatIsOdd(t *testing.T) {
	w := newWard(t)
	theater := outreach.Theater{Own: w.desk.ID, Book: w.desk.Book, Packs: w.desk.Packs, Now: w.desk.Now}
	w.desk.Door.Rules = map[string]access.Rule{casebook.KindOperation: casebook.Doubted(casebook.Dates(w.desk.Book, w.desk.Now), theater.Operators)}
	id := w.open(w.surgeon)
	at, own := "/cases/"+id, w.desk.ID.Raw()
	by := func(who string) string { return own + "/" + string(w.people[who].ID) }
	form := url.Values{"date": {"2019-01-01"}, "emergency": {"bleeding"}, "operator": {by("surgeon")}, "v.procedure": {"mvd_endoscopic"}, "v.technique": {"fully_endoscopic"},
		"v.method": {"interposition"}, "v.vessel": {"aica"}, "v.guidance_mode": {"none"}, "v.blood_loss": {"30"}, "v.amr_monitored": {"false"}, "v.baep_monitored": {"false"}}
	w.surgeon.refuses(at+"/say/operation", form, "Is this right?", "The operation lies before the day on which the case was opened", "Dr. surgeon holds no privilege for this operation here",
		`name="confirmed.odd" value="operation-before-opening"`, `name="confirmed.odd" value="privilege-none"`, `name="confirmed.why"`)
	form["confirmed.odd"] = []string{"operation-before-opening", "privilege-none"}
	w.surgeon.refuses(at+"/say/operation", form, "Is this right?")

	form.Set("confirmed.why", "nobody else in the house")
	form.Set("operator", by("trainee"))
	w.surgeon.refuses(at+"/say/operation", form, "Dr. trainee is in training", `name="supervisor"`)
	form.Set("operator", by("surgeon"))
	form.Set("date", w.desk.Now().Format(time.DateOnly)) // corrected: only the privilege is confirmed
	w.surgeon.takes(at+"/say/operation", form)
	if c := w.fold(id); len(c.Operations) != 1 || strings.Join(c.Operations[0].Says.Confirmed.Odd, " ") != "privilege-none" {
		t.Fatalf("recorded as %+v", c.Operations)
	}
	w.surgeon.sees(at, "Confirmed though unusual", "nobody else in the house")
	w.surgeon.sees(at+"/print", "nobody else in the house")
	w.head.sees("/", "Dr. surgeon operated without a privilege")
	w.head.sees("/settings/privileges", "Dr. surgeon operated without a privilege")
}

// TestTheSamePatientIsDecidedAbout: a number that another patient has, and the same patient again, are shown before a second case is opened.
func TestTheSamePatientIsDecidedAbout(t *testing.T) {
	w := newWard(t)
	first := w.open(w.surgeon)
	form := url.Values{"title": {"Another spasm"}, "urgency": {"soon"}, "patient_name": {"李另"}, "local_number": {"W-1234"}, "birth_date": {"1990-05-06"}}
	w.surgeon.refuses("/open/hfs-mvd", form, "Is this the same patient?", "周小兰", first)
	form.Set("alike", "another")
	w.surgeon.refuses("/open/hfs-mvd", form, "Say why")
	form.Set("alike_why", "the clerk typed the number twice")
	to := w.surgeon.takes("/open/hfs-mvd", form)
	w.surgeon.sees(caseAddress.FindString(to), "another patient", "the clerk typed the number twice", "36 years")
	w.surgeon.sees("/cases/"+first, "another patient")

	form = url.Values{"title": {"A third"}, "urgency": {"soon"}, "age": {"3"}, "patient_name": {"王芳"}, "local_number": {"W-9"}, "birth_date": {"1970-01-01"}}
	w.surgeon.refuses("/open/hfs-mvd", form, "the birth date says 56 years")
}
