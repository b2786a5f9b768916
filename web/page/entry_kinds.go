package page

import (
	"net/url"
	"slices"
	"strconv"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/web/ui"
)

// entryKinds are the kinds that one form builder serves, by their place in addresses.
var entryKinds = bySlug(
	&entryKind{kind: casebook.KindFinding, at: "_at", files: "", pack: findingForm, fields: []entryField{
		{name: "note", sort: sortLong},
		{name: "holds", sort: sortCodes, options: holdOptions},
	}},
	&entryKind{kind: casebook.KindImaging, at: "date", files: string(access.Images), fields: []entryField{
		{name: "modality", sort: sortCode, need: true, codes: []string{"mr", "ct", "xray", "us", "pet", "angio", "video", "other"}, list: "modality"},
		{name: "date", sort: sortDate},
		{name: "description", sort: sortText},
		{name: "count", sort: sortInteger},
		{name: "deidentified", sort: sortTick, need: true},
	}, finish: finishImaging},
	&entryKind{kind: casebook.KindQuestion, files: "", fields: []entryField{
		{name: "text", sort: sortLong, need: true}, {name: "to", sort: sortOwner}, {name: "due", sort: sortDay},
	}},
	&entryKind{kind: casebook.KindAnswer, files: "", refs: openQuestion, fields: []entryField{{name: "text", sort: sortLong, need: true}}},
	&entryKind{kind: casebook.KindAccepted, files: "-", refs: referralToUs(casebook.Pending), fields: []entryField{
		{name: "person", sort: sortStaff, need: true, value: func(e *saying) string { return string(e.q.caller.Person) }},
		{name: "by", sort: sortDay, need: true, value: neededBy},
		{name: "note", sort: sortLong},
	}, finish: finishAccepted},
	&entryKind{kind: casebook.KindDeclined, files: "-", refs: referralToUs(casebook.Pending), fields: []entryField{
		{name: "reason", sort: sortLong, need: true}, {name: "better", sort: sortText},
	}},
	&entryKind{kind: casebook.KindWithdrawn, files: "-", refs: ourReferral, fields: []entryField{{name: "reason", sort: sortLong, need: true}}},
	&entryKind{kind: casebook.KindOpinion, files: "", refs: referralToUs(casebook.AcceptedState), pack: stageForm("opinion"), fields: []entryField{
		{name: "round", sort: sortCode, need: true, options: roundOptions, value: nextRound},
		{name: "text", sort: sortLong, need: true, from: "opinion"},
		{name: "recommendations", sort: sortAdvice},
	}, finish: finishRound},
	&entryKind{kind: casebook.KindAdvice, files: "-", refs: openAdvice, fields: []entryField{
		{name: "recommendation", sort: sortCode, need: true, options: adviceOptions, value: firstAdvice},
		{name: "status", sort: sortCode, need: true, codes: []string{"done", "not_done"}, list: "advice"},
		{name: "why", sort: sortLong},
	}},
	&entryKind{kind: casebook.KindPlan, files: "", refs: planHeads, pack: stageForm("plan"), start: startPlan, fields: []entryField{
		{name: "title", sort: sortText, need: true},
		{name: "text", sort: sortLong},
		{name: "steps", sort: sortSteps},
		{name: "guidance", sort: sortCode, codes: casebook.Guidances, list: "guidance", from: "guidance_mode"},
		{name: "operator", sort: sortOwner, options: (*saying).operatorOptions},
		{name: "signers", sort: sortHospitals, need: true},
	}, finish: finishPlan},
	&entryKind{kind: casebook.KindScheduled, files: "-", refs: currentPlan, start: startSchedule, fields: []entryField{
		{name: "date", sort: sortDateTime, need: true},
		{name: "hospital", sort: sortHospital, need: true},
		{name: "place", sort: sortText},
		{name: "visit", sort: sortCode, options: (*saying).visitOptions, unless: withoutVisits},
		{name: "operator", sort: sortOwner, options: (*saying).operatorOptions},
		{name: "procedure", sort: sortCode, options: procedureOptions},
		{name: "note", sort: sortLong},
	}},
	&entryKind{kind: casebook.KindSafetyCheck, files: "-", fields: []entryField{
		{name: "part", sort: sortCode, need: true, codes: casebook.SafetyParts, list: "safety", value: func(e *saying) string { return e.safetyPart() }},
		{name: "items", sort: sortSafety},
		{name: "note", sort: sortLong},
	}},
	&entryKind{kind: casebook.KindOperation, at: "date", files: string(access.Recording), refs: currentPlan, pack: stageForm("operation"), start: startOperation, fields: []entryField{
		{name: "date", sort: sortDate, need: true},
		{name: "emergency", sort: sortLong, unless: planIsSigned},
		{name: "elsewhere", sort: sortText},
		{name: "operator", sort: sortOwner, options: (*saying).operatorOptions},
		{name: "assistants", sort: sortTeam},
		{name: "procedure", sort: sortCode, options: procedureOptions, from: "procedure"},
		{name: "guidance", sort: sortCode, codes: casebook.Guidances, list: "guidance", from: "guidance_mode"},
		{name: "abandoned", sort: sortTick, from: "abandoned"},
		{name: "abandon_reason", sort: sortLong, from: "abandoned_why"},
		{name: "note", sort: sortLong},
	}, finish: finishOperation},
	&entryKind{kind: casebook.KindComplication, at: "date", files: "", pack: stageForm("complication"), fields: []entryField{
		{name: "code", sort: sortText, need: true, from: "complication"},
		{name: "date", sort: sortDate, need: true, from: "complication_date"},
		{name: "grade", sort: sortCode, codes: casebook.Grades, list: "grade", from: "clavien_dindo"},
		{name: "note", sort: sortLong},
	}, finish: finishComplication},
	&entryKind{kind: casebook.KindFollowUp, at: "date", files: "", pack: followUpForm, start: startFollowUp, fields: []entryField{
		{name: "schedule", sort: sortText, need: true, from: "followup_point"},
		{name: "date", sort: sortDate, from: "seen_on"},
		{name: "lost", sort: sortText},
		{name: "note", sort: sortLong, from: "followup_note"},
	}, finish: finishFollowUp},
	&entryKind{kind: casebook.KindHandOver, files: "-", fields: []entryField{
		{name: "to", sort: sortOwner, need: true}, {name: "situation", sort: sortLong, need: true}, {name: "background", sort: sortLong},
		{name: "done", sort: sortLong}, {name: "risks", sort: sortLines}, {name: "drugs", sort: sortLong}, {name: "to_do", sort: sortLines},
		{name: "contact", sort: sortText},
	}},
	&entryKind{kind: casebook.KindTeaching, files: "", pack: stageForm("teaching"), fields: []entryField{
		{name: "note", sort: sortLong}, {name: "trainee", sort: sortStaff}, {name: "mark", sort: sortTick},
	}, finish: finishTeaching},
	&entryKind{kind: casebook.KindReminder, files: "-", fields: []entryField{
		{name: "text", sort: sortText, need: true, unless: remindsOf},
		{name: "owner", sort: sortOwner, need: true, unless: remindsOf},
		{name: "due", sort: sortDay, unless: remindsOf},
	}, finish: finishReminder},
	&entryKind{kind: casebook.KindClosed, files: "-", fields: []entryField{
		{name: "outcome", sort: sortCode, need: true, codes: casebook.Outcomes, list: "outcome"}, {name: "note", sort: sortLong},
	}},
	&entryKind{kind: casebook.KindReopened, files: "-", fields: []entryField{{name: "reason", sort: sortLong, need: true}}},
	&entryKind{kind: casebook.KindPlanSigned, files: "-", refs: currentPlan, fields: []entryField{
		{name: "meaning", sort: sortCode, need: true, codes: []string{"approve", "approve_with_note", "take_part"}, list: "meaning", value: constant("approve")},
		{name: "note", sort: sortLong},
	}},
	&entryKind{kind: access.KindConsent, files: string(access.Identity), start: startConsent, fields: []entryField{
		{name: "scopes", sort: sortScopes, need: true},
		{name: "hospitals", sort: sortHospitals},
		{name: "how", sort: sortCode, need: true, codes: []string{"written", "oral", "guardian", "emergency"}, list: "how", value: constant("written")},
		{name: "witness", sort: sortStaff},
		{name: "date", sort: sortDate, need: true, value: todayValue},
		{name: "text", sort: sortText},
		{name: "reason", sort: sortLong},
	}, finish: finishConsent},
	&entryKind{kind: access.KindConsentWithdrawn, files: "-", fields: []entryField{
		{name: "scopes", sort: sortCodes, options: scopeOptions}, {name: "date", sort: sortDate, need: true, value: todayValue}, {name: "reason", sort: sortLong},
	}},
)

func bySlug(kinds ...*entryKind) map[string]*entryKind {
	m := map[string]*entryKind{}
	for _, k := range kinds {
		m[k.slug()] = k
	}
	return m
}

func constant(s string) func(*saying) string { return func(*saying) string { return s } }

func todayValue(e *saying) string { return e.q.now().Format("2006-01-02") }

// safetyItems are the questions of the checklist (WHO 2009), by part. Their words are phrases.
var safetyItems = map[string][]string{
	"sign_in":  {"identity", "site-marked", "machine", "oximeter", "allergy", "airway", "blood-loss"},
	"time_out": {"team", "confirm", "surgeon", "anesthetist", "nursing", "antibiotic", "imaging"},
	"sign_out": {"procedure", "counts", "specimen", "equipment", "recovery"},
}

// safetyPart is the part of the checklist that the form is for: as chosen, or the first that is not recorded yet.
func (e *saying) safetyPart() string {
	if part := e.get("part"); slices.Contains(casebook.SafetyParts, part) {
		return part
	}
	for _, part := range casebook.SafetyParts {
		if !slices.ContainsFunc(e.v.SafetyChecks, func(s casebook.SafetyPart) bool { return s.Says.Part == part && s.Operation == len(e.v.Operations) }) {
			return part
		}
	}
	return casebook.SafetyParts[0]
}

// stageForm is a form that every pack has under one name.
func stageForm(id string) func(*saying) string { return func(*saying) string { return id } }

// otherForms belong to a kind of their own, so a finding is not recorded with them.
var otherForms = []string{"opinion", "plan", "operation", "complication", "followup", "teaching", "imaging"}

func findingForm(e *saying) string {
	if e.v.pack == nil || e.get("_form") == "-" {
		return ""
	}
	if id := e.get("_form"); e.v.pack.Form(id) != nil && !slices.Contains(otherForms, id) {
		return id
	}
	return "examination"
}

func followUpForm(e *saying) string {
	if e.v.pack != nil {
		if f := e.v.pack.FollowUp(e.get("v.followup_point")); f != nil && len(f.Forms) > 0 && f.Forms[0] != "followup" && e.target == nil {
			return "followup"
		}
	}
	return "followup"
}

func (v *caseView) referrals(keep func(casebook.Referral) bool) []ledger.Hash {
	for i := len(v.Referrals) - 1; i >= 0; i-- {
		if keep(v.Referrals[i]) {
			return []ledger.Hash{v.Referrals[i].Hash}
		}
	}
	return nil
}

func referralToUs(state casebook.ReferralState) func(*caseView) []ledger.Hash {
	return func(v *caseView) []ledger.Hash {
		return v.referrals(func(r casebook.Referral) bool { return r.State == state && r.Says.To == v.q.s.ID })
	}
}

func ourReferral(v *caseView) []ledger.Hash {
	return v.referrals(func(r casebook.Referral) bool { return r.By.Hospital == v.q.s.ID && r.State != casebook.WithdrawnState })
}

func openQuestion(v *caseView) []ledger.Hash {
	for _, q := range v.Questions {
		if len(q.Answers) == 0 && (q.Says.To.Hospital.IsZero() || q.Says.To.Hospital == v.q.s.ID) {
			return []ledger.Hash{q.Hash}
		}
	}
	return nil
}

func openAdvice(v *caseView) []ledger.Hash {
	for _, r := range v.Recommendations {
		if r.Outcome == nil && r.Owner.Hospital == v.q.s.ID {
			return []ledger.Hash{r.Opinion}
		}
	}
	return nil
}

func planHeads(v *caseView) (list []ledger.Hash) {
	for _, i := range v.PlanHeads {
		list = append(list, v.Plans[i].Hash)
	}
	return list
}

func currentPlan(v *caseView) []ledger.Hash {
	if p := v.Plan(); p != nil {
		return []ledger.Hash{p.Hash}
	}
	return nil
}

func holdOptions(e *saying) []ui.Option {
	list := []ui.Option{{Value: "report", Label: e.q.p("case.holds.report", nil)}, {Value: "consent", Label: e.q.p("case.holds.consent", nil)}}
	if e.v.pack == nil {
		return list
	}
	list = nil
	for _, item := range e.v.pack.Packet {
		if item.Kind == "attachment" && attachmentOf(item) != "dicom" {
			list = append(list, ui.Option{Value: attachmentOf(item), Label: e.q.pt(item.Label)})
		}
	}
	return list
}

func attachmentOf(item pathway.PacketItem) string {
	if item.Name != "" {
		return item.Name
	}
	return item.ID
}

func neededBy(e *saying) string {
	for _, r := range e.v.Referrals {
		if slices.Contains(e.refs, r.Hash) {
			return r.Says.NeededBy
		}
	}
	return ""
}

func roundOptions(e *saying) (list []ui.Option) {
	for n := max(e.v.Rounds, 1); n <= e.v.Rounds+1; n++ {
		text := strconv.FormatInt(n, 10)
		list = append(list, ui.Option{Value: text, Label: e.q.p("case.round", map[string]any{"n": text})})
	}
	if typed := e.get("round"); e.target != nil && typed != "" && !slices.ContainsFunc(list, optionIs(typed)) {
		list = append(list, ui.Option{Value: typed, Label: e.q.p("case.round", map[string]any{"n": typed})})
	}
	return list
}

// nextRound is the round that is on, or the next one where this hospital has spoken in it.
func nextRound(e *saying) string {
	n := max(e.v.Rounds, 1)
	if slices.ContainsFunc(e.v.Opinions, func(o casebook.Said[casebook.Opinion]) bool { return o.Says.Round == n && o.By.Hospital == e.q.s.ID }) {
		n++
	}
	return strconv.FormatInt(n, 10)
}

func adviceOptions(e *saying) (list []ui.Option) {
	for _, r := range e.v.Recommendations {
		if slices.Contains(e.refs, r.Opinion) && (r.Outcome == nil || e.target != nil) {
			list = append(list, ui.Option{Value: r.ID, Label: r.Text})
		}
	}
	return list
}

func firstAdvice(e *saying) string {
	if list := adviceOptions(e); len(list) > 0 {
		return list[0].Value
	}
	return ""
}

func procedureOptions(e *saying) (list []ui.Option) {
	if e.v.pack == nil {
		return nil
	}
	for _, p := range e.v.pack.Procedures {
		list = append(list, ui.Option{Value: p.ID, Label: e.q.pt(p.Name)})
	}
	return list
}

func scopeOptions(e *saying) (list []ui.Option) {
	for _, s := range access.Scopes {
		if e.v.Consent.State(s).Answer == access.Granted || e.target != nil {
			list = append(list, ui.Option{Value: string(s), Label: e.q.text(s.Name()), Help: e.q.text(s.Effect())})
		}
	}
	return list
}

func planIsSigned(e *saying) bool {
	p := e.v.Plan()
	return p != nil && p.Signed() && e.get("emergency") == ""
}

// remindsOf tells whether the form says that a reminder is done, rather than making one.
func remindsOf(e *saying) bool { return len(e.refs) > 0 && e.target == nil }

func startConsent(e *saying) url.Values {
	in := url.Values{}
	for _, s := range e.v.Consent.All() {
		if s.Answer == access.Granted || s.Answer == access.Refused {
			in.Set("scope."+string(s.Scope), string(s.Answer))
		}
	}
	for _, h := range e.v.Consent.State(access.Consult).Hospitals {
		in.Add("hospitals", h.Raw())
	}
	return in
}
