package outreach

import (
	"fmt"
	"strings"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
)

// Line is one entry of a visit as a person reads it.
type Line struct {
	Entry     ledger.Hash
	Kind      string
	Hospital  ledger.HospitalID
	Person    ledger.PersonID
	Author    ledger.Author // empty where the words are erased or not here
	Written   time.Time
	Title     lang.Text
	Lines     []lang.Text
	Blobs     []ledger.BlobRef
	Marks     []Mark
	Standing  ledger.Standing
	Erased    bool
	Retracted bool
	Corrected bool
	Conflict  bool // corrections stand side by side
}

// Timeline tells a visit entry by entry, in folding order, corrections folded into what they correct.
func (v *Visit) Timeline() []Line {
	var list []Line
	for _, s := range v.log.Said {
		if s.Kind == ledger.KindAmend || s.Kind == ledger.KindRetract {
			continue
		}
		line := Line{Entry: s.Hash, Kind: s.Kind, Hospital: s.Hospital, Person: s.Person, Written: s.Time, Title: titleOf(s.Kind),
			Marks: v.MarksOf(s.Hash), Standing: s.Standing, Erased: s.Erased, Retracted: s.Retracted(), Corrected: len(s.Corrected) > 0, Conflict: s.Conflict()}
		if s.Content != nil {
			line.Author, line.Blobs = s.Content.Author, s.Content.Blobs
			line.Lines = told(s)
		}
		list = append(list, line)
	}
	return list
}

var titles = map[string]lang.Text{
	KindProposed:                {En: "Invitation", Zh: "邀请"},
	KindAccepted:                {En: "Accepted", Zh: "接受邀请"},
	KindDeclined:                {En: "Declined", Zh: "谢绝邀请"},
	KindTeam:                    {En: "Team", Zh: "团队"},
	KindPrivilege:               {En: "Temporary privilege", Zh: "临时手术权限"},
	KindRevoked:                 {En: "Privilege ended", Zh: "权限终止"},
	KindSession:                 {En: "Session", Zh: "活动"},
	KindReport:                  {En: "Report", Zh: "报告"},
	KindClosed:                  {En: "Closed", Zh: "结束"},
	ledger.KindOpened:           {En: "Visit opened", Zh: "建立外出会诊"},
	ledger.KindInvited:          {En: "Hospital invited", Zh: "邀请医院加入"},
	ledger.KindJoined:           {En: "Hospital joined", Zh: "医院已加入"},
	ledger.KindLeft:             {En: "Hospital left", Zh: "医院已退出"},
	ledger.KindRemoved:          {En: "Hospital removed", Zh: "医院已被移除"},
	ledger.KindErased:           {En: "Entries erased", Zh: "条目已删除"},
	ledger.KindErasureAnswered:  {En: "Erasure answered", Zh: "对删除的答复"},
	ledger.KindKeyCut:           {En: "Signing key cut off", Zh: "签名密钥已停用"},
	ledger.KindAdmitted:         {En: "Late entries admitted", Zh: "迟到条目已采纳"},
	ledger.KindStewardOffered:   {En: "Keeping of the thread offered", Zh: "提出移交管理权"},
	ledger.KindStewardAccepted:  {En: "Keeping of the thread accepted", Zh: "接受管理权"},
	ledger.KindStewardConfirmed: {En: "Keeping of the thread passed on", Zh: "确认移交管理权"},
	ledger.KindContinues:        {En: "Continues another thread", Zh: "接续另一会话"},
}

func titleOf(kind string) lang.Text {
	if t, ok := titles[kind]; ok {
		return t
	}
	return lang.Same(kind)
}

// What people call what a team does.
var whatNames = map[string]lang.Text{
	"clinic": {En: "Clinic", Zh: "门诊"}, "lecture": {En: "Lecture", Zh: "讲座"}, "ward_round": {En: "Ward round", Zh: "查房"},
	"operating_list": {En: "Operating list", Zh: "手术"},
}

// WhatName is what people call something that a team does.
func WhatName(what string) lang.Text { return named(whatNames, what) }

var partNames = map[string]lang.Text{
	"lead": {En: "Lead", Zh: "领队"}, "operate": {En: "Operates", Zh: "主刀"}, "assist": {En: "Assists", Zh: "助手"}, "advise": {En: "Advises", Zh: "指导"},
	"nurse": {En: "Nurse", Zh: "护士"}, "trainee": {En: "Trainee", Zh: "受训医师"}, "host": {En: "Host", Zh: "接待"},
}

// PartName is what people call a part in a team.
func PartName(part string) lang.Text { return named(partNames, part) }

func named(names map[string]lang.Text, code string) lang.Text {
	if t, ok := names[code]; ok {
		return t
	}
	return lang.Same(code)
}

// told is what an entry says, in lines. What a person wrote stands as it was written in both languages.
func told(s ledger.Said) []lang.Text {
	switch s.Kind {
	case KindProposed:
		return lines(s, func(p Proposed) []lang.Text {
			return []lang.Text{lang.Same(p.Purpose), lang.Same(p.Skill), lang.Same(p.From + " – " + p.Until), lang.Same(p.Place), lang.Same(p.Fee),
				labeled("Emergency", "紧急情况", p.Emergency)}
		})
	case KindAccepted:
		return lines(s, func(a Accepted) []lang.Text {
			var approval string
			if a.Approval != nil {
				approval = strings.TrimSpace(a.Approval.Office + " " + a.Approval.Number + " " + a.Approval.Date)
			}
			return []lang.Text{labeled("Approved by", "批准", approval), labeled("Emergency", "紧急情况", a.Emergency), lang.Same(a.Note)}
		})
	case KindDeclined:
		return lines(s, func(d Declined) []lang.Text { return []lang.Text{lang.Same(d.Reason)} })
	case KindTeam:
		return lines(s, func(t Team) (list []lang.Text) {
			for _, m := range t.Members {
				part := PartName(m.Part)
				list = append(list, lang.Text{En: m.Name + ", " + part.En, Zh: m.Name + "，" + part.Zh})
			}
			return list
		})
	case KindPrivilege:
		return lines(s, toldPrivilege)
	case KindRevoked:
		return lines(s, func(r Revoked) []lang.Text { return []lang.Text{lang.Same(r.Reason)} })
	case KindSession:
		return lines(s, func(n Session) []lang.Text {
			what := WhatName(n.What)
			return []lang.Text{{En: what.En + ", " + n.Date, Zh: what.Zh + "，" + n.Date}, lang.Same(n.Title), lang.Same(n.Place), lang.Same(n.Note)}
		})
	case KindReport:
		return lines(s, func(r Report) []lang.Text {
			return []lang.Text{{En: fmt.Sprintf("%d seen, %d operated on, %d taught", r.Seen, r.Operated, r.Taught),
				Zh: fmt.Sprintf("诊治 %d 人，手术 %d 人，带教 %d 人", r.Seen, r.Operated, r.Taught)}, lang.Same(r.Text), labeled("Adverse", "不良事件与争议", r.Adverse)}
		})
	case KindClosed:
		return lines(s, func(c Closed) []lang.Text { return []lang.Text{State(c.Outcome).Name(), lang.Same(c.Reason)} })
	}
	return nil
}

func toldPrivilege(p Privilege) []lang.Text {
	part := people.Part(p.Part).Name()
	return []lang.Text{{En: fmt.Sprintf("%s: %s, %s (level %d)", p.Name, p.Procedure, part.En, p.Level),
		Zh: fmt.Sprintf("%s：%s，%s（%d 级手术）", p.Name, p.Procedure, part.Zh, p.Level)}, lang.Same(p.From + " – " + p.Until), lang.Same(p.Basis)}
}

func labeled(en, zh, said string) lang.Text {
	if said == "" {
		return lang.Text{}
	}
	return lang.Text{En: en + ": " + said, Zh: zh + "：" + said}
}

// lines reads what an entry says now and leaves out what is empty.
func lines[B any](s ledger.Said, tell func(B) []lang.Text) []lang.Text {
	a, ok := read[B](s)
	if !ok {
		return nil
	}
	var list []lang.Text
	for _, t := range tell(a.Says) {
		if !t.Empty() {
			list = append(list, t)
		}
	}
	return list
}
