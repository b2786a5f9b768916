package cases

import (
	"context"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
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

func (a operations) listTasks(ctx context.Context, _ *struct{}) (*api.Answer[api.Items[task]], error) {
	caller, l := api.CallerOf(ctx), api.LanguageOf(ctx)
	out := &api.Answer[api.Items[task]]{Body: api.Items[task]{Items: []task{}}}
	if err := access.Need(caller.Who, access.List, access.What{Of: casebook.Governance}); err != nil {
		return nil, err
	}
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err := a.TasksOf(ctx, tx, caller, casebook.TaskQuery{Limit: mostTasks, Dated: true})
		if err != nil {
			return err
		}
		undated, err := a.TasksOf(ctx, tx, caller, casebook.TaskQuery{Limit: mostTasks, Undated: true})
		for _, t := range append(list, undated...) {
			out.Body.Items = append(out.Body.Items, task{Case: t.Thread, Title: t.Title, What: t.What.In(l), Verb: t.Verb, Kind: t.Kind, By: api.Stamp(t.By),
				Refs: t.Refs, Late: !t.By.IsZero() && t.By.Before(a.Now())})
		}
		return err
	})
	return out, err
}
