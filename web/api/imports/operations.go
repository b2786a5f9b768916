// Package imports takes a hospital's history over, and says how its jobs stand.
package imports

import (
	"context"
	"strings"

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
			id, err := a.OrderImport(ctx, api.CallerOf(ctx).Who, []byte(in.Body.Mapping), strings.NewReader(in.Body.CSV))
			return &api.Answer[jobMade]{Body: jobMade{id}}, err
		})
	api.Add(s, "GET", "/jobs/{id}", desk.ScopeRead, "How far a job is", a.getJob)
	api.Add(s, "DELETE", "/jobs/{id}", desk.ScopeWrite, "End a job", a.cancelJob)
}
