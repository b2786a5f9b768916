package face

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
)

// keepDraft keeps what people type before they send it.
func keepDraft(q *Request) error {
	if err := q.ReadForm(); err != nil {
		return err
	}
	fields := url.Values{}
	for name, values := range q.PostForm {
		if name != "csrf_token" && !strings.Contains(name, "password") {
			fields[name] = values
		}
	}
	err := q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		return desk.KeepDraft(ctx, tx, q.Desk.Now(), q.Caller.Person, q.PathValue("form"), fields)
	})
	if err != nil {
		return err
	}
	q.W.WriteHeader(http.StatusNoContent)
	return nil
}

// Draft gives what the person has typed into a form before, and a word on when it was saved; nothing typed gives the fallback.
func (q *Request) Draft(form string, fallback url.Values) (fields url.Values, saved string, err error) {
	var d desk.Draft
	var found bool
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		d, found, err = desk.DraftOf(ctx, tx, q.Caller.Person, form)
		return err
	})
	if err != nil || !found {
		return fallback, "", err
	}
	return d.Fields, q.P("case.draft.saved", map[string]any{"when": lang.Relative(q.Lang, d.Updated, q.Desk.Now())}), nil
}

// DropDraft forgets a draft after its form was taken. What was said stands whether or not this works, so a fault is only logged.
func (q *Request) DropDraft(form string) {
	err := q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		return desk.DropDraft(ctx, tx, q.Caller.Person, form)
	})
	if err != nil {
		q.Desk.Log.Error("dropping a draft", "err", err)
	}
}

// DraftURL is where the browser keeps the draft of a form.
func DraftURL(form string) string { return "/drafts/" + url.PathEscape(form) }
