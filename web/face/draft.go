package face

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/ui"
)

// The fields by which a form and its draft find each other. They are no answers.
const (
	draftLine    = "_draft"   // the line
	draftHere    = "_here"    // the address of the form, draft included
	draftVersion = "_version" // that the words go on from
	draftFocus   = "_focus"   // the field with the cursor
	draftTab     = "_tab"     // the tab that wrote it, for its next page
)

// DraftParam names a line in the address of its form, so that a reload, another language, a sign-in or the back button lead to the same words.
const DraftParam = "draft"

// Drafting is the draft of a form while it is filled in.
type Drafting struct {
	Form    string // which form, about which case
	Line    string // of this tab
	Version int64  // 0: nothing is kept yet
	Saved   string // when it was kept, in words
	Focus   string // the field in which the cursor was
	Others  []ui.DraftOffer
	Ended   *desk.DraftEnded // the line of the address led to this: what is shown now is a new one
}

// Draft gives what the person typed before in the line of the address, and otherwise what the form begins with. Other drafts of the same form are offered, never filled in.
func (q *Request) Draft(form string, begun url.Values) (fields url.Values, d Drafting, err error) {
	d = Drafting{Form: form, Line: q.URL.Query().Get(DraftParam)}
	fields = begun
	var others []desk.Draft
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		if d.Ended, err = desk.DraftEnd(ctx, tx, q.Caller.Person, d.Line); err != nil {
			return err
		}
		others, err = desk.DraftsOf(ctx, tx, q.Caller.Person, form)
		return err
	})
	if err != nil {
		return begun, d, err
	}
	if d.Ended != nil || !desk.DraftLine(d.Line) {
		d.Line = rand.Text()
	}
	for _, o := range others {
		if o.Line != d.Line {
			d.Others = append(d.Others, q.draftOffer(o))
			continue
		}
		fields, d.Version, d.Focus = o.Fields, o.Version, o.Fields.Get(draftFocus)
		d.Saved = q.P("case.draft.saved", map[string]any{"when": lang.Relative(q.Lang, o.Updated, q.Desk.Now())})
		fields.Del(draftFocus)
		fields.Del(draftTab)
	}
	return fields, d, nil
}

func (q *Request) draftOffer(o desk.Draft) ui.DraftOffer {
	at := o.URL
	if at == "" {
		at = DraftPath(q.URL.RequestURI(), o.Line)
	}
	return ui.DraftOffer{Text: q.P("case.draft.yours", map[string]any{"when": q.Moment(o.Updated)}), URL: at, Line: o.Line, Discard: DraftURL(o.Form) + "/discard"}
}

// Posted is the draft of a form that came with an answer, which is shown again.
func (q *Request) Posted(form string) Drafting {
	d := Drafting{Form: form, Line: q.PostForm.Get(draftLine)}
	if !desk.DraftLine(d.Line) {
		d.Line = rand.Text()
	}
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		here, _, err := desk.DraftOf(ctx, tx, q.Caller.Person, d.Line)
		d.Version = here.Version
		return err
	})
	if err != nil {
		q.Desk.Log.Error("reading a draft", "err", err)
	}
	return d
}

// View is the draft as its form carries it; here is the address of the form.
func (d Drafting) View(q *Request, here string) ui.DraftView {
	v := ui.DraftView{URL: DraftURL(d.Form), Line: d.Line, Version: d.Version, Owner: string(q.Caller.Person), Here: DraftPath(here, d.Line), Focus: d.Focus, Others: d.Others,
		Posted: q.Method != http.MethodGet}
	v.SignIn = "/sign-in?to=" + url.QueryEscape(v.Here)
	if e := d.Ended; e != nil && e.Entry != "" {
		v.Ended = &ui.Notice{Sort: ui.Info, Text: q.P("case.draft.sent", nil), URL: e.At, Do: q.P("case.draft.see", nil)}
	}
	return v
}

// DraftPath is an address with a line in it.
func DraftPath(path, line string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	query := u.Query()
	query.Set(DraftParam, line)
	u.RawQuery = query.Encode()
	return u.RequestURI()
}

// DraftURL is where the browser keeps the drafts of a form.
func DraftURL(form string) string { return "/drafts/" + url.PathEscape(form) }

// EndDraft gives what ends the draft of the posted form once it has led to an entry, in the transaction that says it: an answer that comes twice is one entry.
func (q *Request) EndDraft(at string) func(context.Context, ledger.Tx, *ledger.Entry) error {
	return func(ctx context.Context, tx ledger.Tx, e *ledger.Entry) error {
		return desk.EndDraft(ctx, tx, q.Desk.Now(), q.Caller.Person, q.PostForm.Get(draftLine), e.Hash.String(), at+"#e-"+e.Hash.Short())
	}
}

// EndDraftAs ends the draft of the posted form, which has led to something that is not one entry.
func (q *Request) EndDraftAs(ctx context.Context, tx ledger.Tx, what, at string) error {
	return desk.EndDraft(ctx, tx, q.Desk.Now(), q.Caller.Person, q.PostForm.Get(draftLine), what, at)
}

// Sent gives the address that an answer has led to before, and whether it has: it was pressed twice, or its page never came.
func (q *Request) Sent() (string, bool) {
	line := q.PostForm.Get(draftLine)
	if line == "" {
		return "", false
	}
	var ended *desk.DraftEnded
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		ended, err = desk.DraftEnd(ctx, tx, q.Caller.Person, line)
		return err
	})
	if err != nil || ended == nil || ended.Entry == "" {
		return "", false
	}
	return ended.At, true
}

// formAddress is the form that an answer came from, where the answer could not be taken: its words wait there. Empty: it keeps no draft.
func (q *Request) formAddress() string {
	if q.Method != http.MethodPost || strings.Contains(q.Header.Get("Accept"), "application/json") || q.ReadForm() != nil || q.PostForm.Get(draftLine) == "" {
		return ""
	}
	return OwnAddress(q.PostForm.Get(draftHere))
}

// OwnAddress gives an address back if it is one of ours, and nothing otherwise: nobody is sent on to another site.
func OwnAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") {
		return ""
	}
	return u.RequestURI()
}

// keepDraft keeps what people type before they send it.
func keepDraft(q *Request) error {
	if err := q.ReadForm(); err != nil {
		return err
	}
	d := desk.Draft{Form: q.PathValue("form"), Line: q.PostForm.Get(draftLine), URL: OwnAddress(q.PostForm.Get(draftHere)), Fields: url.Values{}}
	d.Version, _ = strconv.ParseInt(q.PostForm.Get(draftVersion), 10, 64)
	for name, values := range q.PostForm {
		if name != "csrf_token" && name != draftLine && name != draftHere && name != draftVersion && !strings.Contains(name, "password") {
			d.Fields[name] = values
		}
	}
	err := q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		d, err = desk.KeepDraft(ctx, tx, q.Desk.Now(), q.Caller.Person, d)
		return err
	})
	return q.draftAnswer(d, err)
}

// draftState tells a browser what became of a line.
func draftState(q *Request) error {
	line := q.PathValue("line")
	var d desk.Draft
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		ended, err := desk.DraftEnd(ctx, tx, q.Caller.Person, line)
		if err == nil && ended != nil {
			return ended
		}
		if err == nil {
			d, _, err = desk.DraftOf(ctx, tx, q.Caller.Person, line)
		}
		return err
	})
	return q.draftAnswer(d, err)
}

// draftAnswer is the node's word on a draft: 200 it is kept, 409 there are newer words, 410 it has ended and the entry's hash says with what. The token is for a page
// that was open while its session ended and another began.
func (q *Request) draftAnswer(d desk.Draft, err error) error {
	var newer *desk.DraftNewer
	var ended *desk.DraftEnded
	status, says := http.StatusOK, map[string]any{"csrf": q.CSRF()}
	switch {
	case errors.As(err, &newer):
		status, d = http.StatusConflict, newer.Draft
		says["fields"] = d.Fields
	case errors.As(err, &ended):
		status = http.StatusGone
		says["entry"], says["at"] = ended.Entry, ended.At
	case err != nil:
		return err
	}
	says["version"] = d.Version
	q.W.Header().Set("Content-Type", "application/json")
	q.W.WriteHeader(status)
	q.JSON(says)
	return nil
}

// discardDraft ends a line whose words are not wanted.
func discardDraft(q *Request) error {
	line := q.PostForm.Get("line")
	err := q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		return desk.EndDraft(ctx, tx, q.Desk.Now(), q.Caller.Person, line, "", "")
	})
	var ended *desk.DraftEnded
	if err != nil && !errors.As(err, &ended) {
		return err
	}
	return q.See(withoutDraft(OwnAddress(q.PostForm.Get("back")), line))
}

// withoutDraft is an address that does not lead to a line any more.
func withoutDraft(address, line string) string {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return "/"
	}
	query := u.Query()
	if query.Get(DraftParam) == line {
		query.Del(DraftParam)
	}
	u.RawQuery = query.Encode()
	return u.RequestURI()
}
