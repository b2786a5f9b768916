package casebook

import (
	"cmp"
	"slices"
	"strconv"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
)

var (
	rolesDesk    = []people.Role{people.Coordinator, people.ReferringDoctor, people.HeadOfDepartment}
	rolesSurgeon = []people.Role{people.Surgeon, people.HeadOfDepartment}
	rolesDoctor  = []people.Role{people.Surgeon, people.ReferringDoctor, people.HeadOfDepartment}
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
		slices.SortStableFunc(c.Due, func(a, b DueState) int { return instant(a.DueFollowUp.Due).Compare(instant(b.DueFollowUp.Due)) })
		return
	}
}

// before tells whether an appointment lies before its operation, as a baseline does.
func before(d DueFollowUp, op Operated) bool { return instant(d.Due).Before(instant(op.Says.Date)) }

// tasks works out who is to do what: first what moves the case on, in the order of the pathway, then what else is open.
func (c *Case) tasks() {
	if c.Closed == nil {
		c.course()
		c.sideTasks()
	} else if c.Closed.Says.Outcome == "done" {
		c.followTasks()
	}
	c.conflictTasks()
}

func (c *Case) add(t Task) { c.Next = append(c.Next, t) }

// course adds what moves the case on.
func (c *Case) course() {
	if !c.Opened {
		c.add(Task{What: lang.Text{En: "Open the case", Zh: "建立病例"}, Verb: "refer", Hospital: c.Steward, Roles: rolesDesk, Kind: KindOpened})
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
		c.add(c.atHome("plan", "Write the plan", "制订手术方案", KindPlan, rolesDoctor))
	case !c.waiting():
		c.add(c.atHome("refer", "Refer the case, or write the plan", "发出转诊或制订方案", KindReferred, rolesDesk))
	}
}

func (c *Case) atHome(verb, en, zh, kind string, roles []people.Role, refs ...ledger.Hash) Task {
	return Task{What: lang.Text{En: en, Zh: zh}, Verb: verb, Hospital: c.Steward, Roles: roles, Kind: kind, Refs: refs}
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
			t := Task{What: lang.Text{En: "Answer the referral", Zh: "答复转诊"}, Verb: "refer", Hospital: r.Says.To, Person: r.Says.Person,
				Roles: []people.Role{people.Coordinator, people.HeadOfDepartment}, By: instant(r.Says.NeededBy), Kind: KindAccepted, Refs: []ledger.Hash{r.Hash}}
			c.add(t)
		case r.State == AcceptedState && r.Opinions == 0:
			t := Task{What: lang.Text{En: "Give an opinion", Zh: "出具会诊意见"}, Verb: "consult", Hospital: r.Answers.Hospital, Person: r.Answers.Person,
				Roles: rolesSurgeon, By: instant(cmp.Or(r.AnswerBy, r.Says.NeededBy)), Kind: KindOpinion, Refs: []ledger.Hash{r.Hash}}
			if r.Answers.Role != "" && people.Role(r.Answers.Role).Known() {
				t.Roles = []people.Role{people.Role(r.Answers.Role)}
			}
			c.add(t)
		}
	}
}

// planning adds what brings the plan to the operation.
func (c *Case) planning() {
	if len(c.PlanHeads) > 1 {
		c.add(c.atHome("plan", "Bring the two versions of the plan together", "合并两个并存的方案版本", KindPlan, rolesDoctor, c.headHashes()...))
		return
	}
	c.planTasks()
}

func (c *Case) planTasks() {
	p := c.Plan()
	version := strconv.FormatInt(p.Says.Version, 10)
	if p.Changed {
		c.add(c.atHome("plan", "Write the corrected plan as a new version", "将更正后的方案写为新版本", KindPlan, rolesDoctor, p.Hash))
		return
	}
	missing := p.Missing()
	for _, h := range missing {
		c.add(Task{What: lang.Text{En: "Sign the plan, version " + version, Zh: "签署方案第" + version + "版"}, Verb: "plan", Hospital: h,
			Roles: rolesSurgeon, Kind: KindPlanSigned, Refs: []ledger.Hash{p.Hash}})
	}
	switch {
	case len(missing) > 0:
	case !c.scheduled():
		c.add(c.atHome("operate", "Schedule the operation", "安排手术", KindScheduled, rolesDesk, p.Hash))
	default:
		s := c.Scheduled.Says
		c.add(Task{What: lang.Text{En: "Operate and record it", Zh: "手术并记录"}, Verb: "operate", Hospital: s.Hospital, Person: personAt(s.Operator, s.Hospital),
			Roles: rolesSurgeon, By: instant(s.Date), Kind: KindOperation, Refs: []ledger.Hash{p.Hash}})
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
		if !d.Done.IsZero() || c.History != "" && instant(d.DueFollowUp.Due).Before(c.OpenedAt) {
			continue // kept, or missed long before the case came here
		}
		open++
		c.add(Task{What: lang.Text{En: "Follow-up: " + d.Name.En, Zh: "随访：" + d.Name.In(lang.Chinese)}, Verb: "follow", Hospital: c.Steward,
			Roles: rolesDesk, By: instant(d.DueFollowUp.Due), Kind: KindFollowUp, Refs: []ledger.Hash{d.Operation}})
	}
	if open == 0 && len(c.Due) > 0 && c.Closed == nil && c.History == "" {
		c.add(c.atHome("follow", "Close the case: every follow-up is in", "随访已完成，关闭病例", KindClosed, rolesDesk))
	}
}

// sideTasks adds what is open beside the course of the case.
func (c *Case) sideTasks() {
	for _, r := range c.Recommendations {
		if r.Outcome == nil {
			c.add(c.forOwner(r.Owner, "consult", lang.Text{En: "Recommended: " + r.Text, Zh: "落实建议：" + r.Text}, r.Due, KindAdvice, r.Opinion))
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
		c.add(c.forOwner(to, "consult", lang.Text{En: "Answer: " + q.Says.Text, Zh: "答复提问：" + q.Says.Text}, q.Says.Due, KindAnswer, q.Hash))
	}
	for _, r := range c.Reminders {
		if !r.Done {
			c.add(c.forOwner(r.Says.Owner, c.Verb, lang.Same(r.Says.Text), r.Says.Due, KindReminder, r.Hash))
		}
	}
	switch o := c.Offer; {
	case o == nil:
	case o.Accepted.IsZero():
		c.add(Task{What: lang.Text{En: "Take over custody of the case, or leave it", Zh: "接受病例管理权"}, Verb: "refer", Hospital: o.To, Roles: rolesDesk,
			Kind: ledger.KindStewardAccepted, Refs: []ledger.Hash{o.Offered}})
	default:
		c.add(c.atHome("refer", "Confirm that custody moves", "确认移交管理权", ledger.KindStewardConfirmed, rolesDesk, o.Accepted))
	}
}

func (c *Case) forOwner(o Owner, verb string, what lang.Text, due, kind string, ref ledger.Hash) Task {
	t := Task{What: what, Verb: verb, Hospital: o.Hospital, Person: o.Person, Roles: rolesDoctor, By: instant(due), Kind: kind, Refs: []ledger.Hash{ref}}
	if people.Role(o.Role).Known() {
		t.Roles = []people.Role{people.Role(o.Role)}
	}
	return t
}

func (c *Case) conflictTasks() {
	for _, i := range c.Conflicts() {
		c.add(Task{What: lang.Text{En: "Two corrections stand side by side: say which holds", Zh: "两处更正并存，请确认"}, Verb: c.Verb, Hospital: i.By.Hospital,
			Person: i.By.Person, Kind: ledger.KindAmend, Refs: []ledger.Hash{i.Hash}, Roles: rolesDoctor})
	}
}
