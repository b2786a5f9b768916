package outreach

import (
	"slices"
	"strings"
	"time"

	"consilium/ledger"
	"consilium/people"
)

// Grant is a temporary privilege, as far as it holds.
type Grant struct {
	Said[Privilege]
	From  time.Time
	Until time.Time     // not included; earlier than it says where it was ended before its time
	Ended []ledger.Hash // what ended it: revocations, the closing
	Void  bool          // it never held: doubted, taken back, beyond what the host may give
}

// HoldsAt tells whether the privilege is in force at a time.
func (g Grant) HoldsAt(at time.Time) bool { return !g.Void && !at.Before(g.From) && at.Before(g.Until) }

// Lets tells whether the privilege lets its person take a part in a procedure. Who may operate may assist, and who may assist may advise.
func (g Grant) Lets(procedure string, part people.Part) bool {
	has, wanted := slices.Index(people.Parts, g.Says.Part), slices.Index(people.Parts, part)
	return wanted >= 0 && has >= wanted && g.Says.Procedure == procedure
}

// granted takes a privilege into the visit. What later corrections say of it can only make it smaller.
func (v *Visit) granted(s ledger.Said) []Mark {
	if s.Content == nil {
		return nil
	}
	a := Said[Privilege]{Entry: s.Hash, Hospital: s.Hospital, Person: s.Person, Author: s.Content.Author, Time: s.Time, Refs: s.Refs,
		Blobs: s.Content.Blobs, Standing: s.Standing}
	says, err := ledger.Decode[Privilege](s.Content.Says)
	if err != nil || says.Check() != nil {
		return nil
	}
	a.Says = says
	marks := v.judge(s.Kind, draftOf(s), &says)
	if s.Standing != ledger.Counts {
		marks = append(marks, mark(string(s.Standing)))
	}
	g := Grant{Said: a, From: instant(says.From), Until: instant(says.Until), Void: len(marks) > 0}
	for _, c := range s.Corrected {
		g.narrow(c)
	}
	v.Grants = append(v.Grants, g)
	return marks
}

func (g *Grant) narrow(c ledger.Correction) {
	p, err := ledger.Decode[Privilege](c.Says)
	if c.Says == nil || err != nil || p.Check() != nil || p.Person != g.Says.Person || p.Hospital != g.Says.Hospital || p.Procedure != g.Says.Procedure {
		g.Void = true
		return
	}
	if from := instant(p.From); from.After(g.From) {
		g.From = from
	}
	if until := instant(p.Until); until.Before(g.Until) {
		g.Until = until
	}
	if slices.Index(people.Parts, p.Part) < slices.Index(people.Parts, g.Says.Part) {
		g.Says.Part = p.Part
	}
}

// revoked ends privileges. Its header is enough: it holds where its words are erased, when its key is doubted, and when it was taken
// back. Host and guest may each end what both had agreed to.
func (v *Visit) revoked(s ledger.Said) []Mark {
	marks := v.judge(s.Kind, draftOf(s), nil)
	if s.Hospital != v.Host && s.Hospital != v.Guest {
		return marks
	}
	for i := range v.Grants {
		if slices.Contains(s.Refs, v.Grants[i].Entry) {
			v.Grants[i].end(s.Time, s.Hash)
		}
	}
	if s.Standing != ledger.Counts {
		marks = append(marks, mark(string(s.Standing)))
	}
	return marks
}

func (g *Grant) end(at time.Time, by ledger.Hash) {
	g.Ended = append(g.Ended, by)
	if at.Before(g.Until) {
		g.Until = at
	}
}

// settle ends a privilege with the visit under which it was given.
func (g *Grant) settle(v *Visit) {
	switch v.State {
	case Agreed:
	case Done, Cancelled:
		g.end(v.Closing.Time, v.Closing.Entry)
	case TurnedDown:
		g.end(v.Declined.Time, v.Declined.Entry)
	default: // the invitation was changed and not accepted again
		g.Void = true
	}
	if !g.Until.After(g.From) {
		g.Void = true
	}
}

// PrivilegesAt lists the privileges in force at a time.
func (v *Visit) PrivilegesAt(at time.Time) []Grant {
	return slices.DeleteFunc(slices.Clone(v.Grants), func(g Grant) bool { return !g.HoldsAt(at) })
}

// Operator is somebody of another hospital who takes a part in an operation.
type Operator struct {
	Host      ledger.HospitalID // where the operation is
	Hospital  ledger.HospitalID // whose person it is
	Person    ledger.PersonID
	Procedure string
	Part      people.Part // empty: operate
	At        time.Time
	Emergency string // why there was no time for a privilege, as recorded with the operation
}

// Verdict says whether somebody was allowed to operate, and on what grounds.
type Verdict struct {
	Allowed   bool
	Grant     ledger.Hash // the privilege that lets them; zero: none
	Emergency bool        // allowed by a recorded emergency only
	Marks     []Mark      // for the operation's entry
}

// Allowed judges an operator by the host's temporary privileges. The host's own people are judged by their own privileges, not here.
func (o Operator) Allowed(grants []Grant) Verdict {
	part := o.Part
	if part == "" {
		part = people.Operate
	}
	if o.Hospital == o.Host {
		return Verdict{Allowed: true}
	}
	for _, g := range grants {
		if g.Hospital == o.Host && g.Says.Hospital == o.Hospital && g.Says.Person == o.Person && g.HoldsAt(o.At) && g.Lets(o.Procedure, part) {
			return Verdict{Allowed: true, Grant: g.Entry}
		}
	}
	if strings.TrimSpace(o.Emergency) != "" {
		return Verdict{Allowed: true, Emergency: true, Marks: []Mark{mark("emergency-only")}}
	}
	return Verdict{Marks: []Mark{mark("no-grant")}}
}
