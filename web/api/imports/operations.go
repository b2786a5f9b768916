// Package imports takes a hospital's history over, and says how its jobs stand.
package imports

import (
	"bytes"
	"context"

	"consilium/desk"
	"consilium/web/api"
)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// Operations are everything of this group.
func Operations(s *api.API) {
	a := operations{s}
	api.AddSized(s, "POST", "/imports", desk.ScopeWrite, maxImport, "Take a hospital's history over: a table and a mapping become ordinary entries. A job.",
		func(ctx context.Context, in *newImport) (*api.Answer[jobMade], error) {
			table := in.Body.Table
			if len(table) == 0 {
				table = []byte(in.Body.CSV)
			}
			id, err := a.OrderImport(ctx, api.CallerOf(ctx).Who, desk.NewImport{Mapping: []byte(in.Body.Mapping), Table: bytes.NewReader(table), DryRun: in.Body.DryRun, Language: api.LanguageOf(ctx)})
			return &api.Answer[jobMade]{Body: jobMade{id}}, err
		})
	api.AddSized(s, "POST", "/imports/look", desk.ScopeRead, maxLook, "How a table is written, with its first rows: for somebody to confirm before it is taken over", a.lookAt)
	s.Stream("GET", "/jobs/{id}/file", desk.ScopeRead, "What a job made, as a file: of an import the refused rows, each with why. For who ordered it", a.getJobFile)
	api.Add(s, "GET", "/jobs/{id}", desk.ScopeRead, "How far a job is. What it says is for who ordered it, or may read the case that it is about; an administrator is told how far it is and no more", a.getJob)
	api.Add(s, "DELETE", "/jobs/{id}", desk.ScopeWrite, "End a job of your own, or one about a case in which you may say something", a.cancelJob)
}
