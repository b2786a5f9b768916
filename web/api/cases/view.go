package cases

import (
	"github.com/danielgtaylor/huma/v2"

	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/web/api"
)

// caseView is a case as its entries fold, in the caller's language where the program speaks; what people wrote is as they wrote it. What was said stands in the lists
// that the kinds of entries declare.
type caseView struct {
	CaseWhole
	said []record.Viewed
}

// MarshalJSON writes both as one object.
func (v caseView) MarshalJSON() ([]byte, error) { return api.Joined(v.CaseWhole, v.said) }

// TransformSchema describes that object.
func (caseView) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return api.DescribeJoined(r, s, talk)
}

// CaseWhole is what is known of a case as a whole.
type CaseWhole struct {
	ID           ledger.ThreadID          `json:"id"`
	Entries      int                      `json:"entries"`
	Digest       ledger.Hash              `json:"digest" doc:"Names the set of entries: equal at two hospitals, equal cases"`
	Pathway      string                   `json:"pathway"`
	SubSpecialty string                   `json:"sub_specialty"`
	Title        string                   `json:"title"`
	Side         string                   `json:"side,omitempty"`
	Urgency      string                   `json:"urgency"`
	Sex          string                   `json:"sex,omitempty"`
	Age          *int64                   `json:"age,omitempty"`
	Summary      string                   `json:"summary,omitempty"`
	Demo         bool                     `json:"demo"`
	Home         string                   `json:"home"`
	Steward      string                   `json:"steward"`
	Verb         string                   `json:"verb"`
	Patient      *patient                 `json:"patient,omitempty"`
	Stages       []stageView              `json:"stages"`
	Next         []taskView               `json:"next"`
	Members      []memberView             `json:"members"`
	Timeline     []itemView               `json:"timeline"`
	Latest       map[string]pathway.Value `json:"latest"`
	Marks        int                      `json:"marks"`
	Forks        int                      `json:"forks"`
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
	By        record.Speaker   `json:"by"`
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

func viewOf(c casebook.Case, l ledger.Log, language lang.Language) caseView {
	v := CaseWhole{ID: c.Thread, Entries: len(l.Said), Digest: l.Digest(), Pathway: c.Pathway, SubSpecialty: c.SubSpecialty, Title: c.Title, Side: c.Side,
		Urgency: c.Urgency, Sex: c.Sex, Age: c.Age, Summary: c.Summary, Demo: c.Demo, Home: c.Home.String(), Steward: c.Steward.String(), Verb: c.Verb,
		Marks: c.Marks, Forks: len(l.Forks), Latest: c.Answers()}
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
	return caseView{v, talk.Views(l)}
}

func itemOf(i record.Item, l lang.Language) itemView {
	return itemView{Hash: i.Hash, Kind: i.Kind, Title: i.Title.In(l), Lines: api.Each(i.Lines, func(t lang.Text) string { return t.In(l) }), By: record.Speaker(i.By), At: i.When,
		Written: api.Stamp(i.Written), Belated: i.Belated, Standing: string(i.Standing), Erased: i.Erased, Retracted: i.Retracted, Unread: i.Unread, Conflict: i.Conflict,
		Marks: api.Each(i.Marks, func(m record.Mark) string { return m.Text.In(l) }), Blobs: i.Blobs}
}
