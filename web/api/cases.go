package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/people"
)

// newCase opens a case: the body of case.opened, with what stays at home and what else is said at once.
type newCase struct {
	Body struct {
		casebook.Opened
		Patient *patient   `json:"patient,omitempty" doc:"Who the patient is. It stays at this hospital"`
		Entries []newEntry `json:"entries,omitempty" doc:"Further entries, all or nothing with the opening"`
	}
}

type patient struct {
	Name        string `json:"name,omitempty"`
	Latin       string `json:"latin,omitempty"`
	LocalNumber string `json:"local_number,omitempty"`
	BirthDate   string `json:"birth_date,omitempty"`
}

// newEntry is something to say in a thread.
type newEntry struct {
	Kind  string           `json:"kind" doc:"What is said: casebook/KINDS.md, outreach/KINDS.md, access/KINDS.md"`
	Body  json.RawMessage  `json:"body" doc:"By the kind"`
	At    string           `json:"at,omitempty" doc:"When it happened; a date, perhaps partial"`
	Refs  []ledger.Hash    `json:"refs,omitempty" doc:"The entries that it is about"`
	Blobs []ledger.BlobRef `json:"blobs,omitempty" doc:"Attached files, as POST /blobs answered, with type, label and scope"`
	Pack  string           `json:"pack,omitempty" doc:"ID of the pathway pack it was filled in with; left out: the case's own"`
	Role  string           `json:"role,omitempty" doc:"In which of one's roles; left out: one that the kind is for"`
}

type newEntryIn struct {
	ID   ledger.ThreadID `path:"id"`
	Body newEntry
}

type threadIn struct {
	ID ledger.ThreadID `path:"id"`
}

type made struct {
	ID   ledger.ThreadID `json:"id"`
	Hash *ledger.Hash    `json:"hash,omitempty" doc:"Of the new entry"`
}

func (a *API) caseOperations() {
	add(a, "POST", "/cases", desk.ScopeWrite, "Open a case", a.openCase)
	add(a, "GET", "/cases", desk.ScopeRead, "List cases", a.listCases)
	add(a, "GET", "/cases/{id}", desk.ScopeRead, "A case, as its entries fold", a.getCase)
	add(a, "GET", "/cases/{id}/entries", desk.ScopeRead, "The entries of a thread, in folding order", a.listEntries)
	add(a, "POST", "/cases/{id}/entries", desk.ScopeWrite, "Say something: one entry", a.say)
	add(a, "GET", "/tasks", desk.ScopeRead, "What is to be done by the caller", a.listTasks)
	add(a, "POST", "/cases/{id}/break-glass", desk.ScopeWrite, "See a case in an emergency, with a reason", a.breakGlass)
	add(a, "GET", "/cases/{id}/who-has", desk.ScopeRead, "Which hospitals have the case, and how much of it", a.whoHas)
	add(a, "GET", "/cases/{id}/access-log", desk.ScopeRead, "Who looked at the case here", a.accessLog)
}

func (a *API) openCase(ctx context.Context, in *newCase) (*answer[made], error) {
	caller := callerOf(ctx)
	opened := in.Body.Opened
	if opened.Urgency == "" {
		opened.Urgency = "routine"
	}
	opened.Demo = opened.Demo || a.Demo
	first := []ledger.Draft{{Kind: casebook.KindOpened, Says: opened}}
	for _, e := range in.Body.Entries {
		d, err := a.draft(e, opened.Pathway)
		if err != nil {
			return nil, err
		}
		first = append(first, d)
	}
	var who casebook.Patient
	if p := in.Body.Patient; p != nil {
		who = casebook.Patient{Name: p.Name, Latin: p.Latin, LocalNumber: p.LocalNumber, BirthDate: p.BirthDate}
	}
	if err := a.MayAttach(ctx, caller, first...); err != nil {
		return nil, err
	}
	id, err := a.OpenCase(ctx, caller.Who, first, who)
	return &answer[made]{made{ID: id}}, err
}

// draft makes a draft of what was sent.
func (a *API) draft(e newEntry, pathway string) (ledger.Draft, error) {
	if len(e.Body) == 0 || e.Body[0] != '{' {
		e.Body = json.RawMessage("{}")
	}
	d := ledger.Draft{Kind: e.Kind, At: e.At, Refs: e.Refs, Blobs: e.Blobs, Says: e.Body, Author: ledger.Author{Role: e.Role}}
	filledIn := strings.Contains(string(e.Body), `"values"`)
	id := cmp.Or(e.Pack, pathway)
	if id == "" {
		return d, nil
	}
	pack := a.Packs(id, "")
	if pack == nil && (e.Pack != "" || filledIn) {
		return d, fmt.Errorf("there is no pathway pack %q here: %w", id, desk.ErrInput)
	}
	if pack != nil && e.Pack != "" {
		d.Pack = casebook.PackRef(pack)
	}
	return casebook.Prepare(casebook.Case{}, d, pack)
}

func (a *API) say(ctx context.Context, in *newEntryIn) (*answer[made], error) {
	var pathway string
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		row, _, err := casebook.Get(ctx, tx, in.ID)
		pathway = row.Pathway
		return err
	})
	if err != nil {
		return nil, err
	}
	d, err := a.draft(in.Body, pathway)
	if err != nil {
		return nil, err
	}
	if err := a.MayAttach(ctx, callerOf(ctx), d); err != nil {
		return nil, err
	}
	d.Thread = in.ID
	e, err := a.Door.Say(ctx, callerOf(ctx).Who, d)
	if err != nil {
		return nil, err
	}
	return &answer[made]{made{ID: in.ID, Hash: &e.Hash}}, nil
}

type caseQuery struct {
	Verb         string `query:"verb" doc:"refer, consult, plan, rehearse, visit, operate, follow, compare, teach"`
	Pathway      string `query:"pathway"`
	SubSpecialty string `query:"sub_specialty"`
	Urgency      string `query:"urgency"`
	State        string `query:"state" doc:"open, closed"`
	Text         string `query:"q" doc:"Part of the title; at home also of the patient's name or number"`
	Due          bool   `query:"due" doc:"By the date of the next step, instead of the newest change first"`
	After        string `query:"after" doc:"The next of the page before"`
	Limit        int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type caseRow struct {
	ID           ledger.ThreadID `json:"id"`
	Title        string          `json:"title"`
	Pathway      string          `json:"pathway"`
	SubSpecialty string          `json:"sub_specialty"`
	Side         string          `json:"side,omitempty"`
	Urgency      string          `json:"urgency"`
	Verb         string          `json:"verb"`
	State        string          `json:"state"`
	Home         string          `json:"home"`
	Steward      string          `json:"steward"`
	Next         string          `json:"next"`
	NextBy       string          `json:"next_by,omitempty"`
	Opened       string          `json:"opened"`
	Changed      string          `json:"changed"`
	Entries      int             `json:"entries"`
	Marks        int             `json:"marks"`
	Demo         bool            `json:"demo"`
	Patient      *patient        `json:"patient,omitempty"`
}

func (a *API) listCases(ctx context.Context, in *caseQuery) (*answer[items[caseRow]], error) {
	caller, l := callerOf(ctx), languageOf(ctx)
	out := &answer[items[caseRow]]{Body: items[caseRow]{Items: []caseRow{}}}
	q := casebook.Query{Verb: in.Verb, Pathway: in.Pathway, SubSpecialty: in.SubSpecialty, Urgency: in.Urgency, State: in.State, Text: in.Text,
		Due: in.Due, After: in.After, Limit: in.Limit}
	q, err := a.CaseScope(caller.Who, q)
	if err != nil {
		return nil, err
	}
	err = a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		rows, next, err := casebook.List(ctx, tx, q)
		out.Body.Next = next
		for _, r := range rows {
			row := caseRow{ID: r.Thread, Title: r.Title, Pathway: r.Pathway, SubSpecialty: r.SubSpecialty, Side: r.Side, Urgency: r.Urgency, Verb: r.Verb, State: r.State,
				Home: a.HospitalName(ctx, tx, r.Home), Steward: a.HospitalName(ctx, tx, r.Steward), Next: r.Next.In(l), NextBy: stamp(r.NextBy),
				Opened: stamp(r.Opened), Changed: stamp(r.Changed), Entries: r.Entries, Marks: r.Marks, Demo: r.Demo}
			if r.Patient != nil {
				row.Patient = &patient{r.Patient.Name, r.Patient.Latin, r.Patient.LocalNumber, r.Patient.BirthDate}
			}
			out.Body.Items = append(out.Body.Items, row)
		}
		return err
	})
	if errors.Is(err, casebook.ErrCursor) {
		err = errors.Join(desk.ErrInput, err)
	}
	return out, err
}

func (a *API) getCase(ctx context.Context, in *threadIn) (*answer[caseView], error) {
	l, err := a.Door.Read(ctx, callerOf(ctx).Who, in.ID)
	if err != nil {
		return nil, err
	}
	if l.Kind != "case" {
		return nil, desk.ErrNotHere
	}
	view := viewOf(casebook.Fold(l), l, languageOf(ctx))
	err = a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err := casebook.IdentityOf(ctx, tx, in.ID)
		if err == nil {
			view.Patient = &patient{p.Name, p.Latin, p.LocalNumber, p.BirthDate}
			return nil
		}
		if errors.Is(err, casebook.ErrNoIdentity) {
			return nil
		}
		return err
	})
	return &answer[caseView]{view}, err
}

type entryView struct {
	Hash      ledger.Hash      `json:"hash"`
	Kind      string           `json:"kind"`
	Version   uint64           `json:"version"`
	Hospital  string           `json:"hospital"`
	Key       ledger.Key       `json:"key"`
	Seq       uint64           `json:"seq"`
	Height    uint64           `json:"height"`
	Time      string           `json:"time"`
	Person    string           `json:"person"`
	Author    *ledger.Author   `json:"author,omitempty"`
	At        string           `json:"at,omitempty"`
	Refs      []ledger.Hash    `json:"refs,omitempty"`
	Pack      *ledger.PackRef  `json:"pack,omitempty"`
	Blobs     []ledger.BlobRef `json:"blobs,omitempty"`
	Standing  string           `json:"standing,omitempty" doc:"late or doubted; empty: it counts"`
	Erased    bool             `json:"erased,omitempty"`
	Retracted bool             `json:"retracted,omitempty"`
	Conflict  bool             `json:"conflict,omitempty"`
	Body      json.RawMessage  `json:"body,omitempty" doc:"What it says now, corrections applied"`
	First     json.RawMessage  `json:"first,omitempty" doc:"What it said first, where a correction changed it"`
}

func (a *API) listEntries(ctx context.Context, in *threadIn) (*answer[items[entryView]], error) {
	l, err := a.Door.Read(ctx, callerOf(ctx).Who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &answer[items[entryView]]{Body: items[entryView]{Items: make([]entryView, 0, len(l.Said))}}
	for _, s := range l.Said {
		v := entryView{Hash: s.Hash, Kind: s.Kind, Version: s.Version, Hospital: s.Hospital.String(), Key: s.Key, Seq: s.Seq, Height: s.Height,
			Time: stamp(s.Time), Person: string(s.Person), Refs: s.Refs, Standing: string(s.Standing), Erased: s.Erased, Retracted: s.Retracted(),
			Conflict: s.Conflict(), Body: s.Says()}
		if c := s.Content; c != nil {
			v.Author, v.At, v.Pack, v.Blobs = &c.Author, c.At, c.Pack, c.Blobs
			if len(s.Corrected) > 0 {
				v.First = c.Says
			}
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, nil
}

type task struct {
	Case  ledger.ThreadID `json:"case"`
	Title string          `json:"title"`
	What  string          `json:"what"`
	Verb  string          `json:"verb"`
	Kind  string          `json:"kind" doc:"The entry that does it"`
	By    string          `json:"by,omitempty"`
	Refs  []ledger.Hash   `json:"refs,omitempty"`
	Late  bool            `json:"overdue"`
}

// mostTasks bounds the tasks with a date that are listed, and those without.
const mostTasks = 200

func (a *API) listTasks(ctx context.Context, _ *struct{}) (*answer[items[task]], error) {
	caller, l := callerOf(ctx), languageOf(ctx)
	out := &answer[items[task]]{Body: items[task]{Items: []task{}}}
	if err := access.Need(caller.Who, access.List, access.What{Kind: "case"}); err != nil {
		return nil, err
	}
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := a.TasksOf(ctx, tx, caller, casebook.TaskQuery{Limit: mostTasks, Dated: true})
		if err != nil {
			return err
		}
		undated, err := a.TasksOf(ctx, tx, caller, casebook.TaskQuery{Limit: mostTasks, Undated: true})
		for _, t := range append(list, undated...) {
			out.Body.Items = append(out.Body.Items, task{Case: t.Thread, Title: t.Title, What: t.What.In(l), Verb: t.Verb, Kind: t.Kind, By: stamp(t.By),
				Refs: t.Refs, Late: !t.By.IsZero() && t.By.Before(a.Now())})
		}
		return err
	})
	return out, err
}

type glassIn struct {
	ID   ledger.ThreadID `path:"id"`
	Body struct {
		Reason string `json:"reason" minLength:"3"`
	}
}

type glass struct {
	ID      string `json:"id"`
	Expires string `json:"expires"`
}

func (a *API) breakGlass(ctx context.Context, in *glassIn) (*answer[glass], error) {
	g, err := a.Door.BreakGlass(ctx, callerOf(ctx).Who, in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &answer[glass]{glass{g.ID, stamp(g.Expires)}}, nil
}

type seen struct {
	At     string `json:"at"`
	Person string `json:"person"`
	Action string `json:"action"`
	Why    string `json:"why" doc:"The rule that allowed it"`
	Origin string `json:"origin"`
}

func (a *API) accessLog(ctx context.Context, in *threadIn) (*answer[items[seen]], error) {
	caller := callerOf(ctx)
	out := &answer[items[seen]]{Body: items[seen]{Items: []seen{}}}
	var refused error
	err := a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		d, _, err := a.Door.In(tx).Decide(ctx, caller.Who, access.ReadAccessLog, in.ID)
		if err != nil {
			return err
		}
		if !d.Allowed {
			refused = &access.Denial{Action: access.ReadAccessLog, Reason: d.Reason}
			return nil
		}
		list, err := access.LogOf(ctx, tx, in.ID, 500)
		for _, s := range list {
			name := string(s.Person)
			if p, err := people.Get(ctx, tx, s.Person); err == nil {
				name = p.DisplayName
			}
			out.Body.Items = append(out.Body.Items, seen{stamp(s.At), name, string(s.Action), s.Why, s.Origin})
		}
		return err
	})
	return out, errors.Join(err, refused)
}
