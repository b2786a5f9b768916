package page

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
)

// draftRoutes keep what people type before they send it.
func (s *Server) draftRoutes() { s.handle("POST /drafts/{form}", keepDraft) }

func keepDraft(q *request) error {
	if err := q.readForm(); err != nil {
		return err
	}
	fields := url.Values{}
	for name, values := range q.PostForm {
		if name != "csrf_token" && !strings.Contains(name, "password") {
			fields[name] = values
		}
	}
	err := q.s.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		return desk.KeepDraft(ctx, tx, q.s.Now(), q.caller.Person, q.PathValue("form"), fields)
	})
	if err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

// draft gives what the person has typed into a form before, and a word on when it was saved; nothing typed gives the fallback.
func (q *request) draft(form string, fallback url.Values) (fields url.Values, saved string, err error) {
	var d desk.Draft
	var found bool
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		d, found, err = desk.DraftOf(ctx, tx, q.caller.Person, form)
		return err
	})
	if err != nil || !found {
		return fallback, "", err
	}
	return d.Fields, q.p("case.draft.saved", map[string]any{"when": lang.Relative(q.lang, d.Updated, q.s.Now())}), nil
}

// dropDraft forgets a draft after its form was taken. What was said stands whether or not this works, so a fault is only logged.
func (q *request) dropDraft(form string) {
	err := q.s.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		return desk.DropDraft(ctx, tx, q.caller.Person, form)
	})
	if err != nil {
		q.s.Log.Error("dropping a draft", "err", err)
	}
}

func draftURL(form string) string { return "/drafts/" + url.PathEscape(form) }
