package outreach

import (
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// Next tells what comes next, by whom, by when. It does not depend on the clock: what is not yet due has its date.
func (v *Visit) Next() []record.Task {
	var n next
	switch v.State {
	case Empty:
		n.add(v.Host, people.Coordinator, KindProposed, time.Time{}, "invite")
	case Asked:
		n.add(v.Guest, people.Coordinator, KindAccepted, v.From(), "answer")
	case Agreed:
		n.agreed(v)
	}
	if v.State == Asked || v.State == Agreed {
		if p := v.Proposal.Says; p.Emergency != "" && p.Letter.IsZero() {
			n.add(v.Host, people.Coordinator, KindProposed, lastDay(v.Until()), "letter")
		}
	}
	return n
}

type next []record.Task

func (n *next) add(h ledger.HospitalID, role people.Role, kind string, by time.Time, what string) {
	*n = append(*n, record.Task{What: lang.Phrase("visits.next."+what, nil), Verb: "visit", Hospital: h, Roles: []string{string(role)}, By: by, Kind: kind})
}

func (n *next) agreed(v *Visit) {
	if v.Accepted.Says.Approval == nil {
		n.add(v.Guest, people.Coordinator, KindAccepted, lastDay(v.Until()), "approval")
	}
	if v.teamOf(v.Guest) == nil {
		n.add(v.Guest, people.Coordinator, KindTeam, v.From(), "team")
	} else if len(v.Proposal.Says.Procedures) > 0 && len(v.Grants) == 0 {
		n.add(v.Host, people.HeadOfDepartment, KindPrivilege, v.From(), "privilege")
	}
	if v.ReportOf(v.Guest) == nil {
		n.add(v.Guest, people.Surgeon, KindReport, lastDay(v.ReportDue()), "report")
		return
	}
	if v.ReportOf(v.Host) == nil {
		n.add(v.Host, people.Coordinator, KindReport, lastDay(v.ReportDue()), "feedback")
	}
	n.add(v.Host, people.Coordinator, KindClosed, time.Time{}, "close")
}

// lastDay is a moment on the last day before an end that is not included: the day that is shown as the one by which something is due.
func lastDay(end time.Time) time.Time {
	if end.IsZero() {
		return end
	}
	return end.Add(-time.Minute)
}
