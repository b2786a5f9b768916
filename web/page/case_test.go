package page

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/network"
)

func TestACaseIsOpenedWithItsConsentAndFindings(t *testing.T) {
	w := newWard(t)
	w.surgeon.sees("/cases", "No cases yet")
	w.surgeon.sees("/cases/new", "Hemifacial spasm")
	w.surgeon.sees("/open/hfs-mvd", "Disease and difficulty", "Who the patient is", "Cohen")
	w.surgeon.refuses("/open/hfs-mvd", url.Values{"title": {""}, "summary": {"KEPTWORDS"}, "age": {"190"}, "urgency": {"soon"}}, "KEPTWORDS", "Please answer this", "Between 0 and 120")
	w.surgeon.refuses("/open/hfs-mvd", url.Values{"title": {"Zhou Xiaolan, spasm"}, "urgency": {"soon"}, "patient_latin": {"Zhou Xiaolan"}, "patient_name": {"周小兰"}}, "This names the patient")

	id := w.open(w.surgeon)
	c := w.fold(id)
	if c.Title != "Spasm after a failed decompression" || c.Pathway != "hfs-mvd" || c.Side != "left" || *c.Age != 52 || c.Home != w.desk.ID {
		t.Errorf("opened as %+v", c)
	}
	if c.Consent.State(access.Consult).Answer != access.Granted || c.Consent.State(access.Research).Answer != access.Unasked {
		t.Error("the consent is not as typed")
	}
	if cohen, _ := c.Latest["cohen"].Value.AsInt(); cohen != 3 {
		t.Errorf("Cohen is %v", c.Latest["cohen"].Value)
	}
	w.surgeon.sees("/cases/"+id, "Spasm after a failed decompression", "周小兰", "Zhou Xiaolan", "W-1234", "Cohen", "52 years", "Refer")
	w.surgeon.sees("/cases?q="+url.QueryEscape("小兰"), "Spasm after a failed decompression")
	w.head.sees("/cases", "Zhou Xiaolan", "Urgency")
	for _, entry := range mustEntries(w, id) {
		if strings.Contains(entry, "周小兰") || strings.Contains(entry, "W-1234") {
			t.Errorf("the name stands in an entry: %s", entry)
		}
	}
	if a := w.trainee.get("/cases"); strings.Contains(a.body, "failed decompression") {
		t.Error("a trainee without a part in it sees the case in a list")
	}
	if a := w.trainee.get("/cases/" + id); a.status != http.StatusForbidden || !strings.Contains(a.body, "break-glass") {
		t.Errorf("a trainee without a part in it gets %d", a.status)
	}
}

// mustEntries are the bodies of a case's entries as stored.
func mustEntries(w *ward, id string) (list []string) {
	w.Helper()
	thread, err := ledger.ParseThreadID(id)
	w.must(err)
	w.must(w.desk.View(w.Context(), func(ctx context.Context, tx ledger.Tx) error {
		l, err := w.desk.Book.Log(ctx, tx, thread)
		for _, s := range l.Said {
			raw, _ := json.Marshal(s.Content)
			list = append(list, string(raw))
		}
		return err
	}))
	return list
}

func TestEmergencyAccessOpensACaseForAWhile(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	w.trainee.sees("/cases/"+id+"/break-glass", "You have no part in this case", "4 h")
	if a := w.trainee.refuses("/cases/"+id+"/break-glass", url.Values{"reason": {"ok"}}, "at least five characters"); strings.Contains(a.body, "failed decompression") {
		t.Error("the page that breaks the glass tells of the case")
	}
	w.trainee.takes("/cases/"+id+"/break-glass", url.Values{"reason": {"bleeding on the ward"}})
	w.trainee.sees("/cases/"+id, "failed decompression")
	if a := w.trainee.get("/cases/" + id); strings.Contains(a.body, `href="/cases/`+id+`/say/plan"`) {
		t.Error("broken glass offers to write")
	}
	w.head.sees("/cases/"+id+"/access", "emergency access", "Dr. trainee")
	w.clock = w.clock.Add(access.GlassStaysOpen)
	if a := w.signedIn("trainee").get("/cases/" + id); a.status != http.StatusForbidden {
		t.Errorf("after its time the glass is still open: %d", a.status)
	}
}

func TestAFormAsksWhatTheAnswersCallFor(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	at := "/cases/" + id
	before := len(mustEntries(w, id))
	field := func(body, name string) string {
		i := strings.Index(body, `data-field="`+name+`"`)
		if i < 0 {
			t.Fatalf("no field %s", name)
		}
		tag := body[strings.LastIndex(body[:i], "<"):]
		return tag[:strings.Index(tag, ">")]
	}
	a := w.surgeon.post(at+"/evaluate/finding", url.Values{"_form": {"referral"}, "v.prior_mvd": {"true"}})
	if a.status != http.StatusOK || strings.Contains(field(a.body, "v.prior_mvd_record"), " hidden") {
		t.Errorf("a prior operation asks for its record: %d", a.status)
	}
	a = w.surgeon.post(at+"/evaluate/finding", url.Values{"_form": {"referral"}, "v.prior_mvd": {"false"}, "v.charlson_one": {"stroke", "lung"}, "v.age": {"64"},
		"v.charlson_two": {"kidney"}, "v.charlson_liver": {"false"}, "v.charlson_six.missing": {"not_applicable"}})
	if !strings.Contains(field(a.body, "v.prior_mvd_record"), " hidden") {
		t.Error("without a prior operation its record is asked for")
	}
	if n := len(mustEntries(w, id)); n != before {
		t.Errorf("asking the rules said something: %d entries", n-before)
	}
	form := url.Values{"_form": {"examination"}, "v.jrs_severity": {"3"}, "v.jrs_frequency": {"2"}, "v.pta_ipsi": {"31,5"}, "v.sds_ipsi": {"70"}, "v.house_brackmann.missing": {"not_done"}}
	w.surgeon.refuses(at+"/say/finding", url.Values{"_form": {"examination"}, "v.pta_ipsi": {"ten"}, "v.sds_ipsi": {"700"}}, "Between 0 and 100", `value="ten"`)
	w.surgeon.takes(at+"/say/finding", form)
	c := w.fold(id)
	for id, want := range map[string]string{"jrs": "5", "pta_ipsi": "31.5", "aao_hns": "B", "house_brackmann": "missing: not_done"} {
		if got := c.Latest[id].Value.String(); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	w.surgeon.sees(at, "Jankovic rating scale 5 of 8", "31.5 dB", "Not done")
}

func TestWordsThatNameThePatientAreAskedAboutFirst(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	at := "/cases/" + id + "/say/question"
	w.surgeon.refuses(at, url.Values{"text": {"May Zhou Xiaolan fly home?"}}, "Does this name the patient?", "May Zhou Xiaolan fly home?")
	w.surgeon.refuses(at, url.Values{"text": {"Call 13912345678"}}, "Does this name the patient?")
	if n := len(w.fold(id).Questions); n != 0 {
		t.Errorf("%d questions were asked", n)
	}
	w.surgeon.takes(at, url.Values{"text": {"Call 13912345678"}, "_named": {"true"}})
	if n := len(w.fold(id).Questions); n != 1 {
		t.Errorf("%d questions were asked", n)
	}
}

// asks posts a form as the island does that asks a pathway's rules.
func (b *browser) asks(path string, form url.Values) answer {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.web.URL+path, strings.NewReader(form.Encode()))
	b.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-CSRF-Token", b.token)
	return b.do(r)
}

func TestRulesAreAskedWithoutSayingAnything(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	before := len(mustEntries(w, id))
	scored := regexp.MustCompile(`<output class="computed" id="f-score.jrs"[^>]*>\s*<span>5\b`)
	for _, path := range []string{"/open/hfs-mvd", "/cases/" + id + "/evaluate/finding"} {
		a := w.surgeon.asks(path, url.Values{"title": {"x"}, "urgency": {"soon"}, "v.jrs_severity": {"3"}, "v.jrs_frequency": {"2"}})
		if a.status != http.StatusOK || !scored.MatchString(a.body) {
			t.Errorf("%s: %d, and no score of 5", path, a.status)
		}
	}
	if a := w.surgeon.asks("/cases/"+id+"/refer", url.Values{"v.question": {"Again?"}, "to": {"outside"}}); a.status != http.StatusOK || !strings.Contains(a.body, "Again?") {
		t.Errorf("refer: %d", a.status)
	}
	if n := len(mustEntries(w, id)); n != before {
		t.Errorf("asking said something: %d entries", n-before)
	}
}

// upload posts a form with files.
func (b *browser) upload(path string, form url.Values, files map[string]string) answer {
	b.Helper()
	return b.uploadAs(path, "_files", form, files)
}

// uploadAs posts a form with files in a field.
func (b *browser) uploadAs(path, field string, form url.Values, files map[string]string) answer {
	b.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	form = cloned(form)
	form.Set("csrf_token", b.token)
	for name, values := range form {
		for _, v := range values {
			b.must(m.WriteField(name, v))
		}
	}
	for name, content := range files {
		part, err := m.CreateFormFile(field, name)
		b.must(err)
		_, err = part.Write([]byte(content))
		b.must(err)
	}
	b.must(m.Close())
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.web.URL+path, &body)
	b.must(err)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return b.do(r)
}

func TestImagesAreNamedByTheirContent(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	at := "/cases/" + id
	raw, err := os.ReadFile("../../imaging/dicom/testdata/zoo/MR_small.dcm")
	w.must(err)
	dicom := strings.NewReplacer("CompressedSamples^MR1", "Zhou^Xiaolan^Anna^MR1", "LO\x04\x004MR1", "LO\x04\x00    ").Replace(string(raw)) // it names the ward's patient
	if !strings.Contains(dicom, "Zhou^Xiaolan") {
		t.Fatal("the image names another patient")
	}
	w.surgeon.get(at + "/say/imaging")
	a := w.surgeon.upload(at+"/say/imaging", url.Values{}, map[string]string{"CompressedSamples.txt": dicom})
	if a.status != http.StatusUnprocessableEntity {
		t.Fatalf("images that are not said to be de-identified: %d", a.status)
	}
	kept := regexp.MustCompile(`name="_kept" value="([^"]+)"`).FindStringSubmatch(a.body)
	if kept == nil {
		t.Fatal("the file is lost with the mistake")
	}
	forged := strings.Replace(kept[1], ".", "x.", 1)
	w.surgeon.refuses(at+"/say/imaging", url.Values{"modality": {"mr"}, "deidentified": {"true"}, "_kept": {forged}}, "Please check")
	w.surgeon.refuses(at+"/say/imaging", url.Values{"modality": {"ct"}, "deidentified": {"true"}, "_kept": {kept[1]}}, "The images say MR, and the entry CT")
	w.surgeon.refuses(at+"/say/imaging", url.Values{"date": {"2004-08-25"}, "deidentified": {"true"}, "_kept": {kept[1]}}, "The images are of 2004-08-26")
	w.surgeon.takes(at+"/say/imaging", url.Values{"deidentified": {"true"}, "_kept": {kept[1]}})
	c := w.fold(id)
	if len(c.Imaging) != 1 || len(c.Imaging[0].Blobs) != 1 {
		t.Fatalf("imaging is %+v", c.Imaging)
	}
	blob := c.Imaging[0].Blobs[0]
	if blob.Type != "application/dicom" || blob.Scope != "images" || blob.Label != "MR 1.dcm" {
		t.Errorf("the file is %+v", blob)
	}
	if says := c.Imaging[0].Says; says.Modality != "mr" || says.Date != "2004-08-26" {
		t.Errorf("the entry says %+v", says)
	}
	w.surgeon.sees(at+"/files", "DICOM", "MR 1.dcm")
	got := w.surgeon.sees(at + "/files/" + blob.Hash.String())
	if strings.Contains(got.body, "Xiaolan") || len(got.body) < 9000 || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || !strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the file comes as %v", got.header)
	}
	// What may show text is held back, at the field, until somebody says that they have looked.
	us := strings.Replace(dicom, "CS\x02\x00MR", "CS\x02\x00US", 1)
	a = w.surgeon.upload(at+"/say/imaging", url.Values{"deidentified": {"true"}}, map[string]string{"a.dcm": us})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text(), "a.dcm was held back") {
		t.Errorf("an ultrasound that nobody looked at: %d %s", a.status, a.text())
	}
	if a := w.surgeon.upload(at+"/say/imaging", url.Values{"deidentified": {"true"}, "looked": {"true"}}, map[string]string{"a.dcm": us}); a.status != http.StatusSeeOther {
		t.Errorf("an ultrasound that was looked at: %d %s", a.status, a.text())
	}
	w.surgeon.get(at + "/say/finding?_form=-")
	for what, scope := range map[string]string{"consent": "identity", "report": "images"} {
		if a := w.surgeon.upload(at+"/say/finding", url.Values{"_form": {"-"}, "holds": {what}}, map[string]string{what + ".png": "\x89PNG\r\n\x1a\n" + what}); a.status != http.StatusSeeOther {
			t.Fatalf("attaching a %s: %d %s", what, a.status, a.text())
		}
		c := w.fold(id)
		if got := c.Findings[len(c.Findings)-1].Blobs[0].Scope; got != scope {
			t.Errorf("a %s leaves under %q, want %q", what, got, scope)
		}
	}
	other, _, err := w.desk.Blobs.Put(t.Context(), strings.NewReader("of another case"), 100)
	w.must(err)
	if a := w.surgeon.get(at + "/files/" + other.String()); a.status != http.StatusNotFound {
		t.Errorf("a file of no entry here: %d", a.status)
	}
}

func TestAReferralSaysWhatItsPacketLacks(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	at := "/cases/" + id + "/refer"
	far := partnerOf(w)
	w.surgeon.sees(at, "What the referral brings", "missing", "Far Hospital", "0 referrals waiting there", "Functional neurosurgery")
	form := url.Values{"to": {far.Raw()}, "v.question": {"Can it be done again?"}, "v.urgency": {"soon"}, "v.age": {"52"}, "v.sex": {"female"}, "v.side": {"left"},
		"v.spasm_type": {"typical"}, "v.duration_months": {"72"}, "v.botulinum_times": {"4"}, "v.prior_mvd": {"false"}, "v.record_summary": {"Six years."},
		"v.anticoagulant": {"false"}, "v.allergy": {"none known"}, "v.prior_operation": {"false"}, "v.needed_by": {"2026-12-01"}}
	w.surgeon.refuses(at, form, "Say why it is sent without the missing parts", "Can it be done again?")
	form.Set("gap_reason", "MR is on its way")
	w.surgeon.takes(at, form)
	c := w.fold(id)
	if len(c.Referrals) != 1 {
		t.Fatalf("referrals: %+v", c.Referrals)
	}
	r := c.Referrals[0].Says
	if r.To != far || r.Question != "Can it be done again?" || r.NeededBy != "2026-12-01" || r.GapReason == "" || len(r.Gaps) == 0 {
		t.Errorf("referred as %+v", r)
	}
	w.surgeon.sees("/cases/"+id, "Far Hospital", "Answer the referral", "invited", "parts missing")
	w.surgeon.sees("/cases/"+id+"/members", "Far Hospital", "Remove Far Hospital")
}

// partnerOf enters a hospital that never answers.
func partnerOf(w *ward) ledger.HospitalID {
	w.Helper()
	far := newNode(w.TB).desk.ID
	w.must(w.desk.Network.AddPartner(w.Context(), network.Partner{Hospital: far, Name: "Far Hospital"}))
	return far
}

// TestACaseGoesItsWay walks a case inside one hospital from the referral to the follow-up, all by forms.
func TestACaseGoesItsWay(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	at := "/cases/" + id
	own := w.desk.ID.Raw()
	w.surgeon.takes(at+"/refer", url.Values{"to": {own}, "sub_specialty": {"functional_neurosurgery"}, "v.question": {"Again?"}, "v.urgency": {"soon"}, "v.age": {"52"}, "v.sex": {"female"}, "v.side": {"left"},
		"v.spasm_type": {"typical"}, "v.duration_months": {"72"}, "v.botulinum_times": {"4"}, "v.prior_mvd": {"false"}, "v.record_summary": {"Six years."},
		"v.anticoagulant": {"false"}, "v.allergy": {"none known"}, "v.prior_operation": {"false"}, "gap_reason": {"inside the house"}})
	w.head.sees(at, "Answer the referral", "Accept")
	w.head.takes(at+"/say/accepted", url.Values{"person": {string(w.people["head"].ID)}, "by": {"2026-11-25"}})
	w.head.sees(at+"/say/opinion", "Opinion", "Operation advised", "Recommendation 1", "Round 1")
	w.head.takes(at+"/say/opinion", url.Values{"round": {"1"}, "v.opinion": {"Operate endoscopically."}, "v.operate_advice": {"operate"},
		"rec.0.text": {"Audiometry first"}, "rec.0.owner": {own + "/" + string(w.people["surgeon"].ID)}, "rec.0.due": {"2026-11-28"}})
	c := w.fold(id)
	if len(c.Opinions) != 1 || c.Opinions[0].Says.Text != "Operate endoscopically." || len(c.Recommendations) != 1 || c.Recommendations[0].Owner.Name != "Dr. surgeon" {
		t.Fatalf("opinion %+v, advice %+v", c.Opinions, c.Recommendations)
	}
	w.surgeon.takes(at+"/say/advice", url.Values{"ref": {c.Opinions[0].Hash.String()}, "recommendation": {"r1"}, "status": {"done"}})

	plan := url.Values{"title": {"Endoscopic decompression"}, "signers": {own}, "steps": {"position", "vessel"}, "step.vessel": {"look behind the AICA"}, "v.procedure": {"mvd_endoscopic"},
		"v.surgical_level": {"4"}, "v.technique": {"fully_endoscopic"}, "v.method": {"interposition"}, "v.key_risks": {"hearing"}, "v.guidance_mode": {"none"}}
	w.surgeon.takes(at+"/say/plan", plan)
	w.surgeon.sees(at+"/say/plan", "Endoscopic decompression", "look behind the AICA") // the next version begins with the last
	plan.Set("v.technique", "endoscope_assisted")
	plan["ref"] = []string{w.fold(id).Plan().Hash.String()}
	w.surgeon.takes(at+"/say/plan", plan)
	c = w.fold(id)
	if len(c.Plans) != 2 || c.Plan().Says.Version != 2 || c.Plan().Says.Guidance != "none" || c.Plan().Says.Steps[1].Text != "look behind the AICA" {
		t.Fatalf("plans %+v", c.Plans)
	}
	w.surgeon.sees(at+"/plan/"+c.Plans[1].Hash.Short()+"/compare/"+c.Plans[0].Hash.Short(), "Fully endoscopic", "Endoscope-assisted", "<del>", "<ins>")
	if a := w.trainee.get(at + "/plan/" + c.Plans[1].Hash.Short()); a.status != http.StatusForbidden {
		t.Errorf("a stranger reads the plan: %d", a.status)
	}

	w.surgeon.sees(at, "Sign version 2 of the plan?", c.Plan().Hash.Short())
	w.surgeon.takes(at+"/say/plan-signed", url.Values{"ref": {c.Plan().Hash.String()}, "meaning": {"approve"}})
	w.surgeon.sees(at) // the same form of another page: of the same page it would be the same signature
	w.surgeon.refuses(at+"/say/plan-signed", url.Values{"ref": {c.Plan().Hash.String()}, "meaning": {"approve"}}, "this hospital has signed already")
	w.surgeon.takes(at+"/say/scheduled", url.Values{"date": {"2026-11-30T08:00"}, "hospital": {own}})
	w.surgeon.takes(at+"/say/safety-check", url.Values{"part": {"sign_in"}, "item.identity": {"true"}, "item.allergy": {"true"}, "item.site-marked": {"false"}, "words.site-marked": {"midline incision, both sides"},
		"item.machine": {"true"}, "item.oximeter": {"true"}, "item.airway": {"true"}, "item.blood-loss": {"true"}})

	operation := url.Values{"date": {"2026-11-30"}, "v.procedure": {"mvd_endoscopic"}, "v.technique": {"fully_endoscopic"}, "v.method": {"interposition"}, "v.vessel": {"aica"},
		"v.guidance_mode": {"none"}, "v.blood_loss": {"30"}, "v.amr_monitored": {"false"}, "v.baep_monitored": {"false"}, "v.step_vessel_done": {"modified"}}
	w.surgeon.refuses(at+"/say/operation", url.Values{"date": {"2026-11-30"}, "v.abandoned": {"true"}}, "Answer this, or say why it is missing")
	w.surgeon.takes(at+"/say/operation", operation)
	c = w.fold(id)
	if c.Operation() == nil || !c.Operation().Signed || len(c.Operation().Deviation) == 0 || len(c.Due) == 0 {
		t.Fatalf("operation %+v, due %d", c.Operation(), len(c.Due))
	}
	w.surgeon.sees(at, "Different from the plan", "Follow-up: Day 1")
	w.surgeon.takes(at+"/say/complication", url.Values{"v.complication": {"tinnitus"}, "v.complication_date": {"2026-12-02"}, "v.clavien_dindo": {"I"}, "v.complication_disability": {"true"}})
	w.clock = w.clock.AddDate(0, 0, 12)
	w.surgeon = w.signedIn("surgeon")
	w.surgeon.takes(at+"/say/followup", url.Values{"v.followup_point": {"d1"}, "v.seen_on": {"2026-12-01"}, "v.relief": {"cured"}, "v.cohen": {"0"}, "v.kondo_e": {"0"}, "v.kondo_c": {"1"}})
	w.surgeon.takes(at+"/say/followup", url.Values{"v.followup_point": {"discharge"}, "v.seen_how": {"lost"}, "v.followup_note": {"moved away"}})
	c = w.fold(id)
	if len(c.FollowUps) != 2 || c.FollowUps[1].Says.Lost != "moved away" || c.Complications[0].Says.Grade != "Id" {
		t.Fatalf("follow-ups %+v, complications %+v", c.FollowUps, c.Complications)
	}
	w.surgeon.sees(at, "Complication: Tinnitus", "Lost to follow-up", "Cohen(-Albert) grade", "<svg", "Follow-up: 1 month")
	w.surgeon.sees(at+"/trend/cohen.csv", "3", "0")
	w.surgeon.sees(at+"/trend/cohen.svg", "<svg")
	w.surgeon.sees(at+"/print", "周小兰", "Endoscopic decompression", "Tinnitus", "entries")
	w.surgeon.sees(at+"/proof", "Proved")
}

func TestACorrectionStandsBesideWhatItCorrects(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	at := "/cases/" + id
	w.surgeon.takes(at+"/say/question", url.Values{"text": {"Is the rihgt side free?"}})
	q := w.fold(id).Questions[0]
	ref := "?ref=" + q.Hash.String()
	w.surgeon.sees(at+"/say/amend"+ref, "Is the rihgt side free?", "Correct: Question")
	w.surgeon.refuses(at+"/say/amend", url.Values{"ref": {q.Hash.String()}, "text": {"Is the right side free?"}}, "Please answer this")
	w.surgeon.takes(at+"/say/amend", url.Values{"ref": {q.Hash.String()}, "text": {"Is the right side free?"}, "why": {"typing"}})
	if got := w.fold(id).Questions[0].Says.Text; got != "Is the right side free?" {
		t.Errorf("it says %q", got)
	}
	w.surgeon.sees(at, "Corrected once", "Is the rihgt side free?", "Because: typing")
	w.surgeon.refuses(at+"/say/retract", url.Values{"ref": {q.Hash.String()}}, "Please answer this")
	w.surgeon.takes(at+"/say/retract", url.Values{"ref": {q.Hash.String()}, "why": {"asked by mistake"}})
	if n := len(w.fold(id).Questions); n != 0 {
		t.Errorf("%d questions stand", n)
	}
	w.surgeon.sees(at, "Taken back", "struck")
}

func TestAWriterWhoseClockWasAheadIsMarked(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	e := w.say("surgeon", ledger.Draft{Thread: w.thread(id), Kind: casebook.KindQuestion, Says: casebook.Question{Text: "from the day after tomorrow?"}})
	ahead := "was more than a day ahead"
	if a := w.surgeon.sees("/cases/" + id); strings.Contains(a.body, ahead) {
		t.Error("a clock that was right is marked")
	}
	w.update(func(ctx context.Context, tx ledger.Tx) error { // as it is noted where another hospital's entry comes in
		_, err := tx.ExecContext(ctx, `UPDATE entry SET clock_odd = 1 WHERE hash = $1`, e.Hash[:])
		return err
	})
	w.surgeon.sees("/cases/"+id, ahead)
	w.surgeon.post("/language", url.Values{"lang": {"zh"}})
	w.surgeon.sees("/cases/"+id, "时钟快了一天以上")
}

func TestConsentIsChangedAndWithdrawn(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	at := "/cases/" + id
	consent := url.Values{"scope.teaching": {"granted"}, "how": {"oral"}, "date": {"2026-11-21"}, "text": {"v3"}}
	w.surgeon.refuses(at+"/say/consent", consent, "Please answer this")
	consent.Set("witness", string(w.people["head"].ID))
	w.surgeon.takes(at+"/say/consent", consent)
	c := w.fold(id)
	if c.Consent.State(access.Teaching).Answer != access.Granted || c.Consent.State(access.Consult).Answer != access.Granted {
		t.Error("a new answer to one scope leaves the others")
	}
	w.surgeon.refuses(at+"/say/consent", url.Values{"scope.identity": {"granted"}, "how": {"written"}, "date": {"2026-11-21"}, "text": {"v3"}}, "Name the hospitals")
	w.surgeon.takes(at+"/say/consent-withdrawn", url.Values{"scopes": {"teaching"}, "date": {"2026-11-21"}})
	c = w.fold(id)
	if c.Consent.State(access.Teaching).Answer != access.Withdrawn || c.Consent.State(access.Images).Answer != access.Granted {
		t.Error("withdrawn is what was withdrawn")
	}
}

func TestThePagesSpeakChinese(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	w.surgeon.post("/language", url.Values{"lang": {"zh"}, "back": {"/"}})
	for path, words := range map[string][]string{"/cases": {"病例", "转诊", "周小兰"}, "/cases/" + id: {"下一步", "知情同意", "52 岁", "左侧"},
		"/cases/" + id + "/say/finding?_form=examination": {"痉挛评估", "检查与评估"}, "/cases/" + id + "/refer": {"转诊资料", "缺少"}, "/cases/" + id + "/print": {"全部条目"}} {
		a := w.surgeon.sees(path, words...)
		if m := regexp.MustCompile(`case\.[a-z-]+\.[a-z.-]+`).FindString(a.text()); m != "" {
			t.Errorf("%s shows the key %s", path, m)
		}
	}
}

func TestAnotherLanguageLosesNoneOfAForm(t *testing.T) {
	w := newWard(t)
	id := w.open(w.surgeon)
	asked := w.say("surgeon", ledger.Draft{Thread: w.thread(id), Kind: casebook.KindQuestion, Says: casebook.Question{Text: "which sling"}})
	back := regexp.MustCompile(`name="back" value="([^"]*)"`)
	a := w.surgeon.post("/cases/"+id+"/say/answer", url.Values{"ref": {asked.Hash.String()}})
	m := back.FindStringSubmatch(a.body)
	if a.status != http.StatusUnprocessableEntity || m == nil || !strings.HasPrefix(m[1], "/cases/"+id+"/say/answer?draft=") || !strings.HasSuffix(m[1], "ref="+asked.Hash.String()) {
		t.Errorf("%d, back to %q", a.status, m)
	}
	a = w.surgeon.post("/cases/"+id+"/custody", url.Values{"step": {"nonsense"}})
	if m = back.FindStringSubmatch(a.body); m == nil || w.surgeon.get(m[1]).status != http.StatusOK {
		t.Errorf("from a fault one goes back to %q", m)
	}
}
