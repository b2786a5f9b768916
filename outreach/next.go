package outreach

import (
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
)

// Step is what comes next in a visit, and at which hospital.
type Step struct {
	Hospital ledger.HospitalID
	people.Task
}

// Next tells what comes next, by whom, by when. It does not depend on the clock: what is not yet due has its date.
func (v *Visit) Next() []Step {
	var steps []Step
	add := func(h ledger.HospitalID, role people.Role, action string, by time.Time, en, zh string) {
		steps = append(steps, Step{h, people.Task{Role: role, What: lang.Text{En: en, Zh: zh}, By: by, Thread: v.Thread, Action: action}})
	}
	switch v.State {
	case Empty:
		add(v.Host, people.Coordinator, KindProposed, time.Time{}, "Write the invitation", "填写邀请")
	case Asked:
		add(v.Guest, people.Coordinator, KindAccepted, v.From(), "Answer the invitation, with the medical office's approval", "经医务部门批准后答复邀请")
	case Agreed:
		v.nextAgreed(add)
	}
	if v.State == Asked || v.State == Agreed {
		if p := v.Proposal.Says; p.Emergency != "" && p.Letter.IsZero() {
			add(v.Host, people.Coordinator, KindProposed, v.Until(), "Send the written invitation that follows the call", "补发书面邀请函")
		}
	}
	return steps
}

type adding func(h ledger.HospitalID, role people.Role, action string, by time.Time, en, zh string)

func (v *Visit) nextAgreed(add adding) {
	if v.Accepted.Says.Approval == nil {
		add(v.Guest, people.Coordinator, KindAccepted, v.Until(), "Record the approval of the medical office", "补录医务部门批准")
	}
	if v.teamOf(v.Guest) == nil {
		add(v.Guest, people.Coordinator, KindTeam, v.From(), "Name the team", "确定团队名单")
	} else if len(v.Proposal.Says.Procedures) > 0 && len(v.Grants) == 0 {
		add(v.Host, people.HeadOfDepartment, KindPrivilege, v.From(), "Grant temporary privileges", "授予临时手术权限")
	}
	if v.ReportOf(v.Guest) == nil {
		add(v.Guest, people.Surgeon, KindReport, v.ReportDue(), "Report on the visit", "提交外出会诊报告")
		return
	}
	if v.ReportOf(v.Host) == nil {
		add(v.Host, people.Coordinator, KindReport, v.ReportDue(), "Report back to the guest's hospital", "向受邀医院反馈")
	}
	add(v.Host, people.Coordinator, KindClosed, time.Time{}, "Close the visit", "结束外出会诊")
}

func (v *Visit) teamOf(h ledger.HospitalID) *Said[Team] {
	for i := range v.teams {
		if v.teams[i].Hospital == h {
			return &v.teams[i]
		}
	}
	return nil
}
