package casebook

import (
	"cmp"
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
	"consilium/terms"
)

var (
	rolesDesk    = []string{string(people.Coordinator), string(people.ReferringDoctor), string(people.HeadOfDepartment)}
	rolesOffice  = []string{string(people.Coordinator), string(people.HeadOfDepartment)}
	rolesSurgeon = []string{string(people.Surgeon), string(people.HeadOfDepartment)}
	rolesTheater = []string{string(people.Surgeon), string(people.HeadOfDepartment), string(people.Trainee)}
	rolesDoctor  = []string{string(people.Surgeon), string(people.ReferringDoctor), string(people.HeadOfDepartment)}
)

// due lines up the appointments of the last operation with the follow-ups that were recorded.
func (c *Case) due() {
	for i := len(c.Operations) - 1; i >= 0; i-- {
		op := c.Operations[i]
		if len(op.Says.FollowUps) == 0 {
			continue
		}
		for _, d := range op.Says.FollowUps {
			state := DueState{DueFollowUp: d, Operation: op.Hash}
			for _, u := range c.FollowUps {
				if u.Says.Schedule == d.ID && (u.Operation > i || before(d, op)) {
					state.Done, state.Lost = u.Hash, u.Says.Lost != ""
				}
			}
			c.Due = append(c.Due, state)
		}
		slices.SortStableFunc(c.Due, func(a, b DueState) int {
			return terms.Midday(a.DueFollowUp.Due).Compare(terms.Midday(b.DueFollowUp.Due))
		})
		return
	}
}

// before tells whether an appointment lies before its operation, as a baseline does.
func before(d DueFollowUp, op Operated) bool {
	return terms.Midday(d.Due).Before(terms.Midday(op.Says.Date))
}

// tasks works out who is to do what: first what moves the case on, in the order of the pathway, then what else is open.
func (c *Case) tasks() {
	if c.SideDisputed && c.Closed == nil {
		c.add(c.atHome("plan", "settle-side", KindSideSettled, rolesDoctor))
	}
	if c.Closed == nil {
		c.course()
		c.sideTasks()
	} else if c.Closed.Says.Outcome == "done" {
		c.followTasks()
	}
	c.queryTasks()
	c.overrideTasks()
	c.dutyTasks()
	c.conflictTasks()
	c.passOn()
}

// todo is what a task asks for.
func todo(what string, args map[string]any) lang.Text { return lang.Phrase("case.task."+what, args) }

func (c *Case) add(t record.Task) { c.Next = append(c.Next, t) }

// course adds what moves the case on.
func (c *Case) course() {
	if !c.Opened {
		c.add(record.Task{What: todo("open", nil), Verb: "refer", Hospital: c.Steward, Roles: rolesDesk, Kind: KindOpened})
		return
	}
	c.referTasks()
	switch op := c.Operation(); {
	case op != nil:
		if c.planned() {
			c.planning()
		}
		c.followTasks()
	case c.History != "":
	case len(c.PlanHeads) > 0:
		c.planning()
	case len(c.Opinions) > 0:
		c.add(c.atHome("plan", "plan", KindPlan, rolesDoctor))
	case !c.waiting():
		c.add(c.atHome("refer", "refer", KindReferred, rolesDesk))
	}
}

func (c *Case) atHome(verb, what, kind string, roles []string, refs ...ledger.Hash) record.Task {
	return record.Task{What: todo(what, nil), Verb: verb, Hospital: c.Steward, Roles: roles, Kind: kind, Refs: refs}
}

func (c *Case) headHashes() (list []ledger.Hash) {
	for _, i := range c.PlanHeads {
		list = append(list, c.Plans[i].Hash)
	}
	return list
}

// waiting tells whether a referral is on its way.
func (c *Case) waiting() bool {
	return slices.ContainsFunc(c.Referrals, func(r Referral) bool {
		return r.State == Pending || r.State == AcceptedState && r.Opinions == 0
	})
}

func (c *Case) referTasks() {
	done := c.done()
	for _, r := range c.Referrals {
		switch {
		case r.after < done: // the operation answered it
		case r.State == Pending && r.Says.Outside == "":
			t := record.Task{What: todo("answer-referral", nil), Verb: "refer", Hospital: r.Says.To, Person: r.Says.Person,
				Roles: rolesOffice, By: terms.Midday(r.Says.NeededBy), Kind: KindAccepted, Refs: []ledger.Hash{r.Hash}}
			c.add(t)
		case r.State == AcceptedState && r.Opinions == 0:
			t := record.Task{What: todo("opinion", nil), Verb: "consult", Hospital: r.Answers.Hospital, Person: r.Answers.Person,
				Roles: rolesSurgeon, By: terms.Midday(cmp.Or(r.AnswerBy, r.Says.NeededBy)), Kind: KindOpinion, Refs: []ledger.Hash{r.Hash}}
			if r.Answers.Role != "" && people.Role(r.Answers.Role).Known() {
				t.Roles = []string{r.Answers.Role}
			}
			c.add(t)
		}
	}
}

// planning adds what brings the plan to the operation.
func (c *Case) planning() {
	if len(c.PlanHeads) > 1 {
		c.add(c.atHome("plan", "merge", KindPlan, rolesDoctor, c.headHashes()...))
		return
	}
	c.planTasks()
}

func (c *Case) planTasks() {
	p := c.Plan()
	if p.Changed {
		c.add(c.atHome("plan", "rewrite", KindPlan, rolesDoctor, p.Hash))
		return
	}
	missing := p.Missing()
	for _, h := range missing {
		c.add(record.Task{What: todo("sign", map[string]any{"version": p.Says.Version}), Verb: "plan", Hospital: h,
			Roles: rolesSurgeon, Kind: KindPlanSigned, Refs: []ledger.Hash{p.Hash}})
	}
	switch {
	case len(missing) > 0:
	case !c.scheduled():
		c.add(c.atHome("operate", "schedule", KindScheduled, rolesDesk, p.Hash))
	default:
		s := c.Scheduled.Says
		if part := c.nextSafetyPart(); part != "" {
			c.add(record.Task{What: todo("safety-check", map[string]any{"part": lang.Named("case.safety", part)}), Verb: "operate", Hospital: s.Hospital,
				Roles: rolesTheater, By: terms.Midday(s.Date), Kind: KindSafetyCheck, Refs: []ledger.Hash{p.Hash}})
		}
		c.add(record.Task{What: todo("operate", nil), Verb: "operate", Hospital: s.Hospital, Person: personAt(s.Operator, s.Hospital),
			Roles: rolesSurgeon, By: terms.Midday(s.Date), Kind: KindOperation, Refs: []ledger.Hash{p.Hash}})
	}
}

// personAt is the operator where they are of the hospital itself; a visitor's record is written by the host.
func personAt(o Owner, h ledger.HospitalID) ledger.PersonID {
	if o.Hospital != h {
		return ""
	}
	return o.Person
}

func (c *Case) followTasks() {
	open := 0
	for _, d := range c.Due {
		if c.Standing(d) != Owed {
			continue
		}
		open++
		c.add(record.Task{What: todo("follow-up", map[string]any{"name": d.Name}), Verb: "follow", Hospital: c.Steward,
			Roles: rolesDesk, By: terms.Midday(d.DueFollowUp.Due), Kind: KindFollowUp, Refs: []ledger.Hash{d.Operation}})
	}
	if open == 0 && len(c.Due) > 0 && c.Closed == nil && c.History == "" {
		c.add(c.atHome("follow", "close", KindClosed, rolesDesk))
	}
}

// sideTasks adds what is open beside the course of the case.
func (c *Case) sideTasks() {
	for _, r := range c.Recommendations {
		if r.Outcome == nil {
			c.add(c.forOwner(r.Owner, "consult", todo("advice", map[string]any{"text": r.Text}), r.Due, KindAdvice, r.Opinion))
		}
	}
	for _, q := range c.Questions {
		if len(q.Answers) > 0 {
			continue
		}
		to := q.Says.To
		if to.Hospital.IsZero() {
			to.Hospital = c.Steward
		}
		c.add(c.forOwner(to, "consult", todo("answer", map[string]any{"text": q.Says.Text}), q.Says.Due, KindAnswer, q.Hash))
	}
	for _, r := range c.Reminders {
		if !r.Done {
			c.add(c.forOwner(r.Says.Owner, c.Verb, lang.Same(r.Says.Text), r.Says.Due, KindReminder, r.Hash))
		}
	}
	switch o := c.Offer; {
	case o == nil:
	case o.Accepted.IsZero():
		c.add(record.Task{What: todo("take-over", nil), Verb: "refer", Hospital: o.To, Roles: rolesDesk,
			Kind: ledger.KindStewardAccepted, Refs: []ledger.Hash{o.Offered}})
	default:
		c.add(c.atHome("refer", "confirm", ledger.KindStewardConfirmed, rolesDesk, o.Accepted))
	}
}

func (c *Case) forOwner(o Owner, verb string, what lang.Text, due, kind string, ref ledger.Hash) record.Task {
	t := record.Task{What: what, Verb: verb, Hospital: o.Hospital, Person: o.Person, Roles: rolesDoctor, By: terms.Midday(due), Kind: kind, Refs: []ledger.Hash{ref}}
	if people.Role(o.Role).Known() {
		t.Roles = []string{o.Role}
	}
	return t
}

func (c *Case) conflictTasks() {
	for _, i := range c.Conflicts() {
		c.add(record.Task{What: todo("settle", nil), Verb: c.Verb, Hospital: i.By.Hospital,
			Person: i.By.Person, Kind: ledger.KindAmend, Refs: []ledger.Hash{i.Hash}, Roles: rolesDoctor})
	}
}
