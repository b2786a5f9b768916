package casebook

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// rules are breaches: what was said before, who then says what, and the mark. Each must stop its writer and mark the entry at a reader.
var rules = []struct {
	name string
	code string
	play func(*world) (who *node, d ledger.Draft)
}{
	{"a second opening", "opened-twice", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindOpened, Opened{Pathway: "hfs-mvd", Title: "Again", Urgency: "routine"})
	}},
	{"a finding after closing", "closed", func(w *world) (*node, ledger.Draft) {
		w.home.must(w.draft(KindClosed, Closed{Outcome: "done"}))
		return w.home, w.draft(KindFinding, Finding{Note: "late thought"})
	}},
	{"closing by another hospital", "not-custodian", func(w *world) (*node, ledger.Draft) {
		return w.far, w.draft(KindClosed, Closed{Outcome: "done"})
	}},
	{"reopening what is open", "not-closed", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindReopened, Reopened{Reason: "why not"})
	}},
	{"a referral of another's patient", "not-custodian", func(w *world) (*node, ledger.Draft) {
		return w.far, w.draft(KindReferred, Referred{To: w.home.id, Question: "?", Urgency: "soon"})
	}},
	{"a referral to oneself", "refers-to-itself", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindReferred, Referred{To: w.home.id, Question: "?", Urgency: "soon"})
	}},
	{"a referral to a stranger", "not-a-member", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindReferred, Referred{To: ledger.HospitalID{9}, Question: "?", Urgency: "soon"})
	}},
	{"acceptance by who was not asked", "not-asked", func(w *world) (*node, ledger.Draft) {
		ref := w.home.must(w.draft(KindReferred, w.referred()))
		return w.home, w.draft(KindAccepted, w.accepted(), ref)
	}},
	{"acceptance of nothing", "no-referral", func(w *world) (*node, ledger.Draft) {
		return w.far, w.draft(KindAccepted, w.accepted())
	}},
	{"acceptance after a refusal", "referral-answered", func(w *world) (*node, ledger.Draft) {
		ref := w.home.must(w.draft(KindReferred, w.referred()))
		w.sync()
		w.far.must(w.draft(KindDeclined, Declined{Reason: "not our field"}, ref))
		return w.far, w.draft(KindAccepted, w.accepted(), ref)
	}},
	{"acceptance after the withdrawal", "referral-withdrawn", func(w *world) (*node, ledger.Draft) {
		ref := w.home.must(w.draft(KindReferred, w.referred()))
		w.home.must(w.draft(KindWithdrawn, Withdrawn{Reason: "better"}, ref))
		w.sync()
		return w.far, w.draft(KindAccepted, w.accepted(), ref)
	}},
	{"withdrawal by the one asked", "not-referrer", func(w *world) (*node, ledger.Draft) {
		ref := w.home.must(w.draft(KindReferred, w.referred()))
		w.sync()
		return w.far, w.draft(KindWithdrawn, Withdrawn{Reason: "no"}, ref)
	}},
	{"an opinion on a referral not accepted", "not-accepted", func(w *world) (*node, ledger.Draft) {
		ref := w.home.must(w.draft(KindReferred, w.referred()))
		w.sync()
		return w.far, w.draft(KindOpinion, w.opinion(1), ref)
	}},
	{"an opinion without a referral", "not-accepted", func(w *world) (*node, ledger.Draft) {
		return w.far, w.draft(KindOpinion, w.opinion(1))
	}},
	{"a round too far", "round", func(w *world) (*node, ledger.Draft) {
		ref := w.home.must(w.draft(KindReferred, w.referred()))
		w.sync()
		w.far.must(w.draft(KindAccepted, w.accepted(), ref))
		return w.far, w.draft(KindOpinion, w.opinion(3), ref)
	}},
	{"an answer to nothing", "no-question", func(w *world) (*node, ledger.Draft) {
		return w.far, w.draft(KindAnswer, Answer{Text: "42"})
	}},
	{"an answer for another", "question-other", func(w *world) (*node, ledger.Draft) {
		q := w.home.must(w.draft(KindQuestion, Question{Text: "Which vessel?", To: Owner{Hospital: w.far.id}}))
		return w.home, w.draft(KindAnswer, Answer{Text: "PICA"}, q)
	}},
	{"an answer to no query", "no-query", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindQueryAnswered, QueryAnswered{Outcome: "confirmed"})
	}},
	{"an answer to a query that is over", "query-closed", func(w *world) (*node, ledger.Draft) {
		q := w.home.must(w.draft(KindQuery, DataQuery{Text: "Is that a slip?"}))
		w.home.must(w.draft(KindQueryClosed, QueryClosed{Outcome: "settled"}, q))
		return w.home, w.draft(KindQueryAnswered, QueryAnswered{Outcome: "confirmed"}, q)
	}},
	{"advice about nothing", "no-recommendation", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindAdvice, Advice{Recommendation: "r1", Status: "done"})
	}},
	{"advice done by another", "not-owner", func(w *world) (*node, ledger.Draft) {
		ref := w.home.must(w.draft(KindReferred, w.referred()))
		w.sync()
		w.far.must(w.draft(KindAccepted, w.accepted(), ref))
		op := w.far.must(w.draft(KindOpinion, w.opinion(1), ref))
		return w.far, w.draft(KindAdvice, Advice{Recommendation: "r1", Status: "done"}, op)
	}},
	{"a second plan that names no first", "not-newest", func(w *world) (*node, ledger.Draft) {
		w.home.must(w.draft(KindPlan, w.plan(1)))
		return w.home, w.draft(KindPlan, w.plan(2))
	}},
	{"a version that does not count on", "version", func(w *world) (*node, ledger.Draft) {
		p := w.home.must(w.draft(KindPlan, w.plan(1)))
		return w.home, w.draft(KindPlan, w.plan(3), p)
	}},
	{"a plan that home need not sign", "custodian-signs", func(w *world) (*node, ledger.Draft) {
		p := w.plan(1)
		p.Signers = []ledger.HospitalID{w.far.id}
		return w.home, w.draft(KindPlan, p)
	}},
	{"a plan for a stranger to sign", "signer-member", func(w *world) (*node, ledger.Draft) {
		p := w.plan(1)
		p.Signers = append(p.Signers, ledger.HospitalID{9})
		return w.home, w.draft(KindPlan, p)
	}},
	{"a signature under nothing", "no-plan", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"})
	}},
	{"a signature under an old version", "plan-replaced", func(w *world) (*node, ledger.Draft) {
		p := w.home.must(w.draft(KindPlan, w.plan(1)))
		w.home.must(w.draft(KindPlan, w.plan(2), p))
		return w.home, w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, p)
	}},
	{"a signature under one of two versions", "plan-disputed", func(w *world) (*node, ledger.Draft) {
		p := w.home.must(w.draft(KindPlan, w.plan(1)))
		w.far.must(w.draft(KindPlan, w.plan(1)))
		w.sync()
		return w.home, w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, p)
	}},
	{"a signature under an amended plan", "plan-changed", func(w *world) (*node, ledger.Draft) {
		p := w.home.must(w.draft(KindPlan, w.plan(1)))
		w.home.must(w.draft(ledger.KindAmend, amendment(w.plan(1)), p))
		return w.home, w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, p)
	}},
	{"a second signature", "signed-twice", func(w *world) (*node, ledger.Draft) {
		p := w.home.must(w.draft(KindPlan, w.plan(1)))
		w.home.must(w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, p))
		return w.home, w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, p)
	}},
	{"an operation without a plan", "unsigned", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindOperation, w.operation())
	}},
	{"an operation with half the signatures", "unsigned", func(w *world) (*node, ledger.Draft) {
		p := w.home.must(w.draft(KindPlan, w.plan(1)))
		w.home.must(w.draft(KindPlanSigned, PlanSigned{Meaning: "approve"}, p))
		return w.home, w.draft(KindOperation, w.operation(), p)
	}},
	{"an operation by a plan amended after it was signed", "unsigned", func(w *world) (*node, ledger.Draft) {
		p := w.signedPlan()
		w.home.must(w.draft(ledger.KindAmend, amendment(w.plan(1)), p))
		return w.home, w.draft(KindOperation, w.operation(), p)
	}},
	{"an operation after a signature was taken back", "unsigned", func(w *world) (*node, ledger.Draft) {
		p := w.signedPlan()
		c := w.far.fold(w.id)
		w.far.must(w.draft(ledger.KindRetract, ledger.Retraction{Why: "wrong side"}, c.Plan().signature(w.far.id, end).Hash))
		w.sync()
		return w.home, w.draft(KindOperation, w.operation(), p)
	}},
	{"a complication of no operation", "no-operation", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindComplication, Complication{Code: "ssi", Date: "2026-04-03"})
	}},
	{"taking work that nobody offered", "no-duty", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindDutyAccepted, Taking{})
	}},
	{"taking work that was offered to somebody else", "duty-other", func(w *world) (*node, ledger.Draft) {
		offered := w.home.must(w.draft(KindDutyOffered, Handing{From: "a", FromName: "A", To: "b", ToName: "B"}))
		return w.home, w.draft(KindDutyAccepted, Taking{}, offered)
	}},
	{"a part of the checklist twice", "safety-twice", func(w *world) (*node, ledger.Draft) {
		w.home.must(w.draft(KindSafetyCheck, SafetyCheck{Part: "sign_in", Items: ticked("sign_in")}))
		return w.home, w.draft(KindSafetyCheck, SafetyCheck{Part: "sign_in", Items: ticked("sign_in")})
	}},
	{"a follow-up twice", "follow-up-twice", func(w *world) (*node, ledger.Draft) {
		w.home.must(w.draft(KindFollowUp, FollowUp{Schedule: "baseline", Date: "2026-03-01", Note: "grade 3"}))
		return w.home, w.draft(KindFollowUp, FollowUp{Schedule: "baseline", Date: "2026-03-01", Note: "grade 2"})
	}},
	{"an identity that is not sealed", "identity-blob", func(w *world) (*node, ledger.Draft) {
		d := w.draft(KindIdentity, Identity{})
		d.Blobs = []ledger.BlobRef{{Hash: ledger.Hash{1}, Size: 9, Type: "application/json", Scope: "identity"}}
		return w.home, d
	}},
	{"images without a scope", "image-scope", func(w *world) (*node, ledger.Draft) {
		d := w.draft(KindImaging, Imaging{Modality: "mr", Deidentified: true})
		d.Blobs = []ledger.BlobRef{{Hash: ledger.Hash{1}, Size: 9, Type: "application/dicom"}}
		return w.home, d
	}},
	{"images that name the patient", "image-named", func(w *world) (*node, ledger.Draft) {
		d := w.draft(KindImaging, Imaging{Modality: "mr"})
		d.Blobs = []ledger.BlobRef{{Hash: ledger.Hash{1}, Size: 9, Type: "application/dicom", Scope: "images"}}
		return w.home, d
	}},
	{"a packet of nothing", "image-none", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindFinding, Finding{Holds: []string{"report"}})
	}},
	{"a key image of no study", "keyimage-study", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindKeyImage, KeyImage{Instance: "2.25.1", Note: "Widest here."})
	}},
	{"a guide without its file", "device-file", func(w *world) (*node, ledger.Draft) {
		d := w.device("guide")
		d.Blobs = nil
		return w.home, d
	}},
	{"a guide engraved for another side", "device-engraved", func(w *world) (*node, ledger.Draft) {
		d := w.device("guide")
		says := d.Says.(Device)
		says.Engraved += " X"
		d.Says = says
		return w.home, d
	}},
	{"a guide for no plan", "device-plan", func(w *world) (*node, ledger.Draft) {
		w.home.must(w.draft(KindPlan, w.plan(1)))
		return w.home, w.device("guide")
	}},
	{"the release of nothing", "no-device", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindDeviceSigned, DeviceSigned{Answer: "release"})
	}},
	{"the release of a guide by who designed it", "device-own", func(w *world) (*node, ledger.Draft) {
		d := w.home.must(w.device("guide"))
		return w.home, w.draft(KindDeviceSigned, DeviceSigned{Answer: "release"}, d)
	}},
	{"the release of a guide that was made anew", "device-replaced", func(w *world) (*node, ledger.Draft) {
		d := w.home.must(w.device("guide"))
		w.home.must(w.device("guide"))
		return w.home, w.draft(KindDeviceSigned, DeviceSigned{Answer: "release"}, d)
	}},
	{"a second release", "device-answered", func(w *world) (*node, ledger.Draft) {
		d := w.home.must(w.device("guide"))
		w.sync()
		w.far.must(w.draft(KindDeviceSigned, DeviceSigned{Answer: "return", Note: "The wall is thin."}, d))
		return w.far, w.draft(KindDeviceSigned, DeviceSigned{Answer: "release"}, d)
	}},
	{"the release of a guide after another plan", "device-changed", func(w *world) (*node, ledger.Draft) {
		d := w.home.must(w.device("guide"))
		w.home.must(w.draft(KindPlan, w.plan(1)))
		w.sync()
		return w.far, w.draft(KindDeviceSigned, DeviceSigned{Answer: "release"}, d)
	}},
	{"a reminder done that was not set", "no-reminder", func(w *world) (*node, ledger.Draft) {
		return w.home, w.draft(KindReminder, Reminder{Done: true})
	}},
	{"a yes recorded away from the patient", "consent-elsewhere", func(w *world) (*node, ledger.Draft) {
		return w.far, w.draft(access.KindConsent, access.ConsentGiven{Scopes: map[access.Scope]access.Answer{access.Teaching: access.Granted}, How: access.Written, Text: "form 3", Date: "2026-03-02"})
	}},
}

func amendment(says any) ledger.Amendment {
	raw, err := ledger.Encode(says)
	if err != nil {
		panic(err)
	}
	return ledger.Amendment{Says: json.RawMessage(raw), Why: "mistyped"}
}

func TestRulesStopTheWriter(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld(t)
			who, d := r.play(w)
			who.stopped(d, r.code)
		})
	}
}

func TestRulesMarkAtTheReader(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			w := newWorldWith(t, lawless())
			who, d := r.play(w)
			h := who.must(d)
			w.sync()
			item := find(t, w.far.fold(w.id), h)
			if !slices.ContainsFunc(item.Marks, func(m record.Mark) bool { return m.Code == r.code && m.Text.Complete() }) {
				t.Errorf("marks %+v, want %q", item.Marks, r.code)
			}
		})
	}
}

// TestEveryMarkHasARule keeps the table of breaches whole.
func TestEveryMarkHasARule(t *testing.T) {
	elsewhere := []string{"form", "not-opened", "not-opener", "packet-gaps", // TestBeforeTheOpening, TestAmendedOutOfForm
		"side-differs", "side-disputed", "safety-empty", "safety-why", // TestTheSideHasOneSource, TestAChecklistIsGoneThrough
		"safety-critical", "safety-open", "advice-open", // TestNobodySignsACriticalItemAway, TestAdviceIsAnsweredBeforeTheOperation
		"no-variable", "no-appointment", // TestAQueryIsOfThePathway
		"no-first-entry", "entered-by-oneself", // registry: TestNobodyEntersTwiceByThemselves
		"no-override", "override-other", "override-own"} // TestAnOverrideIsReviewed
	elsewhere = append(elsewhere, judgedMarks...)
	for _, key := range lang.Keys("case.stop.") {
		code := strings.TrimPrefix(key, "case.stop.")
		named := slices.Contains(elsewhere, code)
		for _, r := range rules {
			named = named || r.code == code
		}
		if !named {
			t.Errorf("no test shows the mark %q", code)
		}
	}
}

func find(t testing.TB, c Case, h ledger.Hash) record.Item {
	t.Helper()
	for _, i := range c.Timeline {
		if i.Hash == h {
			return i
		}
	}
	t.Fatalf("entry %s is not in the timeline", h.Short())
	return record.Item{}
}

// TestActsInBreachChangeNothing: who may not answer, answers nothing; facts count whatever their marks.
func TestActsInBreachChangeNothing(t *testing.T) {
	w := newWorldWith(t, lawless())
	ref := w.home.must(w.draft(KindReferred, w.referred()))
	w.home.must(w.draft(KindAccepted, w.accepted(), ref))
	w.sync()
	w.far.must(w.draft(KindClosed, Closed{Outcome: "done"}))
	w.home.must(w.draft(KindOperation, w.operation()))
	w.sync()
	c := w.home.fold(w.id)
	if c.Referrals[0].State != Pending || c.Closed != nil {
		t.Errorf("an act in breach had effect: %s, closed %v", c.Referrals[0].State, c.Closed != nil)
	}
	if len(c.Operations) != 1 || c.Operations[0].Signed {
		t.Errorf("the operation is a fact whatever its marks: %+v", c.Operations)
	}
}

func TestWhatTheRulesAllow(t *testing.T) {
	t.Run("an emergency needs no plan", func(t *testing.T) {
		w := newWorld(t)
		o := w.operation()
		o.Emergency = "bleeding"
		w.home.must(w.draft(KindOperation, o))
	})
	t.Run("a pending referral does not block a new one", func(t *testing.T) {
		w := newWorld(t)
		w.home.must(w.draft(KindReferred, w.referred()))
		w.home.must(w.draft(KindReferred, w.referred()))
	})
	t.Run("a referral inside the hospital names the sub-specialty", func(t *testing.T) {
		w := newWorld(t)
		r := w.referred()
		r.To, r.SubSpecialty = w.home.id, "spine-endoscopy"
		ref := w.home.must(w.draft(KindReferred, r))
		w.home.must(w.draft(KindAccepted, w.accepted(), ref))
		w.home.must(w.draft(KindOpinion, w.opinion(1), ref))
	})
	t.Run("follow-up, complication and reopening after closing", func(t *testing.T) {
		w := newWorld(t)
		o := w.operation()
		o.Emergency = "bleeding"
		w.home.must(w.draft(KindOperation, o))
		note := w.home.must(w.draft(KindFinding, Finding{Note: "typo"}))
		w.home.must(w.draft(KindClosed, Closed{Outcome: "done"}))
		w.home.must(w.draft(KindFollowUp, FollowUp{Schedule: "d30", Date: "2026-05-01", Note: "well"}))
		w.home.must(w.draft(KindComplication, Complication{Code: "ssi", Date: "2026-05-02", Grade: "IIIad"}))
		w.home.must(w.draft(ledger.KindAmend, amendment(Finding{Note: "type"}), note))
		w.home.must(w.draft(KindReopened, Reopened{Reason: "infection"}))
		w.home.must(w.draft(KindFinding, Finding{Note: "swab"}))
	})
	t.Run("custody moves by three steps, and with it who refers", func(t *testing.T) {
		w := newWorld(t)
		offer := w.home.must(w.draft(ledger.KindStewardOffered, ledger.StewardOffer{Hospital: w.far.id}))
		w.sync()
		if c := w.far.fold(w.id); c.Next[len(c.Next)-1].Kind != ledger.KindStewardAccepted {
			t.Errorf("next %+v", c.Next)
		}
		taken := w.far.must(w.draft(ledger.KindStewardAccepted, ledger.None{}, offer))
		w.sync()
		w.home.must(w.draft(ledger.KindStewardConfirmed, ledger.None{}, taken))
		w.sync()
		r := w.referred()
		r.To = w.home.id
		ref := w.far.must(w.draft(KindReferred, r))
		w.home.stopped(w.draft(KindClosed, Closed{Outcome: "done"}), "not-custodian")
		w.sync()
		if i := find(t, w.home.fold(w.id), ref); len(i.Marks) > 0 {
			t.Errorf("marks %+v", i.Marks)
		}
	})
}

func TestFormsStopTheWriter(t *testing.T) {
	w := newWorld(t)
	for _, d := range []ledger.Draft{
		w.draft(KindFinding, Finding{}),
		w.draft(KindReferred, Referred{To: w.far.id, Urgency: "soon"}),
		w.draft(KindReferred, Referred{To: w.far.id, Question: "?", Urgency: "now"}),
		w.draft(KindReferred, Referred{To: w.far.id, Question: "?", Urgency: "soon", Gaps: []string{"images"}}),
		w.draft(KindQuestion, Question{Text: "?", Due: "tomorrow"}),
		w.draft(KindOperation, Operation{}),
		w.draft(KindOperation, Operation{Date: "2026-04-01", Emergency: "x", Abandoned: true}),
		w.draft(KindComplication, Complication{Code: "x", Date: "2026-04-01", Grade: "VI"}),
		w.draft(KindFollowUp, FollowUp{Schedule: "d30", Date: "2026-05-01"}),
		w.draft(KindPlan, Plan{Version: 1, Title: "x"}),
		w.draft(KindReminder, Reminder{Text: "call"}),
	} {
		if _, err := w.home.say(d); err == nil {
			t.Errorf("%s %+v was said", d.Kind, d.Says)
		}
	}
	role := w.draft(KindOpinion, w.opinion(1))
	role.Author = ledger.Author{Name: "A trainee", Role: "trainee"}
	if _, err := w.home.say(role); err == nil {
		t.Error("a trainee gave an opinion")
	}
}

func TestBeforeTheOpening(t *testing.T) {
	w := newWorld(t)
	by := ledger.Draft{Person: w.home.doc, Author: ledger.Author{Name: "Dr. Home", Role: "surgeon"}}
	err := w.home.update(func(ctx context.Context, tx ledger.Tx) error {
		e, err := w.home.book.Open(ctx, tx, "case", by, w.clock)
		if err == nil {
			w.id = e.Thread
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.home.stopped(w.draft(KindFinding, Finding{Note: "too early"}), "not-opened")
	w.home.must(w.draft(ledger.KindInvited, ledger.Invitation{Hospital: w.far.id}))
	w.home.give(w.far, w.id)
	w.far.stopped(w.draft(KindOpened, Opened{Pathway: "hfs-mvd", Title: "Mine", Urgency: "routine"}), "not-opener")
	if c := w.home.fold(w.id); c.Opened || c.Next[0].Kind != KindOpened {
		t.Errorf("next %+v", c.Next)
	}
}

// TestACorrectionGoesThroughTheRules: what could not be said is not said by way of a correction either.
func TestACorrectionGoesThroughTheRules(t *testing.T) {
	w := newWorld(t)
	stopped := func(kind string, says any, ref ledger.Hash) {
		t.Helper()
		if _, err := w.home.say(w.draft(ledger.KindAmend, amendment(says), ref)); !errors.Is(err, ledger.ErrNotSayable) {
			t.Errorf("%s corrected to %+v: %v", kind, says, err)
		}
	}
	finding := w.home.must(w.draft(KindFinding, Finding{Note: "x"}))
	stopped(KindFinding, Finding{Holds: []string{"report"}}, finding) // nothing is attached
	stopped(KindFinding, Finding{}, finding)
	ref := w.home.must(w.draft(KindReferred, w.referred()))
	r := w.referred()
	r.Gaps = []string{"images"}
	stopped(KindReferred, r, ref)
	r.GapReason = "the scanner is broken"
	w.home.must(w.draft(ledger.KindAmend, amendment(r), ref))
}

// TestAmendedOutOfForm: an amendment by a release that does not know the kind may say what no writer could have said first; the reader marks it.
func TestAmendedOutOfForm(t *testing.T) {
	w := newWorld(t)
	known := w.home.book.Kinds
	older := func(d ledger.Draft) {
		w.home.book.Kinds = ledger.NewKinds()
		w.home.must(d)
		w.home.book.Kinds = known
	}
	ref := w.home.must(w.draft(KindReferred, w.referred()))
	r := w.referred()
	r.Gaps = []string{"images"}
	older(w.draft(ledger.KindAmend, amendment(r), ref))
	var codes []string
	for _, m := range find(t, w.home.fold(w.id), ref).Marks {
		codes = append(codes, m.Code)
	}
	if want := []string{"form", "packet-gaps"}; !slices.Equal(codes, want) {
		t.Errorf("marks %v, want %v", codes, want)
	}
	note := w.home.must(w.draft(KindFinding, Finding{Note: "x"}))
	older(w.draft(ledger.KindAmend, ledger.Amendment{Says: json.RawMessage(`{"note":7}`), Why: "odd"}, note))
	if i := find(t, w.home.fold(w.id), note); !i.Unread {
		t.Errorf("amended to what is no finding: %+v", i)
	}
}
