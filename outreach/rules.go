package outreach

import (
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
)

// Mark says what is odd about an entry. It stops a writer and stands beside the entry at a reader.
type Mark struct {
	Code string
	Text lang.Text
}

func mark(code string) Mark {
	text, ok := markTexts[code]
	if !ok {
		text = lang.Same(code)
	}
	return Mark{code, text}
}

var markTexts = map[string]lang.Text{
	"late":           {En: "said after its hospital had left: without effect", Zh: "该医院退出后所写：无效"},
	"doubted":        {En: "its key contradicts itself: it gives nothing until it is said again", Zh: "其密钥前后矛盾：重新声明前不产生授权"},
	"not-host":       {En: "only the host, the hospital that invites, may say this", Zh: "仅邀请医院可作此记录"},
	"not-guest":      {En: "only the hospital that was invited may say this", Zh: "仅受邀医院可作此记录"},
	"no-proposal":    {En: "it names no invitation that stands", Zh: "未指明有效的邀请"},
	"no-letter":      {En: "the stamped invitation is not attached and no emergency is recorded", Zh: "未附盖章的书面邀请函，也未记录紧急情况"},
	"not-informed":   {En: "a patient was not informed, or it is not said when", Zh: "未注明患者何时被告知并同意"},
	"conditions":     {En: "the host does not say that it is licensed and equipped for this", Zh: "邀请医院未确认具备相应资质和条件"},
	"no-approval":    {En: "the medical office at home has not approved and no emergency is recorded", Zh: "未经所在医院医务部门批准，也未记录紧急情况"},
	"beyond-scope":   {En: "the guest does not say that this is within its own and its doctors' scope", Zh: "受邀医院未确认未超出其诊疗科目和医师执业范围"},
	"not-accepted":   {En: "the visit has not been accepted", Zh: "外出会诊尚未被接受"},
	"closed":         {En: "the visit is closed", Zh: "外出会诊已结束"},
	"not-in-team":    {En: "the person is not in the team that their hospital named", Zh: "此人不在其医院所报团队名单中"},
	"outside-visit":  {En: "it goes beyond the days of the visit", Zh: "超出外出会诊日期"},
	"not-asked-for":  {En: "the invitation does not ask for this procedure", Zh: "邀请中未包含该术式"},
	"own-privilege":  {En: "nobody gives a privilege to themselves", Zh: "不得为本人授权"},
	"no-privilege":   {En: "it names no privilege of this visit", Zh: "未指明本次外出会诊的授权"},
	"not-a-party":    {En: "said by a hospital that is neither host nor guest", Zh: "既非邀请医院也非受邀医院"},
	"report-late":    {En: "reported later than two working days after the visit", Zh: "超过两个工作日才报告"},
	"no-report":      {En: "closed as done before the guest has reported", Zh: "受邀医院未报告即结束"},
	"closed-twice":   {En: "the visit was closed already", Zh: "外出会诊已结束，重复结束"},
	"no-grant":       {En: "operated without a valid privilege at this hospital", Zh: "在本院无有效授权而手术"},
	"emergency-only": {En: "operated without a valid privilege, as an emergency", Zh: "紧急情况下无有效授权而手术"},
}

// Stopped says why somebody here may not say something: the marks that a reader would see.
type Stopped struct{ Marks []Mark }

func (s *Stopped) Error() string {
	var reasons []string
	for _, m := range s.Marks {
		reasons = append(reasons, m.Text.En)
	}
	return strings.Join(reasons, "; ")
}

// words are what a rule needs to know of an entry or a draft.
type words struct {
	entry ledger.Hash // zero for a draft
	by    ledger.HospitalID
	who   ledger.PersonID
	refs  []ledger.Hash
	blobs []ledger.BlobRef
}

func draftOf(s ledger.Said) words {
	w := words{entry: s.Hash, by: s.Hospital, who: s.Person, refs: s.Refs}
	if s.Content != nil {
		w.blobs = s.Content.Blobs
	}
	return w
}

// stopWriter is the check of every kind: the rules that mark an entry at a reader stop its writer.
func stopWriter(l ledger.Log, d ledger.Draft) error {
	v := Fold(l)
	raw, err := ledger.Encode(d.Says)
	if err != nil {
		return err
	}
	says, err := bodyOf(d.Kind, raw)
	if err != nil {
		return err
	}
	w := words{by: l.Writer(), who: d.Person, refs: d.Refs, blobs: d.Blobs}
	if marks := v.judge(d.Kind, w, says); len(marks) > 0 {
		return &Stopped{marks}
	}
	return nil
}

func bodyOf(kind string, raw []byte) (any, error) {
	switch kind {
	case KindProposed:
		return decoded[Proposed](raw)
	case KindAccepted:
		return decoded[Accepted](raw)
	case KindTeam:
		return decoded[Team](raw)
	case KindPrivilege:
		return decoded[Privilege](raw)
	case KindReport:
		return decoded[Report](raw)
	case KindClosed:
		return decoded[Closed](raw)
	}
	return nil, nil
}

func decoded[B any](raw []byte) (any, error) {
	says, err := ledger.Decode[B](raw)
	return &says, err
}

// judge says what is odd about an entry, given what stands before it in the folding order. A body that is not needed may be nil.
func (v *Visit) judge(kind string, w words, says any) []Mark {
	var list []Mark
	when := func(odd bool, code string) {
		if odd {
			list = append(list, mark(code))
		}
	}
	party := w.by == v.Host || w.by == v.Guest
	when(v.Closing != nil && kind != KindReport && kind != KindClosed && kind != KindRevoked, "closed")
	switch kind {
	case KindProposed:
		v.judgeProposal(w, says.(*Proposed), when)
	case KindAccepted:
		a := says.(*Accepted)
		when(w.by != v.Guest, "not-guest")
		when(!v.answers(w.entry, w.refs), "no-proposal")
		when(a.Approval == nil && strings.TrimSpace(a.Emergency) == "", "no-approval")
		when(!a.WithinScope, "beyond-scope")
	case KindDeclined:
		when(w.by != v.Guest, "not-guest")
		when(!v.answers(w.entry, w.refs), "no-proposal")
	case KindTeam:
		when(!party, "not-a-party")
		when(!v.agreed(), "not-accepted")
	case KindPrivilege:
		v.judgeGrant(w, says.(*Privilege), when)
	case KindRevoked:
		when(!party, "not-a-party")
		when(!slices.ContainsFunc(v.Grants, func(g Grant) bool { return slices.Contains(w.refs, g.Entry) }), "no-privilege")
	case KindSession:
		when(!party, "not-a-party")
		when(!v.agreed(), "not-accepted")
	case KindReport:
		when(!party, "not-a-party")
		when(!v.agreed(), "not-accepted")
	case KindClosed:
		when(w.by != v.Host, "not-host")
		when(v.Closing != nil, "closed-twice")
		if c, ok := says.(*Closed); ok {
			when(c.Outcome == "done" && v.ReportOf(v.Guest) == nil, "no-report")
		}
	}
	return list
}

func (v *Visit) judgeProposal(w words, p *Proposed, when func(bool, string)) {
	when(w.by != v.Host || p.Host != v.Host, "not-host")
	attached := slices.ContainsFunc(w.blobs, func(b ledger.BlobRef) bool { return b.Hash == p.Letter })
	when((p.Letter.IsZero() || !attached) && strings.TrimSpace(p.Emergency) == "", "no-letter")
	when(!p.Conditions, "conditions")
	for _, c := range p.Cases {
		if c.Informed == "" && strings.TrimSpace(p.Emergency) == "" {
			when(true, "not-informed")
			break
		}
	}
}

func (v *Visit) judgeGrant(w words, p *Privilege, when func(bool, string)) {
	when(w.by != v.Host, "not-host")
	when(!v.agreed(), "not-accepted")
	if v.Proposal == nil {
		return
	}
	when(p.Hospital != v.Guest, "not-guest")
	when(p.Hospital == w.by && p.Person == w.who, "own-privilege")
	named := slices.ContainsFunc(v.teams, func(t Said[Team]) bool {
		return t.Hospital == p.Hospital && slices.ContainsFunc(t.Says.Members, func(m Member) bool { return m.Person == p.Person })
	})
	when(!named, "not-in-team")
	when(instant(p.From).Before(v.From()) || instant(p.Until).After(v.Until()), "outside-visit")
	asked := v.Proposal.Says.Procedures
	when(len(asked) > 0 && !slices.Contains(asked, p.Procedure), "not-asked-for")
}
