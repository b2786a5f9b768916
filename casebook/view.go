package casebook

import (
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// What a case's JSON says of its entries where that is more than the entries: what became of a referral, who signed a plan. Every other kind is listed as it is
// ([record.Meaning].List).

// each is a list as programs read it: never null, so that they need not ask.
func each[A, B any](list []A, show func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, a := range list {
		out = append(out, show(a))
	}
	return out
}

type referralShown struct {
	record.Shown[Referred]
	State    string `json:"state"`
	Reason   string `json:"reason,omitempty"`
	Opinions int    `json:"opinions"`
}

func referralsShown(f *folding) []referralShown {
	return each(f.c.Referrals, func(r Referral) referralShown {
		return referralShown{record.Show(r.Said), string(r.State), r.Reason, r.Opinions}
	})
}

type questionShown struct {
	record.Shown[Question]
	Answers []record.Shown[Answer] `json:"answers"`
}

func questionsShown(f *folding) []questionShown {
	return each(f.c.Questions, func(q AskedQuestion) questionShown {
		return questionShown{record.Show(q.Said), each(q.Answers, record.Show[Answer])}
	})
}

type recommendationShown struct {
	Recommendation
	Opinion ledger.Hash    `json:"opinion"`
	By      record.Speaker `json:"by"`
	Outcome *Advice        `json:"outcome,omitempty"`
}

func recommendationsShown(f *folding) []recommendationShown {
	return each(f.c.Recommendations, func(r Advised) recommendationShown {
		shown := recommendationShown{Recommendation: r.Recommendation, Opinion: r.Opinion, By: record.Speaker(r.By)}
		if r.Outcome != nil {
			shown.Outcome = &r.Outcome.Says
		}
		return shown
	})
}

type planShown struct {
	record.Shown[Plan]
	Signatures []signatureShown `json:"signatures"`
	Current    bool             `json:"current"`
}

type signatureShown struct {
	Hash     ledger.Hash       `json:"hash"`
	Hospital ledger.HospitalID `json:"hospital"`
	Name     string            `json:"name"`
	At       string            `json:"at"`
}

func plansShown(f *folding) []planShown {
	current := f.c.Plan()
	return each(f.c.Plans, func(p PlanVersion) planShown {
		shown := planShown{Shown: record.Show(p.Said), Signatures: []signatureShown{}, Current: current != nil && current.Hash == p.Hash}
		for _, s := range p.Signatures {
			if !s.Withdrawn {
				shown.Signatures = append(shown.Signatures, signatureShown{s.Hash, s.By.Hospital, s.By.Name, s.When})
			}
		}
		return shown
	})
}

type operationShown struct {
	record.Shown[Operation]
	Signed    bool          `json:"plan_signed"`
	Deviation []changeShown `json:"deviation" doc:"What was done otherwise than the plan says"`
}

type changeShown struct {
	Field string         `json:"field" doc:"title, guidance, operator, procedure, value.ID, step.ID"`
	Old   string         `json:"old"`
	New   string         `json:"new"`
	OldIs *pathway.Value `json:"old_is,omitempty" doc:"The answer itself, of a value.ID"`
	NewIs *pathway.Value `json:"new_is,omitempty"`
}

func operationsShown(f *folding) []operationShown {
	return each(f.c.Operations, func(o Operated) operationShown {
		return operationShown{record.Show(o.Said), o.Signed, each(o.Deviation, changeOf)}
	})
}

func changeOf(c Change) changeShown {
	shown := changeShown{Field: c.Field, Old: c.Old, New: c.New}
	if !c.OldIs.IsZero() {
		shown.OldIs = &c.OldIs
	}
	if !c.NewIs.IsZero() {
		shown.NewIs = &c.NewIs
	}
	return shown
}

type dueShown struct {
	DueFollowUp
	Done bool `json:"done"`
	Lost bool `json:"lost"`
}

func dueOf(f *folding) []dueShown {
	return each(f.c.Due, func(d DueState) dueShown { return dueShown{d.DueFollowUp, !d.Done.IsZero(), d.Lost} })
}

type reminderShown struct {
	record.Shown[Reminder]
	Done bool `json:"done"`
}

func remindersShown(f *folding) []reminderShown {
	return each(f.c.Reminders, func(r OpenReminder) reminderShown { return reminderShown{record.Show(r.Said), r.Done} })
}

type dutyShown struct {
	record.Shown[Handing]
	Taken bool `json:"taken"`
}

func dutiesShown(f *folding) []dutyShown {
	return each(f.c.Duties, func(d Duty) dutyShown { return dutyShown{record.Show(d.Said), !d.Taken.IsZero()} })
}

func isClosed(f *folding) bool { return f.c.Closed != nil }
