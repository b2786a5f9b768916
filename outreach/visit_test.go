package outreach

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

var letter = ledger.BlobRef{Hash: ledger.Hash{9}, Size: 10, Type: "application/pdf", Label: "invitation"}

// codes are those of the marks that stopped a writer.
func codes(err error) string {
	var stopped *record.Stopped
	if !errors.As(err, &stopped) {
		return ""
	}
	var list []string
	for _, m := range stopped.Marks {
		list = append(list, m.Code)
	}
	return strings.Join(list, " ")
}

func marksOf(v *Visit, h ledger.Hash) string {
	var list []string
	for _, i := range v.Timeline {
		for _, m := range i.Marks {
			if i.Hash == h {
				list = append(list, m.Code)
			}
		}
	}
	return strings.Join(list, " ")
}

func invitation(host, guest *hospital) Proposed {
	return Proposed{Host: host.id, Guest: guest.id, Purpose: "two operations", Skill: "skull base", Procedures: []string{"mvd"},
		Cases: []PatientCase{{Case: caseID, Informed: "2026-11-25"}}, From: "2026-12-01", Until: "2026-12-03", Letter: letter.Hash, Conditions: true}
}

var caseID, _ = ledger.ParseThreadID("019aa5f0-1c00-7000-8000-000000000001")

var approved = Accepted{Approval: &Approval{Office: "Medical office", Date: "2026-11-26"}, WithinScope: true}

func privilege(guest *hospital) Privilege {
	return Privilege{Hospital: guest.id, Person: "wang", Name: "Prof. Wang", Procedure: "mvd", Level: 4, Part: people.Operate,
		From: "2026-12-01T08:00+08:00", Until: "2026-12-03T20:00+08:00", Basis: "license seen"}
}

func (h *hospital) invite(thread ledger.ThreadID, p Proposed) (*ledger.Entry, error) {
	d := h.draft(thread, KindProposed, p)
	d.Blobs = []ledger.BlobRef{letter}
	return h.trySay(d)
}

func (h *hospital) stops(thread ledger.ThreadID, kind string, says any, want string, refs ...ledger.Hash) {
	h.t.Helper()
	d := h.draft(thread, kind, says)
	d.Refs = refs
	if _, err := h.trySay(d); codes(err) != want {
		h.t.Errorf("%s: %v (%s), want %s", kind, err, codes(err), want)
	}
}

// agreed is a visit that was accepted, with its team.
func agreed(t *testing.T) (host, guest *hospital, thread ledger.ThreadID) {
	t.Helper()
	host, guest = newHospital(t), newHospital(t)
	thread = host.open("visit")
	host.invites(guest, thread)
	e, err := host.invite(thread, invitation(host, guest))
	if err != nil {
		t.Fatal(err)
	}
	host.sends(guest, thread)
	guest.say(thread, KindAccepted, approved, e.Hash)
	guest.say(thread, KindTeam, Team{[]Member{{Person: "wang", Name: "Prof. Wang", Part: "lead"}, {Person: "liu", Name: "Nurse Liu", Part: "nurse"}}})
	guest.sends(host, thread)
	return host, guest, thread
}

func at(s string) time.Time { return instant(s) }

// allowed asks the tables of a node.
func allowed(h *hospital, o Operator) (v Verdict) {
	h.t.Helper()
	h.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		v, err = OperatorAllowed(ctx, tx, o)
		return err
	})
	return v
}

func TestVisitFromInvitationToReport(t *testing.T) {
	host, guest, thread := agreed(t)
	v := Fold(host.log(thread))
	if v.State != Agreed || len(v.Team) != 2 || v.Marked() != 0 {
		t.Fatalf("%s, %d in the team, %d marks", v.State, len(v.Team), v.Marked())
	}
	var actions []string
	for _, s := range v.Next() {
		actions = append(actions, s.Kind)
	}
	if !slices.Equal(actions, []string{KindPrivilege, KindReport}) {
		t.Errorf("next: %v", actions)
	}
	grant := host.say(thread, KindPrivilege, privilege(guest))
	host.say(thread, KindSession, Session{What: "lecture", Date: "2026-12-03", Title: "MVD", Count: 20})
	host.say(thread, KindSession, Session{What: "operating_list", Date: "2026-12-02T08:30+08:00", Cases: []ledger.ThreadID{caseID}})
	host.stops(thread, KindClosed, Closed{Outcome: "done"}, "no-report")
	host.sends(guest, thread)
	guest.clock = at("2026-12-04T10:00+08:00")
	guest.say(thread, KindReport, Report{Seen: 12, Operated: 1, Taught: 20, Text: "as planned"})
	guest.sends(host, thread)
	host.clock = at("2026-12-07T10:00+08:00")
	host.say(thread, KindReport, Report{Seen: 12, Operated: 1, Taught: 20, Text: "thank you"})
	if next := foldOf(host, thread).Next(); len(next) != 1 || next[0].Kind != KindClosed || next[0].Hospital != host.id {
		t.Errorf("next: %+v", next)
	}
	host.say(thread, KindClosed, Closed{Outcome: "done"})
	host.sends(guest, thread)
	for _, n := range []*hospital{host, guest} {
		v := Fold(n.log(thread))
		if v.State != Done || len(v.Sessions) != 2 || v.Sessions[0].Says.What != "operating_list" || v.Marked() != 0 || len(v.Next()) != 0 {
			t.Errorf("%+v", v)
		}
		operator := Operator{Host: host.id, Hospital: guest.id, Person: "wang", Procedure: "mvd", At: at("2026-12-02T09:00+08:00")}
		if got := allowed(n, operator); !got.Allowed || got.Grant != grant.Hash || got.Emergency {
			t.Errorf("%+v", got)
		}
	}
}

func foldOf(h *hospital, thread ledger.ThreadID) *Visit {
	return Fold(h.log(thread))
}

func TestReportIsDueInTwoWorkingDays(t *testing.T) {
	v := Visit{Proposal: &record.Said[Proposed]{Entry: record.Entry{Written: start}, Says: Proposed{From: "2026-12-03", Until: "2026-12-04"}}} // a Friday
	if got := v.ReportDue(); !got.Equal(at("2026-12-09T00:00+08:00")) {
		t.Errorf("due %s", got)
	}
	host, guest, thread := agreed(t)
	guest.clock = at("2026-12-09T00:00+08:00")
	late := guest.say(thread, KindReport, Report{Text: "forgotten"})
	guest.sends(host, thread)
	if got := marksOf(Fold(host.log(thread)), late.Hash); got != "report-late" {
		t.Errorf("marks %q", got)
	}
}

func TestInvitationRules(t *testing.T) {
	host, guest := newHospital(t), newHospital(t)
	thread := host.open("visit")
	host.invites(guest, thread)
	change := func(f func(*Proposed)) Proposed {
		p := invitation(host, guest)
		f(&p)
		return p
	}
	host.stops(thread, KindProposed, invitation(host, guest), "no-letter") // named and not attached
	host.stops(thread, KindProposed, change(func(p *Proposed) { p.Letter = ledger.Hash{} }), "no-letter")
	host.stops(thread, KindProposed, change(func(p *Proposed) { p.Conditions, p.Emergency = false, "bleeding" }), "conditions")
	host.stops(thread, KindProposed, change(func(p *Proposed) { p.Letter, p.Cases[0].Informed = ledger.Hash{}, "" }), "no-letter not-informed")
	if _, err := guest.invite(thread, invitation(host, guest)); codes(err) != "not-host" {
		t.Errorf("the guest invites itself: %v", err)
	}
	e, err := host.invite(thread, change(func(p *Proposed) { p.Letter, p.Cases[0].Informed, p.Emergency = ledger.Hash{}, "", "bleeding at night" }))
	if err != nil {
		t.Fatal(err)
	}
	host.sends(guest, thread)
	host.stops(thread, KindAccepted, approved, "not-guest", e.Hash)
	guest.stops(thread, KindAccepted, approved, "no-proposal")
	guest.stops(thread, KindAccepted, Accepted{WithinScope: true}, "no-approval", e.Hash)
	guest.stops(thread, KindAccepted, Accepted{Approval: approved.Approval}, "beyond-scope", e.Hash)
	guest.stops(thread, KindTeam, Team{[]Member{{Person: "wang", Name: "Wang", Part: "lead"}}}, "not-accepted")
	guest.say(thread, KindAccepted, Accepted{Emergency: "by telephone", WithinScope: true}, e.Hash)
	var actions []string
	for _, s := range foldOf(guest, thread).Next() {
		actions = append(actions, s.Kind)
	}
	if !slices.Equal(actions, []string{KindAccepted, KindTeam, KindReport, KindProposed}) {
		t.Errorf("what follows a call: %v", actions)
	}
}

func TestANewInvitationIsAcceptedAnew(t *testing.T) {
	host, guest, thread := agreed(t)
	host.say(thread, KindPrivilege, privilege(guest))
	moved := invitation(host, guest)
	moved.Until = "2026-12-20"
	if _, err := host.invite(thread, moved); err != nil {
		t.Fatal(err)
	}
	v := foldOf(host, thread)
	if v.State != Asked || len(v.PrivilegesAt(at("2026-12-02T09:00+08:00"))) != 0 {
		t.Errorf("%s, a privilege under an invitation that nobody accepted", v.State)
	}
	host, guest, thread = agreed(t)
	moved.Host, moved.Guest = host.id, guest.id
	raw, _ := ledger.Encode(moved)
	host.say(thread, ledger.KindAmend, ledger.Amendment{Says: raw, Why: "dates"}, foldOf(host, thread).Proposal.Hash)
	if v := foldOf(host, thread); v.State != Asked {
		t.Errorf("an invitation amended after it was accepted is %q", v.State)
	}
}

func TestPrivilegesAreTheHostsToGive(t *testing.T) {
	host, guest, thread := agreed(t)
	change := func(f func(*Privilege)) Privilege {
		p := privilege(guest)
		f(&p)
		return p
	}
	guest.stops(thread, KindPrivilege, privilege(guest), "not-host")
	host.stops(thread, KindPrivilege, change(func(p *Privilege) { p.Person = "stranger" }), "not-in-team")
	host.stops(thread, KindPrivilege, change(func(p *Privilege) { p.Until = "2026-12-05T08:00+08:00" }), "outside-visit")
	host.stops(thread, KindPrivilege, change(func(p *Privilege) { p.Procedure = "craniotomy" }), "not-asked-for")
	host.stops(thread, KindPrivilege, change(func(p *Privilege) { p.Hospital = host.id }), "not-guest not-in-team")
	for name, p := range map[string]Privilege{
		"level": change(func(p *Privilege) { p.Level = 5 }), "part": change(func(p *Privilege) { p.Part = "everything" }),
		"no end": change(func(p *Privilege) { p.Until = "" }), "ends first": change(func(p *Privilege) { p.Until = p.From }),
		"no grounds": change(func(p *Privilege) { p.Basis = " " }), "a day is no time": change(func(p *Privilege) { p.From = "2026-12-01" }),
	} {
		if p.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	// A node that leaves out the check gains nothing.
	guest.book.Kinds = ledger.NewKinds([]ledger.Kind{ledger.Declare[Privilege](ledger.Kind{Name: KindPrivilege})})
	rogue := guest.say(thread, KindPrivilege, privilege(guest))
	guest.sends(host, thread)
	v := Fold(host.log(thread))
	if marksOf(v, rogue.Hash) != "not-host" || len(v.PrivilegesAt(at("2026-12-02T09:00+08:00"))) != 0 {
		t.Errorf("the guest gave itself a privilege: %q", marksOf(v, rogue.Hash))
	}
}

func TestOperatorNeedsAGrantOrAnEmergency(t *testing.T) {
	host, guest, thread := agreed(t)
	grant := host.say(thread, KindPrivilege, privilege(guest))
	base := Operator{Host: host.id, Hospital: guest.id, Person: "wang", Procedure: "mvd", At: at("2026-12-02T09:00+08:00")}
	cases := map[string]struct {
		change func(*Operator)
		want   bool
	}{
		"as granted":       {func(*Operator) {}, true},
		"assists":          {func(o *Operator) { o.Part = people.Assist }, true},
		"first moment":     {func(o *Operator) { o.At = at("2026-12-01T08:00+08:00") }, true},
		"before":           {func(o *Operator) { o.At = at("2026-12-01T07:59+08:00") }, false},
		"at the end":       {func(o *Operator) { o.At = at("2026-12-03T20:00+08:00") }, false},
		"another person":   {func(o *Operator) { o.Person = "liu" }, false},
		"same id, other":   {func(o *Operator) { o.Hospital = newHospital(t).id }, false},
		"another place":    {func(o *Operator) { o.Host = newHospital(t).id }, false},
		"other procedure":  {func(o *Operator) { o.Procedure = "craniotomy" }, false},
		"the host's own":   {func(o *Operator) { o.Hospital = host.id }, true},
		"unknown part":     {func(o *Operator) { o.Part = "everything" }, false},
		"an emergency":     {func(o *Operator) { o.Person, o.Emergency = "liu", "nobody else there" }, true},
		"an empty excuse":  {func(o *Operator) { o.Person, o.Emergency = "liu", "  " }, false},
		"granted, with it": {func(o *Operator) { o.Emergency = "said needlessly" }, true},
	}
	for name, c := range cases {
		o := base
		c.change(&o)
		got := allowed(host, o)
		if got.Allowed != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	urgent := base
	urgent.Person, urgent.Emergency = "liu", "nobody else there"
	if got := allowed(host, urgent); !got.Emergency || !got.Grant.IsZero() {
		t.Errorf("an emergency: %+v", got)
	}
	host.clock = at("2026-12-02T12:00+08:00")
	revoked := host.say(thread, KindRevoked, Revoked{Reason: "ended early"}, grant.Hash)
	if got := allowed(host, base); !got.Allowed {
		t.Error("a revocation reaches back")
	}
	base.At = at("2026-12-02T12:00:01+08:00")
	if got := allowed(host, base); got.Allowed {
		t.Error("a revoked privilege holds")
	}
	host.say(thread, ledger.KindRetract, ledger.Retraction{Why: "x"}, revoked.Hash)
	if got := allowed(host, base); got.Allowed {
		t.Error("taking a revocation back gives the privilege again")
	}
}

func TestWhatNarrowsAPrivilege(t *testing.T) {
	noon := at("2026-12-02T12:00+08:00")
	holds := func(h *hospital, thread ledger.ThreadID, want bool) {
		t.Helper()
		if got := len(foldOf(h, thread).PrivilegesAt(noon)) > 0; got != want {
			t.Errorf("holds: %v", got)
		}
	}
	host, guest, thread := agreed(t)
	e := host.say(thread, KindPrivilege, privilege(guest))
	wider := privilege(guest)
	wider.From, wider.Until = "2026-11-01T08:00+08:00", "2027-12-01T08:00+08:00"
	raw, _ := ledger.Encode(wider)
	longer := ledger.Amendment{Says: raw, Why: "longer"}
	d := host.draft(thread, ledger.KindAmend, longer)
	d.Refs = []ledger.Hash{e.Hash}
	if _, err := host.trySay(d); !errors.Is(err, ledger.ErrNotSayable) {
		t.Errorf("a privilege was corrected beyond the visit: %v", err)
	}
	known := host.book.Kinds
	host.book.Kinds = ledger.NewKinds() // a release that does not know the kind can still say it
	host.say(thread, ledger.KindAmend, longer, e.Hash)
	host.book.Kinds = known
	holds(host, thread, true)
	if g := foldOf(host, thread).Grants[0]; !g.Until.Equal(at("2026-12-03T20:00+08:00")) {
		t.Errorf("an amendment made it longer: %s", g.Until)
	}
	host.say(thread, ledger.KindRetract, ledger.Retraction{Why: "wrong person"}, e.Hash)
	holds(host, thread, false)

	host, guest, thread = agreed(t) // the guest calls its doctor home
	e = host.say(thread, KindPrivilege, privilege(guest))
	host.sends(guest, thread)
	guest.say(thread, KindRevoked, Revoked{Reason: "needed at home"}, e.Hash)
	guest.sends(host, thread)
	holds(host, thread, false)

	host, guest, thread = agreed(t)
	host.say(thread, KindPrivilege, privilege(guest))
	host.say(thread, KindClosed, Closed{Outcome: "cancelled", Reason: "snow"})
	holds(host, thread, false)

	host, guest, thread = agreed(t)
	host.say(thread, KindPrivilege, privilege(guest))
	host.sends(guest, thread)
	guest.say(thread, KindDeclined, Declined{Reason: "ill"}, foldOf(guest, thread).Proposal.Hash)
	guest.sends(host, thread)
	holds(host, thread, false)
	if s := foldOf(host, thread).State; s != TurnedDown {
		t.Errorf("state %s", s)
	}
}

func TestADoubtedKeyGrantsNothing(t *testing.T) {
	s := newSigner(t)
	host, twin, guest := nodeOf(t, s), nodeOf(t, s), newHospital(t)
	thread := host.open("visit")
	host.invites(guest, thread)
	e, err := host.invite(thread, invitation(host, guest))
	if err != nil {
		t.Fatal(err)
	}
	host.sends(guest, thread)
	guest.say(thread, KindAccepted, approved, e.Hash)
	guest.say(thread, KindTeam, Team{[]Member{{Person: "wang", Name: "Prof. Wang", Part: "lead"}}})
	guest.sends(host, thread)
	good := host.say(thread, KindPrivilege, privilege(guest))
	host.sends(twin, thread)
	longer := privilege(guest)
	longer.Person = "wang"
	host.say(thread, KindSession, Session{What: "clinic", Date: "2026-12-01"})
	twin.say(thread, KindPrivilege, longer)                           // a fork: doubted
	twin.say(thread, KindRevoked, Revoked{Reason: "stop"}, good.Hash) // and counts all the same
	twin.sends(host, thread)
	host.sends(twin, thread)
	for _, n := range []*hospital{host, twin} {
		if got := foldOf(n, thread).PrivilegesAt(at("2026-12-02T12:00+08:00")); len(got) != 0 {
			t.Errorf("%d privileges hold", len(got))
		}
	}
}
