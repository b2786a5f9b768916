package registry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"rsc.io/qr"

	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/registry/reply"
	"consilium/web/face"
	"consilium/web/ui"
)

// linkView is a patient's link as who hands it over sees it.
type linkView struct {
	Head   ui.HeadView
	URL    string
	Path   string // of the QR code's dark squares
	Size   int
	Facts  []ui.Fact
	Revoke *ui.ConfirmView
	Paper  string
}

// makeLink makes a link for one follow-up of one patient, in the language of the reader.
func makeLink(q *face.Request) error {
	if err := needCases(q); err != nil {
		return err
	}
	thread, err := ledger.ParseThreadID(q.PostForm.Get("thread"))
	place, wrong := strconv.Atoi(q.PostForm.Get("place"))
	pack := q.Desk.Packs(q.PathValue("pathway"), "")
	if err := errors.Join(err, wrong); err != nil || pack == nil || pack.FollowUp(q.PostForm.Get("at")) == nil {
		return errors.Join(desk.ErrInput, err)
	}
	var l reply.Link
	err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		if may, err := q.Desk.MaySee(ctx, tx, q.Caller, thread); err != nil || !may {
			return errors.Join(desk.ErrNotHere, err)
		}
		p, err := casebook.IdentityOf(ctx, tx, thread)
		if err != nil && !errors.Is(err, casebook.ErrNoIdentity) {
			return err
		}
		a, err := askedFor(q, ctx, tx, thread, pack, q.PostForm.Get("at"))
		if err != nil {
			return err
		}
		l, err = reply.Make(ctx, tx, q.Now(), reply.Link{Thread: thread, Place: place, Pathway: pack.ID, Pack: pack.Version, Schedule: a.best(), Lang: q.Lang, By: q.Caller.Person,
			Born: q.PostForm.Get("born") == "true" && len(p.BirthDate) == len(time.DateOnly)})
		return err
	})
	if err != nil {
		return err
	}
	return q.See(linkPath(pack.ID, l.ID))
}

// appointment is the one that somebody means, with what an answer of today would be of.
type appointment struct {
	meant casebook.DueState
	over  bool   // its window has closed
	today string // the appointment whose window is open today; empty: none
}

// best is the appointment that a link asks for: the one that is meant, or, where its window has closed, the one whose window is open today.
func (a appointment) best() string {
	if a.over {
		return cmp.Or(a.today, a.meant.ID)
	}
	return a.meant.ID
}

func askedFor(q *face.Request, ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, pack *pathway.Pack, at string) (a appointment, err error) {
	log, err := q.Desk.Book.Log(ctx, tx, thread)
	if err != nil {
		return a, err
	}
	c, day := casebook.Fold(log), q.Now().Format(time.DateOnly)
	list := c.Appointments(pack)
	a.meant.ID, a.over = at, true // of an earlier operation, or of none: nobody waits for it
	if i := slices.IndexFunc(list, func(d casebook.DueState) bool { return d.ID == at }); i >= 0 {
		a.meant, a.over = list[i], list[i].Over(day)
	}
	if open, ok := c.On(list, at, day); ok {
		a.today = open.ID
	}
	return a, nil
}

// belongs says which appointment an answer of today is of.
func (a appointment) belongs(q *face.Request, pack *pathway.Pack) string {
	if a.today != "" {
		return visitName(q, pack, a.today)
	}
	return q.P("registry.link.outside", nil)
}

func linkPath(pathway, id string) string {
	return "/registry/" + url.PathEscape(pathway) + "/links/" + url.PathEscape(id)
}

func linkPage(q *face.Request) error {
	if err := needCases(q); err != nil {
		return err
	}
	var l reply.Link
	var a appointment
	pack := q.Desk.Packs(q.PathValue("pathway"), "")
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		if l, err = reply.Get(ctx, tx, q.PathValue("link")); err == nil && pack != nil {
			a, err = askedFor(q, ctx, tx, l.Thread, pack, l.Schedule)
		}
		return err
	})
	if err != nil || pack == nil || l.Pathway != q.PathValue("pathway") {
		return errors.Join(desk.ErrNotHere, err)
	}
	v := linkView{Head: ui.HeadView{Title: q.P("registry.link.title", nil), Sub: q.P("registry.link.lead", nil), Back: ui.Link{Label: q.P("registry.page.calls", nil), URL: "/registry/" + url.PathEscape(l.Pathway) + "/overdue"}},
		Paper: q.P("registry.link.paper", nil)}
	v.Facts = []ui.Fact{{Label: q.P("registry.page.case", nil), Content: face.SmallLink(casebook.Number(l.Thread), casePath(l.Thread))},
		{Label: q.P("registry.page.appointment", nil), Value: visitName(q, pack, l.Schedule)}, {Label: q.P("registry.link.belongs", nil), Value: a.belongs(q, pack)},
		{Label: q.P("registry.link.ends", nil), Value: q.Moment(l.Expires)}, {Label: q.P("registry.link.state", nil), Value: stateOf(q, &l)}}
	if l.State(q.Now()) == nil {
		if err := v.show(q, &l); err != nil {
			return err
		}
	}
	d := q.Data(v.Head.Title, "registry")
	d.Scripts = []string{"copy.js"}
	return q.Show(d, linkContent(q, v))
}

// show draws the code of a link that is open.
func (v *linkView) show(q *face.Request, l *reply.Link) (err error) {
	if v.URL, err = q.Desk.ReplyURL(q.Context(), l); err != nil {
		return err
	}
	code, err := qr.Encode(v.URL, qr.M)
	if err != nil {
		return fmt.Errorf("drawing the code of a link: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	v.Path, v.Size = path.String(), code.Size+2*quiet
	v.Revoke = &ui.ConfirmView{ID: "revoke", Open: q.P("registry.link.revoke", nil), Title: q.P("registry.link.revoke", nil), Text: q.P("registry.link.lead", nil),
		Action: linkPath(l.Pathway, l.ID) + "/revoke", CSRF: q.CSRF(), Do: q.P("registry.link.revoke", nil), Danger: true, Quiet: true}
	return nil
}

// quiet is the empty margin around a QR code, in squares (ISO/IEC 18004 wants four).
const quiet = 4

// stateOf says how far a link came.
func stateOf(q *face.Request, l *reply.Link) string {
	switch err := l.State(q.Now()); {
	case errors.Is(err, reply.ErrAnswered):
		return q.P("registry.link.answered", map[string]any{"when": q.Moment(l.Answered)})
	case errors.Is(err, reply.ErrRevoked):
		return q.P("registry.link.revoked", nil)
	case errors.Is(err, reply.ErrTries):
		return q.P("registry.link.tries", nil)
	case errors.Is(err, reply.ErrExpired):
		return q.P("registry.link.expired", nil)
	case !l.Opened.IsZero():
		return q.P("registry.link.opened", map[string]any{"when": q.Moment(l.Opened)})
	}
	return q.P("registry.link.sent", map[string]any{"when": q.Moment(l.Made)})
}

func revokeLink(q *face.Request) error {
	if err := needCases(q); err != nil {
		return err
	}
	err := q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		return reply.Revoke(ctx, tx, q.Now(), q.PathValue("link"))
	})
	if err != nil {
		return err
	}
	return q.See(linkPath(q.PathValue("pathway"), q.PathValue("link")))
}

// asked notes in one tap that the patient was asked and did not answer.
func asked(q *face.Request) error {
	if err := needCases(q); err != nil {
		return err
	}
	thread, err := ledger.ParseThreadID(q.PostForm.Get("thread"))
	if err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		if may, err := q.Desk.MaySee(ctx, tx, q.Caller, thread); err != nil || !may {
			return errors.Join(desk.ErrNotHere, err)
		}
		return casebook.NoAnswer(ctx, tx, q.Now(), thread, q.Caller.Person)
	})
	if err != nil {
		return err
	}
	return q.See("/registry/" + url.PathEscape(q.PathValue("pathway")) + "/overdue?done=board-no-answer")
}

// askedSoFar is what was tried for a follow-up: the link as long as it is open, and calls since the time of the appointment was over.
func askedSoFar(q *face.Request, ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, at string, since time.Time) (note, link string, err error) {
	calls, err := casebook.CallsOf(ctx, tx, thread, since)
	if err != nil {
		return "", "", err
	}
	if calls.Count > 0 {
		note = q.P("registry.link.tried", map[string]any{"count": calls.Count})
	}
	l, err := reply.Last(ctx, tx, thread, at)
	if errors.Is(err, reply.ErrUnknown) {
		return note, "", nil
	}
	if err != nil {
		return "", "", err
	}
	if l.State(q.Now()) == nil {
		link = linkPath(l.Pathway, l.ID)
	}
	return face.JoinDots(stateOf(q, &l), note), link, nil
}
