package cases

import (
	"cmp"
	"context"
	"errors"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/record"
	"consilium/web/api"
)

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

// tasksIn asks for a page of the tasks, the earliest date first and those without one last. A task that is done meanwhile is gone; none is lost or comes twice.
type tasksIn struct {
	After string `query:"after" doc:"The next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" doc:"Left out: the first two hundred with a date, and the first two hundred without"`
}

func (a operations) taskPage(ctx context.Context, tx ledger.Tx, caller desk.Caller, in tasksIn) (list []casebook.OpenTask, next string, err error) {
	if in.Limit == 0 && in.After == "" {
		list, err := a.TasksOf(ctx, tx, caller, casebook.TaskQuery{Limit: mostTasks, Dated: true})
		if err != nil {
			return nil, "", err
		}
		undated, err := a.TasksOf(ctx, tx, caller, casebook.TaskQuery{Limit: mostTasks, Undated: true})
		return append(list, undated...), "", err
	}
	q := casebook.TaskQuery{Limit: cmp.Or(in.Limit, mostTasks)}
	if in.After != "" {
		if q.After, err = casebook.TaskAfter(in.After); err != nil {
			return nil, "", errors.Join(desk.ErrInput, err)
		}
	}
	if list, err = a.TasksOf(ctx, tx, caller, q); err == nil && len(list) == q.Limit {
		next = list[q.Limit-1].Cursor()
	}
	return list, next, err
}

func (a operations) listTasks(ctx context.Context, in *tasksIn) (*api.Answer[api.Items[task]], error) {
	caller, l := api.CallerOf(ctx), api.LanguageOf(ctx)
	out := &api.Answer[api.Items[task]]{Body: api.Items[task]{Items: []task{}}}
	if err := access.Need(caller.Who, access.List, access.What{Of: casebook.Governance}); err != nil {
		return nil, err
	}
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, next, err := a.taskPage(ctx, tx, caller, *in)
		out.Body.Next = next
		for _, t := range list {
			out.Body.Items = append(out.Body.Items, task{Case: t.Thread, Title: t.Title, What: t.What.In(l), Verb: t.Verb, Kind: t.Kind, By: api.Stamp(t.By),
				Refs: t.Refs, Late: record.Past(t.By, a.Now())})
		}
		return err
	})
	return out, err
}
