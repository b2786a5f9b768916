package casebook

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// What the forms of this package know of the thread that they are about: what may be chosen, what a form begins with, what can be said now.

// packOf is the case's pathway pack; nil where it is not here.
func packOf(a *record.Asking) *pathway.Pack {
	p, _ := a.Pack.(*pathway.Pack)
	return p
}

// valuesOf are the answers to the pack's form so far.
func valuesOf(a *record.Asking) pathway.Values {
	v, _ := a.Values.(pathway.Values)
	return v
}

// formOf is the pack's form of a name; nil where there is none.
func formOf(a *record.Asking, id string) *pathway.Form {
	if p := packOf(a); p != nil {
		return p.Form(id)
	}
	return nil
}

func today(a *record.Asking) string { return a.Now.Format(time.DateOnly) }

// ours offers an entry to the hospital that has custody.
func ours(f *folding, a *record.Asking) ([]ledger.Hash, bool) { return nil, f.Keeper == a.Here }

// afterOperation offers an entry once the patient was operated on.
func afterOperation(f *folding, _ *record.Asking) ([]ledger.Hash, bool) {
	return nil, len(f.c.Operations) > 0
}

// referralToUs offers an entry about the newest referral to this hospital in a state.
func referralToUs(state ReferralState) func(*folding, *record.Asking) ([]ledger.Hash, bool) {
	return func(f *folding, a *record.Asking) ([]ledger.Hash, bool) {
		return f.newestReferral(func(r Referral) bool { return r.State == state && r.Says.To == a.Here })
	}
}

// ourReferral offers an entry about the newest referral of this hospital that stands.
func ourReferral(f *folding, a *record.Asking) ([]ledger.Hash, bool) {
	return f.newestReferral(func(r Referral) bool {
		return r.By.Hospital == a.Here && (r.State == Pending || r.State == AcceptedState)
	})
}

func (f *folding) newestReferral(is func(Referral) bool) ([]ledger.Hash, bool) {
	for _, r := range slices.Backward(f.c.Referrals) {
		if is(r) {
			return []ledger.Hash{r.Hash}, true
		}
	}
	return nil, false
}

func openQuestion(f *folding, a *record.Asking) ([]ledger.Hash, bool) {
	for _, q := range f.c.Questions {
		if len(q.Answers) == 0 && (q.Says.To.Hospital.IsZero() || q.Says.To.Hospital == a.Here) {
			return []ledger.Hash{q.Hash}, true
		}
	}
	return nil, false
}

func openAdvice(f *folding, a *record.Asking) ([]ledger.Hash, bool) {
	for _, r := range f.c.Recommendations {
		if r.Outcome == nil && r.Owner.Hospital == a.Here {
			return []ledger.Hash{r.Opinion}, true
		}
	}
	return nil, false
}

// planNow is about the version of the plan that stands, also where there is none.
func planNow(f *folding, _ *record.Asking) ([]ledger.Hash, bool) {
	if p := f.c.Plan(); p != nil {
		return []ledger.Hash{p.Hash}, true
	}
	return nil, true
}

// holdOptions are what of the pathway's packet an attachment may be.
func holdOptions(_ *folding, a *record.Asking) (list []record.Option) {
	pack := packOf(a)
	if pack == nil {
		return []record.Option{{Value: "report", Label: lang.Named("case.holds", "report")}, {Value: "consent", Label: lang.Named("case.holds", "consent")}}
	}
	for _, item := range pack.Packet {
		name := Attachment(item)
		if item.Kind == "attachment" && name != "dicom" {
			list = append(list, record.Option{Value: name, Label: lang.Text(item.Label)})
		}
	}
	return list
}

// Attachment is what an item of a packet that is attached is called among what a case holds.
func Attachment(item pathway.PacketItem) string { return cmp.Or(item.Name, item.ID) }

func procedureOptions(_ *folding, a *record.Asking) (list []record.Option) {
	if pack := packOf(a); pack != nil {
		for _, p := range pack.Procedures {
			list = append(list, record.Option{Value: p.ID, Label: lang.Text(p.Name)})
		}
	}
	return list
}

func specialtyOptions(_ *folding, a *record.Asking) (list []record.Option) {
	if pack := packOf(a); pack != nil {
		for _, s := range pack.SubSpecialties {
			list = append(list, record.Option{Value: s.ID, Label: lang.Text(s.Name)})
		}
	}
	return list
}

// roundOptions are the round that is on and the next one; a correction keeps the round that was said.
func roundOptions(f *folding, a *record.Asking) (list []record.Option) {
	add := func(n string) {
		list = append(list, record.Option{Value: n, Label: lang.Phrase("case.round", map[string]any{"n": n})})
	}
	for n := max(f.c.Rounds, 1); n <= f.c.Rounds+1; n++ {
		add(strconv.FormatInt(n, 10))
	}
	if typed := a.Get("round"); a.Target != nil && typed != "" && !slices.ContainsFunc(list, func(o record.Option) bool { return o.Value == typed }) {
		add(typed)
	}
	return list
}

// nextRound is the round that is on, or the next one where this hospital has spoken in it.
func nextRound(f *folding, a *record.Asking) int64 {
	n := max(f.c.Rounds, 1)
	if slices.ContainsFunc(f.c.Opinions, func(o record.Said[Opinion]) bool { return o.Says.Round == n && o.By.Hospital == a.Here }) {
		n++
	}
	return n
}

func adviceOptions(f *folding, a *record.Asking) (list []record.Option) {
	for _, r := range f.c.Recommendations {
		if slices.Contains(a.Refs, r.Opinion) && (r.Outcome == nil || a.Target != nil) {
			list = append(list, record.Option{Value: r.ID, Label: lang.Same(r.Text)})
		}
	}
	return list
}

// otherForms belong to a kind of their own, so a finding is not recorded with them.
var otherForms = []string{"opinion", "plan", "operation", "complication", "followup", "teaching", "imaging"}

// FindingForms are the forms of a pack that a finding may be recorded with.
func FindingForms(pack *pathway.Pack) (list []*pathway.Form) {
	for i := range pack.Forms {
		if f := pack.Forms[i]; !slices.Contains(otherForms, f.ID) {
			list = append(list, f)
		}
	}
	return list
}

func findingForm(_ *folding, a *record.Asking) string {
	id := a.Get("_form")
	switch {
	case packOf(a) == nil || id == "-":
		return ""
	case formOf(a, id) != nil && !slices.Contains(otherForms, id):
		return id
	}
	return "examination"
}

func planIsSigned(f *folding, a *record.Asking) bool {
	p := f.c.Plan()
	return p != nil && p.Signed() && a.Get("emergency") == ""
}

// remindsOf tells whether the form says that a reminder is done, rather than making one.
func remindsOf(_ *folding, a *record.Asking) bool { return len(a.Refs) > 0 && a.Target == nil }

// startPlan begins with the version before, so that one changes what is to change; the first with the steps of the pack and what is known.
func startPlan(f *folding, a *record.Asking) Plan {
	c := f.c
	if n := len(c.PlanHeads); n > 0 {
		return c.Plans[c.PlanHeads[n-1]].Says
	}
	p := Plan{Signers: []ledger.HospitalID{c.Steward}}
	for _, o := range c.Opinions {
		if !slices.Contains(p.Signers, o.By.Hospital) {
			p.Signers = append(p.Signers, o.By.Hospital)
		}
	}
	pack := packOf(a)
	if pack == nil {
		return p
	}
	for _, s := range pack.Plan.Steps {
		p.Steps = append(p.Steps, PlannedStep{Step: s.ID})
	}
	p.Values = f.known(pack)
	return p
}

// known are the answers that the plan's form begins with.
func (f *folding) known(pack *pathway.Pack) pathway.Values {
	form := pack.Form("plan")
	if form == nil {
		return nil
	}
	known := pathway.Values{}
	for _, q := range form.AllFields() {
		if v, ok := f.c.Latest[q.ID]; ok && q.Type != pathway.KindMedia {
			known[q.ID] = v.Value
		}
	}
	if known["side"].IsZero() && f.c.Side != "" {
		known["side"] = pathway.String(f.c.Side)
	}
	if known["surgical_level"].IsZero() && pack.Level > 0 {
		known["surgical_level"] = pathway.Int(int64(pack.Level))
	}
	return known
}

func finishPlan(f *folding, a *record.Asking, says record.Body) {
	newest := int64(0)
	for _, i := range f.c.PlanHeads {
		newest = max(newest, f.c.Plans[i].Says.Version)
	}
	says["version"] = newest + 1
	if p := f.c.Plan(); p != nil && len(p.Says.Rests) > 0 { // no form asks for them: a new version keeps them until the lab names others
		says["rests"] = p.Says.Rests
	}
	if a.Target != nil {
		if p, err := ledger.Decode[Plan](a.Target.Says()); err == nil {
			says["version"] = p.Version
			delete(says, "rests")
			if len(p.Rests) > 0 {
				says["rests"] = p.Rests
			}
		}
	}
	if list, ok := says["signers"].([]ledger.HospitalID); ok && !slices.Contains(list, f.c.Steward) {
		a.Fault("signers", "case.fault.signer", map[string]any{"hospital": a.Name(f.c.Steward)})
	}
}

func startSchedule(f *folding, _ *record.Asking) Scheduled {
	c := f.c
	if c.Scheduled != nil {
		return c.Scheduled.Says
	}
	s := Scheduled{Hospital: c.Steward, Side: c.sideNow()}
	if p := c.Plan(); p != nil {
		s.Operator = p.Says.Operator
		s.Procedure, _ = p.Says.Values["procedure"].AsString()
	}
	return s
}

// sideNow is the side that a form begins with: the case's, unless that is in dispute. Of a disease of both sides the plan says which.
func (c *Case) sideNow() string {
	p := c.Plan()
	switch {
	case c.SideDisputed:
		return ""
	case c.Side == "bilateral" && p != nil && sideIn(p.Says.Values) != "":
		return sideIn(p.Says.Values)
	}
	return c.Side
}

// startOperation begins with what the plan says, so that only what went otherwise is typed.
func startOperation(f *folding, a *record.Asking) Operation {
	var o Operation
	if s := f.c.Scheduled; s != nil {
		o.Date, o.Operator = dayOf(s.Says.Date), s.Says.Operator
	}
	p, form := f.c.Plan(), formOf(a, "operation")
	if p == nil || form == nil {
		return o
	}
	if o.Operator.Hospital.IsZero() {
		o.Operator = p.Says.Operator
	}
	o.Values = pathway.Values{}
	for _, q := range form.AllFields() {
		if v := p.Says.Values[q.ID]; !v.IsZero() {
			o.Values[q.ID] = v
		}
	}
	return o
}

func finishOperation(_ *folding, a *record.Asking, says record.Body) {
	if says["abandoned"] == true && says["abandon_reason"] == nil {
		field := "abandon_reason"
		if pack := packOf(a); pack != nil && formOf(a, "operation") != nil && pack.Variable("abandoned_why") != nil {
			field = "v.abandoned_why"
		}
		a.Fault(field, "case.fault.needed", nil)
	}
	if a.Target == nil || says["abandoned"] == true || says["elsewhere"] != nil {
		return
	}
	// The appointments of a corrected operation are counted anew where it was on another day than was said, or was not abandoned after all.
	was, err := ledger.Decode[Operation](a.Target.Says())
	if err != nil {
		return
	}
	due := was.FollowUps
	if pack := packOf(a); pack != nil && (says.Text("date") != was.Date || len(due) == 0) {
		due = DueList(pack, says.Text("date"))
	}
	if len(due) > 0 {
		says["follow_ups"] = due
	}
}

func startFollowUp(f *folding, a *record.Asking) FollowUp {
	u := FollowUp{Schedule: f.c.nextFollowUp(packOf(a)), Values: pathway.Values{"seen_on": pathway.String(today(a))}}
	if u.Schedule != "" {
		u.Values["followup_point"] = pathway.String(u.Schedule)
	}
	return u
}

// nextFollowUp is the appointment that the next step asks for.
func (c *Case) nextFollowUp(pack *pathway.Pack) string {
	for _, t := range c.NextWith(pack) {
		if t.Kind != KindFollowUp {
			continue
		}
		day := t.By.UTC().Format(time.DateOnly)
		for _, d := range c.Due {
			if d.DueFollowUp.Due == day {
				return d.ID
			}
		}
		if op := c.Operation(); op != nil && pack != nil {
			for _, d := range DueList(pack, op.Says.Date) {
				if d.Due == day {
					return d.ID
				}
			}
		}
	}
	return ""
}

// finishFollowUp: of a patient whom nobody could reach there are no answers, only why.
func finishFollowUp(_ *folding, a *record.Asking, says record.Body) {
	if how, _ := valuesOf(a)["seen_how"].AsString(); how == "lost" && says["lost"] == nil {
		says["lost"] = lang.Phrase("case.lost", nil).En
		if note := says.Text("note"); note != "" {
			says["lost"] = note
		}
	}
	switch {
	case says["lost"] != nil:
		a.Values = nil
	case says["date"] == nil && formOf(a, "followup") != nil:
		a.Fault("v.seen_on", "case.fault.needed", nil)
	case says["date"] == nil:
		a.Fault("date", "case.fault.needed", nil)
	}
}

// dayOf is the date of a stored time, without its clock.
func dayOf(stored string) string { return stored[:min(len(stored), len(time.DateOnly))] }
