package casebook

import (
	"errors"
	"slices"

	jsonv2 "github.com/go-json-experiment/json"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/record"
)

// Thread is the kind of thread that cases are.
const Thread = "case"

// kinds are what can be said about a case, in the order of its course. Consent is package access's.
var kinds = []record.Of[*folding]{
	openedEntry, identityEntry, findingEntry, imagingEntry, keyImageEntry,
	referredEntry, withdrawnEntry, acceptedEntry, declinedEntry,
	questionEntry, answerEntry, opinionEntry, adviceEntry,
	planEntry, planSignedEntry, sideSettledEntry, deviceEntry, deviceSignedEntry, scheduledEntry,
	safetyCheckEntry, anesthesiaEntry, operationEntry, achievedEntry, privilegeReviewedEntry, handOverEntry,
	complicationEntry, followUpEntry, queryEntry, queryAnsweredEntry, queryClosedEntry, doubleEntry, teachingEntry, reminderEntry, closedEntry, reopenedEntry,
	teamJoinedEntry, dutyOfferedEntry, dutyAcceptedEntry,
}

// Governance of cases: who may do what is the policy's to say, every reading is noted, and the patient decides who else may have it.
var Governance = record.Governance{Policy: "Case", Leaves: record.ByConsent}

// thread declares the case.
var thread = &record.Thread[*folding]{Kind: Thread, Phrases: "case",
	Kinds:     append(slices.Clip(kinds), access.ConsentKinds[*folding]()...),
	Governs:   Governance,
	Relations: []func(ledger.HospitalID) record.Relate{relations, specialtyRelations},
	Decoding:  quickValues,
	Begin:     begin,
	Grow:      grow,
	Stand:     func(f *folding) (opened, closed bool) { return f.c.Opened, f.c.Closed != nil },
	Each:      func(f *folding, e record.Entry) { f.person(e.By, RelationAuthor) },
	End:       (*folding).conclude,
}

// Talk is the case for who wires, shows or offers it. With packs, those check the answers of forms for the writer; a reader needs none.
func Talk(packs Packs) *record.Talk {
	return thread.Talk(func(f *folding, d ledger.Draft, says []byte) error { return f.check(d, says, packs) })
}

// Fold reads a case. The same entries give an equal case, in whatever order they came.
func Fold(l ledger.Log) Case { return *thread.Fold(l).c }

// Packs finds a pathway pack of a version, or nil where it is not here.
type Packs func(id, version string) *pathway.Pack

// check stops a writer here for what readers do not refuse: another side than the case's, a checklist that nobody went through, answers that the pack does not take.
func (f *folding) check(d ledger.Draft, says []byte, packs Packs) error {
	kind := d.Kind
	if kind == ledger.KindAmend && len(d.Refs) > 0 {
		if target := f.Log.Find(d.Refs[0]); target != nil {
			kind = target.Kind
		}
	}
	if err := f.checkSide(kind, says); err != nil {
		return err
	}
	if d.Kind != ledger.KindAmend {
		if err := f.checkAdviceTaken(kind, says); err != nil {
			return err
		}
	}
	if kind == KindSafetyCheck {
		if err := checkSafety(says); err != nil {
			return err
		}
	}
	return f.checkPack(d, says, packs)
}

// checkPack lets the pack judge the answers of a form, and what a referral's packet lacks. Only the writer's pack is asked.
func (f *folding) checkPack(d ledger.Draft, says []byte, packs Packs) error {
	if packs == nil {
		return nil
	}
	var form struct {
		Form   string         `json:"form"`
		Values pathway.Values `json:"values"`
	}
	if err := jsonv2.Unmarshal(says, &form, quickValues); err == nil && len(form.Values) > 0 {
		if err := checkValues(f.c, d.Pack, form.Form, form.Values, packs); err != nil {
			return err
		}
	}
	if d.Kind == KindReferred {
		return checkPacket(f.c, d, says, packs)
	}
	return nil
}

// checkValues lets the pack judge the answers of a form. An answer names the pack it was given by.
func checkValues(c *Case, ref *ledger.PackRef, form string, values pathway.Values, packs Packs) error {
	if ref == nil {
		return errors.New("answers of a form name the pathway pack that it comes from")
	}
	pack := packs(ref.ID, ref.Version)
	if pack == nil {
		return errors.New("the pathway pack " + ref.ID + " " + ref.Version + " is not here, so its form cannot be checked")
	}
	if pack.Hash() != ref.Hash {
		return errors.New("the pathway pack " + ref.ID + " " + ref.Version + " here is not the one that the draft names")
	}
	if problems := pack.CheckWith(form, values, c.Answers()); len(problems) > 0 {
		return &InvalidValues{problems}
	}
	return nil
}

// InvalidValues says which answers of a form the pathway pack does not take.
type InvalidValues struct{ Problems []pathway.Problem }

func (v *InvalidValues) Error() string { return v.Tell().En }

// Tell is what the pack has against the answers, as people read it.
func (v *InvalidValues) Tell() lang.Text {
	list := v.Faults()
	for i, f := range list {
		list[i].Text = lang.Phrase("case.row.answer", map[string]any{"field": f.Field, "what": f.Text})
	}
	return record.Together(list)
}

// Faults are the problems, each with the variable that it is about.
func (v *InvalidValues) Faults() []record.Fault {
	list := make([]record.Fault, len(v.Problems))
	for i, p := range v.Problems {
		list[i] = record.Fault{Field: p.Field, Text: lang.Text(p.Text)}
	}
	return list
}

// Who may say what, by role.
var (
	clinicians = []string{string(people.ReferringDoctor), string(people.Surgeon), string(people.HeadOfDepartment)}
	operators  = []string{string(people.Surgeon), string(people.HeadOfDepartment)}
	historians = append(slices.Clone(clinicians), string(people.System))
	team       = append(slices.Clone(clinicians), string(people.Coordinator), string(people.Trainee))
	desk       = append(slices.Clone(clinicians), string(people.Coordinator))
	openers    = append(slices.Clone(desk), string(people.System))
	everyone   = append(slices.Clone(team), string(people.System), string(people.Patient))
	recorders  = append(slices.Clone(team), string(people.System))
)
