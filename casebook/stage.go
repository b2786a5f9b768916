package casebook

import (
	"strconv"
	"strings"

	"consilium/lang"
	"consilium/pathway"
)

// stages says how far each verb is, and where the case stands.
func (c *Case) stages() {
	c.Verb = c.verb()
	reached := false
	for _, verb := range pathway.Verbs {
		s := Stage{Verb: verb, State: StageNone}
		c.describe(&s)
		switch {
		case s.Verb == c.Verb && c.Closed == nil:
			s.State = StageNow
			reached = true
		case reached && s.State == StageNone && mainVerbs[verb]:
			s.State = StageNext
			reached = false
		}
		c.Stages = append(c.Stages, s)
	}
}

// mainVerbs are those that every case passes through; the others are shown when something of them is there.
var mainVerbs = map[string]bool{"refer": true, "consult": true, "plan": true, "operate": true, "follow": true}

// verb is where the case stands: the furthest thing that has happened, and what it calls for.
func (c *Case) verb() string {
	plan := c.Plan()
	switch {
	case c.Operation() != nil && !c.planned():
		return "follow"
	case plan != nil && plan.Signed():
		return "operate"
	case len(c.PlanHeads) > 0:
		return "plan"
	}
	consulting := false
	for _, r := range c.Referrals {
		consulting = consulting || r.State == AcceptedState && r.Opinions == 0
	}
	switch {
	case consulting:
		return "consult"
	case len(c.Opinions) > 0:
		return "plan"
	}
	return "refer"
}

// describe says what has happened of a verb.
func (c *Case) describe(s *Stage) {
	switch s.Verb {
	case "refer":
		if n := len(c.Referrals); n > 0 {
			s.done(c.Referrals[n-1].When, lang.Named("case.stage.referral", string(c.Referrals[n-1].State)))
		}
	case "consult":
		if n := len(c.Opinions); n > 0 {
			r := strconv.FormatInt(c.Rounds, 10)
			s.done(c.Opinions[n-1].When, lang.Phrase("case.stage.round", map[string]any{"n": r}))
		}
	case "plan":
		c.describePlan(s)
	case "visit":
		if v := c.Scheduled; v != nil && !v.Says.Visit.IsZero() {
			s.done(v.Says.Date, lang.Phrase("case.stage.expert", nil))
		}
	case "operate":
		c.describeOperation(s)
	case "follow":
		c.describeFollowUp(s)
	case "teach":
		if n := len(c.Teaching); n > 0 {
			s.done(c.Teaching[n-1].When, lang.Phrase("case.stage.noted", nil))
		}
	}
}

func (s *Stage) done(date string, note lang.Text) { s.State, s.Date, s.Note = StageDone, date, note }

func (c *Case) describePlan(s *Stage) {
	p := c.Plan()
	switch {
	case len(c.PlanHeads) > 1:
		s.done(c.Plans[len(c.Plans)-1].When, lang.Phrase("case.stage.two-versions", nil))
	case p == nil:
	case p.Signed():
		s.done(p.Signatures[len(p.Signatures)-1].When, lang.Phrase("case.stage.signed", nil))
	default:
		n := len(p.Missing())
		count := strconv.Itoa(n)
		s.done(p.When, lang.Phrase("case.stage.unsigned", map[string]any{"n": count}))
	}
}

func (c *Case) describeOperation(s *Stage) {
	switch op := c.Operation(); {
	case op != nil:
		s.done(op.Says.Date, lang.Phrase("case.stage.done", nil))
	case c.scheduled():
		s.Date, s.Note = c.Scheduled.Says.Date, lang.Phrase("case.stage.scheduled", nil)
		s.State = StageNext
	}
}

func (c *Case) describeFollowUp(s *Stage) {
	if len(c.FollowUps) == 0 {
		return
	}
	kept := 0
	for _, d := range c.Due {
		if !d.Done.IsZero() {
			kept++
		}
	}
	note := lang.Same(strings.Join([]string{strconv.Itoa(kept), strconv.Itoa(len(c.Due))}, "/"))
	if len(c.Due) == 0 {
		note = lang.Same(strconv.Itoa(len(c.FollowUps)))
	}
	s.done(c.FollowUps[len(c.FollowUps)-1].Says.Date, note)
}
