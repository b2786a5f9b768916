package reply

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/registry/reply"
	"consilium/web/face"
)

// view is the page of one link.
type view struct {
	Token     string
	Closed    string // why it takes no answer
	Title     string
	AskBirth  bool
	Wrong     string
	Questions []question
	Thanks    bool
}

// question is one question with the answer so far.
type question struct {
	Name, Label, Help, Value, Error string
	Options                         []option
	Long                            bool
	Low, High                       string // of a scale from 0 to 10, what its ends mean; "" for other questions
}

type option struct{ Value, Label string }

// opened finds the link of the address. Guessing is slowed as passwords are; the language is the link's, until the patient chooses another.
func opened(q *face.Request) (l reply.Link, err error) {
	if err := q.Desk.SignIn.Allow(q.Desk.Now(), face.Address(q.Request)); err != nil {
		return l, err
	}
	secret, err := q.Desk.Secrets.Secret(q.Context(), desk.ReplySecret)
	if err != nil {
		return l, err
	}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		l, err = reply.Find(ctx, tx, secret, q.PathValue("token"))
		return err
	})
	if err != nil {
		return l, err
	}
	q.Desk.SignIn.Passed(q.Desk.Now(), face.Address(q.Request))
	if face.CookieOf(q.Request, "lang") == "" {
		q.Lang = l.Lang
	}
	return l, l.State(q.Now())
}

// closings say why a link takes no answer, and with which status.
var closings = []struct {
	err    error
	key    string
	status int
}{{reply.ErrUnknown, "unknown", http.StatusNotFound}, {reply.ErrExpired, "expired", http.StatusGone}, {reply.ErrRevoked, "revoked", http.StatusGone},
	{reply.ErrAnswered, "answered", http.StatusGone}, {reply.ErrTries, "tries", http.StatusGone}}

// closed shows why a link takes no answer. Anything else is an error of the node.
func closed(q *face.Request, err error) error {
	for _, c := range closings {
		if errors.Is(err, c.err) {
			return show(q, c.status, &view{Closed: q.P("registry.reply.closed."+c.key, map[string]any{"hospital": q.Desk.Name})})
		}
	}
	return err
}

// known tells whether this browser told the date of birth, where it is asked.
func known(q *face.Request, l *reply.Link) bool {
	return !l.Born || subtle.ConstantTimeCompare([]byte(face.CookieOf(q.Request, bornCookie)), []byte(q.Sealed("reply-born", l.ID))) == 1
}

const bornCookie = "born"

func show(q *face.Request, status int, v *view) error {
	q.Visitor()
	v.Token = q.PathValue("token")
	v.Title = q.P("registry.reply.title", map[string]any{"hospital": q.Desk.Name})
	d := q.Data(v.Title, "")
	d.Scripts = []string{"reply.js"}
	return q.Render(status, d, replyContent(q, v))
}

func replyPage(q *face.Request) error {
	l, err := opened(q)
	if err != nil {
		return closed(q, err)
	}
	if !known(q, &l) {
		return show(q, http.StatusOK, &view{AskBirth: true})
	}
	if err := q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error { return l.SeeOpened(ctx, tx, q.Now()) }); err != nil {
		return err
	}
	return ask(q, http.StatusOK, &l, nil)
}

// ask shows the questions, with the answers so far and what is wrong with some.
func ask(q *face.Request, status int, l *reply.Link, wrong map[string]string) error {
	pack := q.Desk.PackOfLink(*l)
	if pack == nil {
		return closed(q, reply.ErrExpired)
	}
	fields, _ := reply.Questions(pack, l.Schedule)
	v := &view{}
	for _, f := range fields {
		v.Questions = append(v.Questions, questionOf(q, f, l.Answers[f.ID], wrong[f.ID]))
	}
	return show(q, status, v)
}

// questionOf words a question: of a variable of the core pack in plain words, of any other in the pack's own.
func questionOf(q *face.Request, f pathway.Field, answer, wrong string) question {
	out := question{Name: f.ID, Label: q.PackText(f.Label), Value: answer, Error: wrong, Long: f.Type == pathway.KindText}
	if key := "registry.ask." + f.ID; lang.Has(key) {
		out.Label = q.P(key, nil)
	}
	switch f.Type {
	case pathway.KindBool:
		out.Options = []option{{"true", q.P("registry.reply.yes", nil)}, {"false", q.P("registry.reply.no", nil)}}
	case pathway.KindCode:
		for _, c := range f.Choices {
			out.Options = append(out.Options, option{c.Code, q.PackText(c.Label)})
		}
	case pathway.KindInteger:
		if f.Min == "0" && f.Max == "10" {
			for _, n := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"} {
				out.Options = append(out.Options, option{n, n})
			}
			if lang.Has("registry.low." + f.ID) {
				out.Low, out.High = q.P("registry.low."+f.ID, nil), q.P("registry.high."+f.ID, nil)
			}
		}
	}
	if !out.Long {
		out.Options = append(out.Options, option{reply.DoNotKnow, q.P("registry.reply.unknown", nil)})
	}
	return out
}

// tellBirth lets in who knows the date of birth. Five wrong ones close the link.
func tellBirth(q *face.Request) error {
	l, err := opened(q)
	if err != nil {
		return closed(q, err)
	}
	right := false
	err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		if err := l.Try(ctx, tx); err != nil {
			return err
		}
		p, err := casebook.IdentityOf(ctx, tx, l.Thread)
		if err != nil && !errors.Is(err, casebook.ErrNoIdentity) {
			return err
		}
		right = len(p.BirthDate) == len(time.DateOnly) && subtle.ConstantTimeCompare([]byte(p.BirthDate), []byte(q.PostForm.Get("born"))) == 1
		if right {
			return l.Right(ctx, tx)
		}
		return nil
	})
	if err != nil {
		return closed(q, err)
	}
	if right {
		q.SetCookie(bornCookie, q.Sealed("reply-born", l.ID), int(reply.Lasts.Seconds()))
		return q.See("/reply/" + q.PathValue("token"))
	}
	return show(q, http.StatusUnprocessableEntity, &view{AskBirth: true, Wrong: q.P("registry.reply.wrong", nil)})
}

// most bounds what one save may bring, in bytes.
const most = 64 << 10

// save keeps answers as they are given, and gives all of them: another device goes on from there.
func save(q *face.Request) error {
	l, err := opened(q)
	if err == nil && !known(q, &l) {
		err = desk.ErrSignIn
	}
	if err != nil {
		q.W.WriteHeader(http.StatusGone)
		return nil
	}
	var sent map[string]string
	if err := json.NewDecoder(io.LimitReader(q.Body, most)).Decode(&sent); err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		if l, err = reply.Get(ctx, tx, l.ID); err != nil {
			return err
		}
		return l.Save(ctx, tx, fitting(q, &l, sent))
	})
	if err != nil {
		return err
	}
	return q.JSON(l.Answers)
}

// fitting are the answers that fit their questions; nothing else is kept.
func fitting(q *face.Request, l *reply.Link, sent map[string]string) map[string]string {
	out := map[string]string{}
	if pack := q.Desk.PackOfLink(*l); pack != nil {
		fields, _ := reply.Questions(pack, l.Schedule)
		for _, f := range fields {
			if answer, given := sent[f.ID]; given && reply.Fit(f, answer) {
				out[f.ID] = answer
			}
		}
	}
	return out
}

// send makes the answers an entry of the case, once.
func send(q *face.Request) error {
	l, err := opened(q)
	if err != nil {
		return closed(q, err)
	}
	if !known(q, &l) {
		return q.See("/reply/" + q.PathValue("token"))
	}
	pack := q.Desk.PackOfLink(l)
	if pack == nil {
		return closed(q, reply.ErrExpired)
	}
	sent, wrong := map[string]string{}, map[string]string{}
	fields, _ := reply.Questions(pack, l.Schedule)
	for _, f := range fields {
		if !q.PostForm.Has("a." + f.ID) {
			continue
		}
		sent[f.ID] = q.PostForm.Get("a." + f.ID)
		if !reply.Fit(f, sent[f.ID]) {
			wrong[f.ID] = q.P("registry.reply.unfit", map[string]any{"most": reply.MostWords})
		}
	}
	if len(wrong) > 0 {
		for name, answer := range sent {
			l.Answers[name] = answer
		}
		return ask(q, http.StatusUnprocessableEntity, &l, wrong)
	}
	if err := q.Desk.TakeReply(q.Context(), l.ID, sent); err != nil {
		return closed(q, err)
	}
	return show(q, http.StatusOK, &view{Thanks: true})
}
