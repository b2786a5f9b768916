package saying

import (
	"net/url"
	"slices"
	"strconv"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/ui"
)

// Kinds are the kinds that one form builder serves, by their place in addresses.
var Kinds = bySlug(
	&Kind{Kind: casebook.KindFinding, At: "_at", Files: "", Pack: findingForm, Fields: []Field{
		{Name: "note", Sort: SortLong},
		{Name: "holds", Sort: SortCodes, Options: holdOptions},
	}},
	&Kind{Kind: casebook.KindImaging, At: "date", Files: string(access.Images), Fields: []Field{
		{Name: "modality", Sort: SortCode, Need: true, Codes: []string{"mr", "ct", "xray", "us", "pet", "angio", "video", "other"}, List: "modality"},
		{Name: "date", Sort: SortDate},
		{Name: "description", Sort: SortText},
		{Name: "count", Sort: SortInteger},
		{Name: "deidentified", Sort: SortTick, Need: true},
	}, Finish: finishImaging},
	&Kind{Kind: casebook.KindQuestion, Files: "", Fields: []Field{
		{Name: "text", Sort: SortLong, Need: true}, {Name: "to", Sort: SortOwner}, {Name: "due", Sort: SortDay},
	}},
	&Kind{Kind: casebook.KindAnswer, Files: "", Refs: OpenQuestion, Fields: []Field{{Name: "text", Sort: SortLong, Need: true}}},
	&Kind{Kind: casebook.KindAccepted, Files: "-", Refs: ReferralToUs(casebook.Pending), Fields: []Field{
		{Name: "person", Sort: SortStaff, Need: true, Value: func(e *Form) string { return string(e.Q.Caller.Person) }},
		{Name: "by", Sort: SortDay, Need: true, Value: neededBy},
		{Name: "note", Sort: SortLong},
	}, Finish: finishAccepted},
	&Kind{Kind: casebook.KindDeclined, Files: "-", Refs: ReferralToUs(casebook.Pending), Fields: []Field{
		{Name: "reason", Sort: SortLong, Need: true}, {Name: "better", Sort: SortText},
	}},
	&Kind{Kind: casebook.KindWithdrawn, Files: "-", Refs: ourReferral, Fields: []Field{{Name: "reason", Sort: SortLong, Need: true}}},
	&Kind{Kind: casebook.KindOpinion, Files: "", Refs: ReferralToUs(casebook.AcceptedState), Pack: StageForm("opinion"), Fields: []Field{
		{Name: "round", Sort: SortCode, Need: true, Options: roundOptions, Value: nextRound},
		{Name: "text", Sort: SortLong, Need: true, From: "opinion"},
		{Name: "recommendations", Sort: SortAdvice},
	}, Finish: finishRound},
	&Kind{Kind: casebook.KindAdvice, Files: "-", Refs: OpenAdvice, Fields: []Field{
		{Name: "recommendation", Sort: SortCode, Need: true, Options: adviceOptions, Value: firstAdvice},
		{Name: "status", Sort: SortCode, Need: true, Codes: []string{"done", "not_done"}, List: "advice"},
		{Name: "why", Sort: SortLong},
	}},
	&Kind{Kind: casebook.KindPlan, Files: "", Refs: planHeads, Pack: StageForm("plan"), Start: startPlan, Fields: []Field{
		{Name: "title", Sort: SortText, Need: true},
		{Name: "text", Sort: SortLong},
		{Name: "steps", Sort: SortSteps},
		{Name: "guidance", Sort: SortCode, Codes: casebook.Guidances, List: "guidance", From: "guidance_mode"},
		{Name: "operator", Sort: SortOwner, Options: (*Form).operatorOptions},
		{Name: "signers", Sort: SortHospitals, Need: true},
	}, Finish: finishPlan},
	&Kind{Kind: casebook.KindScheduled, Files: "-", Refs: currentPlan, Start: startSchedule, Fields: []Field{
		{Name: "date", Sort: SortDateTime, Need: true},
		{Name: "hospital", Sort: SortHospital, Need: true},
		{Name: "place", Sort: SortText},
		{Name: "visit", Sort: SortCode, Options: (*Form).visitOptions, Unless: withoutVisits},
		{Name: "operator", Sort: SortOwner, Options: (*Form).operatorOptions},
		{Name: "procedure", Sort: SortCode, Options: procedureOptions},
		{Name: "note", Sort: SortLong},
	}},
	&Kind{Kind: casebook.KindSafetyCheck, Files: "-", Fields: []Field{
		{Name: "part", Sort: SortCode, Need: true, Codes: casebook.SafetyParts, List: "safety", Value: func(e *Form) string { return e.safetyPart() }},
		{Name: "items", Sort: SortSafety},
		{Name: "note", Sort: SortLong},
	}},
	&Kind{Kind: casebook.KindOperation, At: "date", Files: string(access.Recording), Refs: currentPlan, Pack: StageForm("operation"), Start: startOperation, Fields: []Field{
		{Name: "date", Sort: SortDate, Need: true},
		{Name: "emergency", Sort: SortLong, Unless: planIsSigned},
		{Name: "elsewhere", Sort: SortText},
		{Name: "operator", Sort: SortOwner, Options: (*Form).operatorOptions},
		{Name: "assistants", Sort: SortTeam},
		{Name: "procedure", Sort: SortCode, Options: procedureOptions, From: "procedure"},
		{Name: "guidance", Sort: SortCode, Codes: casebook.Guidances, List: "guidance", From: "guidance_mode"},
		{Name: "abandoned", Sort: SortTick, From: "abandoned"},
		{Name: "abandon_reason", Sort: SortLong, From: "abandoned_why"},
		{Name: "note", Sort: SortLong},
	}, Finish: finishOperation},
	&Kind{Kind: casebook.KindComplication, At: "date", Files: "", Pack: StageForm("complication"), Fields: []Field{
		{Name: "code", Sort: SortText, Need: true, From: "complication"},
		{Name: "date", Sort: SortDate, Need: true, From: "complication_date"},
		{Name: "grade", Sort: SortCode, Codes: casebook.Grades, List: "grade", From: "clavien_dindo"},
		{Name: "note", Sort: SortLong},
	}, Finish: finishComplication},
	&Kind{Kind: casebook.KindFollowUp, At: "date", Files: "", Pack: followUpForm, Start: startFollowUp, Fields: []Field{
		{Name: "schedule", Sort: SortText, Need: true, From: "followup_point"},
		{Name: "date", Sort: SortDate, From: "seen_on"},
		{Name: "lost", Sort: SortText},
		{Name: "note", Sort: SortLong, From: "followup_note"},
	}, Finish: finishFollowUp},
	&Kind{Kind: casebook.KindHandOver, Files: "-", Fields: []Field{
		{Name: "to", Sort: SortOwner, Need: true}, {Name: "situation", Sort: SortLong, Need: true}, {Name: "background", Sort: SortLong},
		{Name: "done", Sort: SortLong}, {Name: "risks", Sort: SortLines}, {Name: "drugs", Sort: SortLong}, {Name: "to_do", Sort: SortLines},
		{Name: "contact", Sort: SortText},
	}},
	&Kind{Kind: casebook.KindTeaching, Files: "", Pack: StageForm("teaching"), Fields: []Field{
		{Name: "note", Sort: SortLong}, {Name: "trainee", Sort: SortStaff}, {Name: "mark", Sort: SortTick},
	}, Finish: finishTeaching},
	&Kind{Kind: casebook.KindReminder, Files: "-", Fields: []Field{
		{Name: "text", Sort: SortText, Need: true, Unless: remindsOf},
		{Name: "owner", Sort: SortOwner, Need: true, Unless: remindsOf},
		{Name: "due", Sort: SortDay, Unless: remindsOf},
	}, Finish: finishReminder},
	&Kind{Kind: casebook.KindClosed, Files: "-", Fields: []Field{
		{Name: "outcome", Sort: SortCode, Need: true, Codes: casebook.Outcomes, List: "outcome"}, {Name: "note", Sort: SortLong},
	}},
	&Kind{Kind: casebook.KindReopened, Files: "-", Fields: []Field{{Name: "reason", Sort: SortLong, Need: true}}},
	&Kind{Kind: casebook.KindPlanSigned, Files: "-", Refs: currentPlan, Fields: []Field{
		{Name: "meaning", Sort: SortCode, Need: true, Codes: []string{"approve", "approve_with_note", "take_part"}, List: "meaning", Value: Constant("approve")},
		{Name: "note", Sort: SortLong},
	}},
	&Kind{Kind: access.KindConsent, Files: string(access.Identity), Start: startConsent, Fields: []Field{
		{Name: "scopes", Sort: SortScopes, Need: true},
		{Name: "hospitals", Sort: SortHospitals},
		{Name: "how", Sort: SortCode, Need: true, Codes: []string{"written", "oral", "guardian", "emergency"}, List: "how", Value: Constant("written")},
		{Name: "witness", Sort: SortStaff},
		{Name: "date", Sort: SortDate, Need: true, Value: todayValue},
		{Name: "text", Sort: SortText},
		{Name: "reason", Sort: SortLong},
	}, Finish: FinishConsent},
	&Kind{Kind: access.KindConsentWithdrawn, Files: "-", Fields: []Field{
		{Name: "scopes", Sort: SortCodes, Options: scopeOptions}, {Name: "date", Sort: SortDate, Need: true, Value: todayValue}, {Name: "reason", Sort: SortLong},
	}},
)

func bySlug(kinds ...*Kind) map[string]*Kind {
	m := map[string]*Kind{}
	for _, k := range kinds {
		m[k.slug()] = k
	}
	return m
}

func Constant(s string) func(*Form) string { return func(*Form) string { return s } }

func todayValue(e *Form) string { return e.Q.Now().Format("2006-01-02") }

// safetyItems are the questions of the checklist (WHO 2009), by part. Their words are phrases.
var safetyItems = map[string][]string{
	"sign_in":  {"identity", "site-marked", "machine", "oximeter", "allergy", "airway", "blood-loss"},
	"time_out": {"team", "confirm", "surgeon", "anesthetist", "nursing", "antibiotic", "imaging"},
	"sign_out": {"procedure", "counts", "specimen", "equipment", "recovery"},
}

// safetyPart is the part of the checklist that the form is for: as chosen, or the first that is not recorded yet.
func (e *Form) safetyPart() string {
	if part := e.Get("part"); slices.Contains(casebook.SafetyParts, part) {
		return part
	}
	for _, part := range casebook.SafetyParts {
		if !slices.ContainsFunc(e.V.SafetyChecks, func(s casebook.SafetyPart) bool { return s.Says.Part == part && s.Operation == len(e.V.Operations) }) {
			return part
		}
	}
	return casebook.SafetyParts[0]
}

// StageForm is a form that every pack has under one name.
func StageForm(id string) func(*Form) string { return func(*Form) string { return id } }

// otherForms belong to a kind of their own, so a finding is not recorded with them.
var otherForms = []string{"opinion", "plan", "operation", "complication", "followup", "teaching", "imaging"}

func findingForm(e *Form) string {
	if e.V.Pack == nil || e.Get("_form") == "-" {
		return ""
	}
	if id := e.Get("_form"); e.V.Pack.Form(id) != nil && !slices.Contains(otherForms, id) {
		return id
	}
	return "examination"
}

func followUpForm(e *Form) string {
	if e.V.Pack != nil {
		if f := e.V.Pack.FollowUp(e.Get("v.followup_point")); f != nil && len(f.Forms) > 0 && f.Forms[0] != "followup" && e.target == nil {
			return "followup"
		}
	}
	return "followup"
}

func referrals(v *face.Case, keep func(casebook.Referral) bool) []ledger.Hash {
	for i := len(v.Referrals) - 1; i >= 0; i-- {
		if keep(v.Referrals[i]) {
			return []ledger.Hash{v.Referrals[i].Hash}
		}
	}
	return nil
}

func ReferralToUs(state casebook.ReferralState) func(*face.Case) []ledger.Hash {
	return func(v *face.Case) []ledger.Hash {
		return referrals(v, func(r casebook.Referral) bool { return r.State == state && r.Says.To == v.Q.Desk.ID })
	}
}

func ourReferral(v *face.Case) []ledger.Hash {
	return referrals(v, func(r casebook.Referral) bool {
		return r.By.Hospital == v.Q.Desk.ID && r.State != casebook.WithdrawnState
	})
}

func OpenQuestion(v *face.Case) []ledger.Hash {
	for _, q := range v.Questions {
		if len(q.Answers) == 0 && (q.Says.To.Hospital.IsZero() || q.Says.To.Hospital == v.Q.Desk.ID) {
			return []ledger.Hash{q.Hash}
		}
	}
	return nil
}

func OpenAdvice(v *face.Case) []ledger.Hash {
	for _, r := range v.Recommendations {
		if r.Outcome == nil && r.Owner.Hospital == v.Q.Desk.ID {
			return []ledger.Hash{r.Opinion}
		}
	}
	return nil
}

func planHeads(v *face.Case) (list []ledger.Hash) {
	for _, i := range v.PlanHeads {
		list = append(list, v.Plans[i].Hash)
	}
	return list
}

func currentPlan(v *face.Case) []ledger.Hash {
	if p := v.Plan(); p != nil {
		return []ledger.Hash{p.Hash}
	}
	return nil
}

func holdOptions(e *Form) []ui.Option {
	list := []ui.Option{{Value: "report", Label: e.Q.P("case.holds.report", nil)}, {Value: "consent", Label: e.Q.P("case.holds.consent", nil)}}
	if e.V.Pack == nil {
		return list
	}
	list = nil
	for _, item := range e.V.Pack.Packet {
		if item.Kind == "attachment" && AttachmentOf(item) != "dicom" {
			list = append(list, ui.Option{Value: AttachmentOf(item), Label: e.Q.PackText(item.Label)})
		}
	}
	return list
}

func AttachmentOf(item pathway.PacketItem) string {
	if item.Name != "" {
		return item.Name
	}
	return item.ID
}

func neededBy(e *Form) string {
	for _, r := range e.V.Referrals {
		if slices.Contains(e.refs, r.Hash) {
			return r.Says.NeededBy
		}
	}
	return ""
}

func roundOptions(e *Form) (list []ui.Option) {
	for n := max(e.V.Rounds, 1); n <= e.V.Rounds+1; n++ {
		text := strconv.FormatInt(n, 10)
		list = append(list, ui.Option{Value: text, Label: e.Q.P("case.round", map[string]any{"n": text})})
	}
	if typed := e.Get("round"); e.target != nil && typed != "" && !slices.ContainsFunc(list, face.OptionIs(typed)) {
		list = append(list, ui.Option{Value: typed, Label: e.Q.P("case.round", map[string]any{"n": typed})})
	}
	return list
}

// nextRound is the round that is on, or the next one where this hospital has spoken in it.
func nextRound(e *Form) string {
	n := max(e.V.Rounds, 1)
	if slices.ContainsFunc(e.V.Opinions, func(o record.Said[casebook.Opinion]) bool { return o.Says.Round == n && o.By.Hospital == e.Q.Desk.ID }) {
		n++
	}
	return strconv.FormatInt(n, 10)
}

func adviceOptions(e *Form) (list []ui.Option) {
	for _, r := range e.V.Recommendations {
		if slices.Contains(e.refs, r.Opinion) && (r.Outcome == nil || e.target != nil) {
			list = append(list, ui.Option{Value: r.ID, Label: r.Text})
		}
	}
	return list
}

func firstAdvice(e *Form) string {
	if list := adviceOptions(e); len(list) > 0 {
		return list[0].Value
	}
	return ""
}

func procedureOptions(e *Form) (list []ui.Option) {
	if e.V.Pack == nil {
		return nil
	}
	for _, p := range e.V.Pack.Procedures {
		list = append(list, ui.Option{Value: p.ID, Label: e.Q.PackText(p.Name)})
	}
	return list
}

func scopeOptions(e *Form) (list []ui.Option) {
	for _, s := range access.Scopes {
		if e.V.Consent.State(s).Answer == access.Granted || e.target != nil {
			list = append(list, ui.Option{Value: string(s), Label: e.Q.Text(s.Name()), Help: e.Q.Text(s.Effect())})
		}
	}
	return list
}

func planIsSigned(e *Form) bool {
	p := e.V.Plan()
	return p != nil && p.Signed() && e.Get("emergency") == ""
}

// remindsOf tells whether the form says that a reminder is done, rather than making one.
func remindsOf(e *Form) bool { return len(e.refs) > 0 && e.target == nil }

func startConsent(e *Form) url.Values {
	in := url.Values{}
	for _, s := range e.V.Consent.All() {
		if s.Answer == access.Granted || s.Answer == access.Refused {
			in.Set("scope."+string(s.Scope), string(s.Answer))
		}
	}
	for _, h := range e.V.Consent.State(access.Consult).Hospitals {
		in.Add("hospitals", h.Raw())
	}
	return in
}
