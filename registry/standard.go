package registry

import (
	"slices"
	"strings"
	"time"

	"consilium/casebook"
	"consilium/pathway"
	"consilium/record"
)

// standard fills in the columns that every pathway has, as far as the case alone tells; what depends on other cases or on places is added when rows are read.
func standard(r *row, c *casebook.Case, i int) {
	op := &c.Operations[i]
	set := r.set
	text := func(name, s string) {
		if s != "" {
			set(name, pathway.String(s))
		}
	}
	set("operation", pathway.Int(int64(r.place)))
	text("pack", r.pack)
	text("origin", map[bool]string{true: "history", false: "care"}[r.history])
	text("operated", r.day)
	if c.Age != nil {
		set("age_at_opening", pathway.Int(*c.Age))
	}
	text("sex_recorded", c.Sex)
	text("case_side", c.Side)
	text("urgency_recorded", c.Urgency)
	text("procedure_recorded", op.Says.Procedure)
	text("guidance", op.Says.Guidance)
	set("was_abandoned", pathway.Bool(op.Says.Abandoned))
	set("taken_over_here", pathway.Bool(takenOver(c, i)))
	set("at_home", pathway.Bool(op.By.Hospital == c.Home))
	set("plan_signed", pathway.Bool(op.Signed))
	set("plan_deviations", pathway.Int(int64(len(op.Deviation))))
	course(c, op.Place, set)
	after(c, i, set)
	if days, known := stayed(c, i); known {
		set("days_spared", pathway.Int(days))
	}
}

// stayed is how many days a patient who was operated on at home with an expert's help lay there until the discharge that was recorded: days that would otherwise have been spent far away.
func stayed(c *casebook.Case, i int) (days int64, known bool) {
	op := &c.Operations[i]
	if op.By.Hospital != c.Home || op.Says.Guidance == "" || op.Says.Guidance == casebook.Guidances[0] {
		return 0, false
	}
	operated, err := time.Parse(time.DateOnly, op.Says.Date)
	if err != nil {
		return 0, false // the month alone, of a history
	}
	for _, f := range c.FollowUps {
		left, err := time.Parse(time.DateOnly, f.Says.Date)
		if f.Says.Schedule == discharge && f.Operation == i+1 && err == nil && !left.Before(operated) {
			return int64(left.Sub(operated).Hours()) / 24, true
		}
	}
	return 0, false
}

// discharge is what packs call the follow-up on the day on which the patient leaves.
const discharge = "discharge"

// takenOver tells whether the operation finishes one that was abandoned, here or elsewhere.
func takenOver(c *casebook.Case, i int) bool {
	return slices.ContainsFunc(c.Operations[:i], func(o casebook.Operated) bool { return o.Says.Abandoned })
}

// course tells of the way to the operation: who was asked, when, and how often.
func course(c *casebook.Case, before int, set func(string, pathway.Value)) {
	var sent, complete int64
	for _, ref := range c.Referrals {
		if ref.Place >= before {
			continue
		}
		if sent++; sent == 1 {
			set("first_send_complete", pathway.Bool(len(ref.Says.Gaps) == 0))
			date(set, "referred", ref.When)
		}
		if ref.State == casebook.AcceptedState && complete == 0 {
			complete++
			date(set, "accepted", ref.Answered)
		}
	}
	set("referrals_sent", pathway.Int(sent))
	var rounds int64
	for _, o := range c.Opinions {
		if o.Place < before {
			if rounds == 0 {
				date(set, "first_opinion", o.When)
			}
			rounds = max(rounds, o.Says.Round)
		}
	}
	set("rounds", pathway.Int(rounds))
	for _, p := range c.Plans {
		if p.Place < before && p.Signed() {
			date(set, "plan_signed_on", lastSignature(p))
		}
	}
}

func lastSignature(p casebook.PlanVersion) string {
	if n := len(p.Signatures); n > 0 {
		return p.Signatures[n-1].When
	}
	return ""
}

func date(set func(string, pathway.Value), name, when string) {
	if d := day(when); d != "" {
		set(name, pathway.String(d))
	}
}

// after tells of what followed the operation until the next one.
func after(c *casebook.Case, i int, set func(string, pathway.Value)) {
	from, until := c.Operations[i].Place, record.Never
	if i+1 < len(c.Operations) {
		until = c.Operations[i+1].Place
	}
	parts := map[string]bool{}
	for _, s := range c.SafetyChecks {
		if s.Operation == i {
			parts[s.Says.Part] = true
		}
	}
	set("checklist_parts", pathway.Int(int64(len(parts))))
	var n int64
	worst := -1
	for _, k := range c.Complications {
		if k.Place < from || k.Place > until {
			continue
		}
		n++
		worst = max(worst, slices.Index(grades, strings.TrimSuffix(k.Says.Grade, "d")))
	}
	set("complications", pathway.Int(n))
	if worst >= 0 {
		set("worst_grade", pathway.String(grades[worst]))
	}
}

// grades are those of Clavien and Dindo, from mild to death (Dindo and others, Ann Surg 240 (2004) 205–213).
var grades = []string{"I", "II", "IIIa", "IIIb", "IVa", "IVb", "V"}
