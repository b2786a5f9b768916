package cases

import (
	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/web/api"
)

// said is one entry that counts, with what it says now.
type said[B any] struct {
	Hash  ledger.Hash      `json:"hash"`
	By    author           `json:"by"`
	At    string           `json:"at"`
	Refs  []ledger.Hash    `json:"refs,omitempty"`
	Blobs []ledger.BlobRef `json:"blobs,omitempty"`
	Says  B                `json:"says"`
}

type author struct {
	Hospital string `json:"hospital"`
	Person   string `json:"person"`
	Name     string `json:"name"`
	Role     string `json:"role"`
}

func authorOf(a record.Author) author {
	return author{a.Hospital.String(), string(a.Person), a.Name, a.Role}
}

func saidOf[B any](s record.Said[B]) said[B] {
	return said[B]{s.Hash, authorOf(s.By), s.When, s.Refs, s.Blobs, s.Says}
}

// caseView is a case as its entries fold, in the caller's language where the program speaks; what people wrote is as they wrote it.
type caseView struct {
	ID              ledger.ThreadID               `json:"id"`
	Entries         int                           `json:"entries"`
	Digest          ledger.Hash                   `json:"digest" doc:"Names the set of entries: equal at two hospitals, equal cases"`
	Pathway         string                        `json:"pathway"`
	SubSpecialty    string                        `json:"sub_specialty"`
	Title           string                        `json:"title"`
	Side            string                        `json:"side,omitempty"`
	Urgency         string                        `json:"urgency"`
	Sex             string                        `json:"sex,omitempty"`
	Age             *int64                        `json:"age,omitempty"`
	Summary         string                        `json:"summary,omitempty"`
	Demo            bool                          `json:"demo"`
	Home            string                        `json:"home"`
	Steward         string                        `json:"steward"`
	Verb            string                        `json:"verb"`
	Closed          bool                          `json:"closed"`
	Patient         *patient                      `json:"patient,omitempty"`
	Stages          []stageView                   `json:"stages"`
	Next            []taskView                    `json:"next"`
	Members         []memberView                  `json:"members"`
	Consent         map[string]string             `json:"consent"`
	Timeline        []itemView                    `json:"timeline"`
	Latest          map[string]pathway.Value      `json:"latest"`
	Findings        []said[casebook.Finding]      `json:"findings"`
	Imaging         []said[casebook.Imaging]      `json:"imaging"`
	Referrals       []referralView                `json:"referrals"`
	Opinions        []said[casebook.Opinion]      `json:"opinions"`
	Recommendations []recommendationView          `json:"recommendations"`
	Plans           []planView                    `json:"plans"`
	Operations      []operationView               `json:"operations"`
	Complications   []said[casebook.Complication] `json:"complications"`
	FollowUps       []said[casebook.FollowUp]     `json:"follow_ups"`
	Due             []dueView                     `json:"due"`
	Teaching        []said[casebook.Teaching]     `json:"teaching"`
	Marks           int                           `json:"marks"`
	Forks           int                           `json:"forks"`
}

type stageView struct {
	Verb  string `json:"verb"`
	State string `json:"state"`
	Note  string `json:"note,omitempty"`
	Date  string `json:"date,omitempty"`
}

type taskView struct {
	What     string        `json:"what"`
	Verb     string        `json:"verb"`
	Hospital string        `json:"hospital"`
	Person   string        `json:"person,omitempty"`
	Roles    []string      `json:"roles,omitempty"`
	By       string        `json:"by,omitempty"`
	Kind     string        `json:"kind"`
	Refs     []ledger.Hash `json:"refs,omitempty"`
}

type memberView struct {
	Hospital string `json:"hospital"`
	State    string `json:"state"`
}

type itemView struct {
	Hash      ledger.Hash      `json:"hash"`
	Kind      string           `json:"kind"`
	Title     string           `json:"title"`
	Lines     []string         `json:"lines,omitempty"`
	By        author           `json:"by"`
	At        string           `json:"at"`
	Written   string           `json:"written"`
	Belated   bool             `json:"belated,omitempty"`
	Standing  string           `json:"standing,omitempty"`
	Erased    bool             `json:"erased,omitempty"`
	Retracted bool             `json:"retracted,omitempty"`
	Unread    bool             `json:"unread,omitempty"`
	Conflict  bool             `json:"conflict,omitempty"`
	Marks     []string         `json:"marks,omitempty"`
	Blobs     []ledger.BlobRef `json:"blobs,omitempty"`
}

type referralView struct {
	said[casebook.Referred]
	State    string `json:"state"`
	Reason   string `json:"reason,omitempty"`
	Opinions int    `json:"opinions"`
}

type recommendationView struct {
	casebook.Recommendation
	Opinion ledger.Hash      `json:"opinion"`
	By      author           `json:"by"`
	Outcome *casebook.Advice `json:"outcome,omitempty"`
}

type planView struct {
	said[casebook.Plan]
	Signatures []signatureView `json:"signatures"`
	Current    bool            `json:"current"`
}

type signatureView struct {
	Hash     ledger.Hash `json:"hash"`
	Hospital string      `json:"hospital"`
	Name     string      `json:"name"`
	At       string      `json:"at"`
}

type operationView struct {
	said[casebook.Operation]
	Signed    bool         `json:"plan_signed"`
	Deviation []changeView `json:"deviation" doc:"What was done otherwise than the plan says"`
}

type changeView struct {
	Field string         `json:"field" doc:"title, guidance, operator, procedure, value.ID, step.ID"`
	Old   string         `json:"old"`
	New   string         `json:"new"`
	OldIs *pathway.Value `json:"old_is,omitempty" doc:"The answer itself, of a value.ID"`
	NewIs *pathway.Value `json:"new_is,omitempty"`
}

func changeOf(c casebook.Change) changeView {
	v := changeView{Field: c.Field, Old: c.Old, New: c.New}
	if !c.OldIs.IsZero() {
		v.OldIs = &c.OldIs
	}
	if !c.NewIs.IsZero() {
		v.NewIs = &c.NewIs
	}
	return v
}

type dueView struct {
	casebook.DueFollowUp
	Done bool `json:"done"`
	Lost bool `json:"lost"`
}

func viewOf(c casebook.Case, l ledger.Log, language lang.Language) caseView {
	v := caseView{ID: c.Thread, Entries: len(l.Said), Digest: l.Digest(), Pathway: c.Pathway, SubSpecialty: c.SubSpecialty, Title: c.Title, Side: c.Side,
		Urgency: c.Urgency, Sex: c.Sex, Age: c.Age, Summary: c.Summary, Demo: c.Demo, Home: c.Home.String(), Steward: c.Steward.String(), Verb: c.Verb,
		Closed: c.Closed != nil, Marks: c.Marks, Forks: len(l.Forks), Consent: consentView(c.Consent), Latest: c.Answers(),
		Findings: api.Each(c.Findings, saidOf[casebook.Finding]), Imaging: api.Each(c.Imaging, saidOf[casebook.Imaging]), Opinions: api.Each(c.Opinions, saidOf[casebook.Opinion]),
		Complications: api.Each(c.Complications, saidOf[casebook.Complication]), Teaching: api.Each(c.Teaching, saidOf[casebook.Teaching])}
	v.Stages = api.Each(c.Stages, func(s casebook.Stage) stageView {
		return stageView{s.Verb, string(s.State), s.Note.In(language), s.Date}
	})
	v.Next = api.Each(c.Next, func(t record.Task) taskView {
		roles := make([]string, 0, len(t.Roles))
		for _, r := range t.Roles {
			roles = append(roles, string(r))
		}
		return taskView{t.What.In(language), t.Verb, t.Hospital.String(), string(t.Person), roles, api.Stamp(t.By), t.Kind, t.Refs}
	})
	v.Members = api.Each(c.Members, func(m ledger.Member) memberView { return memberView{m.Hospital.String(), string(m.State)} })
	v.Timeline = api.Each(c.Timeline, func(i record.Item) itemView { return itemOf(i, language) })
	v.Referrals = api.Each(c.Referrals, func(r casebook.Referral) referralView {
		return referralView{saidOf(r.Said), string(r.State), r.Reason, r.Opinions}
	})
	v.Recommendations = api.Each(c.Recommendations, recommendationOf)
	v.Plans = make([]planView, 0, len(c.Plans))
	for i, p := range c.Plans {
		v.Plans = append(v.Plans, planOf(p, len(c.PlanHeads) == 1 && c.PlanHeads[0] == i))
	}
	v.Operations = api.Each(c.Operations, func(o casebook.Operated) operationView {
		return operationView{saidOf(o.Said), o.Signed, api.Each(o.Deviation, changeOf)}
	})
	v.FollowUps = api.Each(c.FollowUps, func(f casebook.FollowedUp) said[casebook.FollowUp] { return saidOf(f.Said) })
	v.Due = api.Each(c.Due, func(d casebook.DueState) dueView { return dueView{d.DueFollowUp, !d.Done.IsZero(), d.Lost} })
	return v
}

func itemOf(i record.Item, l lang.Language) itemView {
	return itemView{Hash: i.Hash, Kind: i.Kind, Title: i.Title.In(l), Lines: api.Each(i.Lines, func(t lang.Text) string { return t.In(l) }), By: authorOf(i.By), At: i.When,
		Written: api.Stamp(i.Written), Belated: i.Belated, Standing: string(i.Standing), Erased: i.Erased, Retracted: i.Retracted, Unread: i.Unread, Conflict: i.Conflict,
		Marks: api.Each(i.Marks, func(m record.Mark) string { return m.Text.In(l) }), Blobs: i.Blobs}
}

func recommendationOf(r casebook.Advised) recommendationView {
	v := recommendationView{Recommendation: r.Recommendation, Opinion: r.Opinion, By: authorOf(r.By)}
	if r.Outcome != nil {
		v.Outcome = &r.Outcome.Says
	}
	return v
}

func planOf(p casebook.PlanVersion, current bool) planView {
	v := planView{said: saidOf(p.Said), Current: current, Signatures: []signatureView{}}
	for _, s := range p.Signatures {
		if !s.Withdrawn {
			v.Signatures = append(v.Signatures, signatureView{s.Hash, s.By.Hospital.String(), s.By.Name, s.When})
		}
	}
	return v
}

func consentView(c access.Consent) map[string]string {
	out := map[string]string{}
	for _, s := range c.All() {
		if s.Answer != access.Unasked {
			out[string(s.Scope)] = string(s.Answer)
		}
	}
	return out
}
