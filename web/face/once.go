package face

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"consilium/desk"
)

// Every page has a mark in its form token. A form of one page that comes twice with the same words (pressed twice, sent again by the browser after the line
// broke, sent again after the node was restarted) is done once, and the second is sent to where the first led. A form with a draft has that from its line.

// onceWaits is how long the second of two waits for the first that is at work.
const (
	onceWaits = 10 * time.Second
	onceLooks = 50 * time.Millisecond
)

// pageMark is the mark of this page, made when its first form is.
func (q *Request) pageMark() string {
	if q.mark == "" {
		q.mark = rand.Text()
	}
	return q.mark
}

// asksOnce tells whether a request is a form of a page without a line, from somebody who has signed in. Islands ask by a header, and say themselves what is new.
func (q *Request) asksOnce() bool {
	return q.Method == http.MethodPost && q.Caller.Person != "" && q.Header.Get("X-CSRF-Token") == "" && q.PostForm.Get(draftLine) == "" &&
		!strings.Contains(q.Header.Get("Accept"), "application/json")
}

// once has a form done, or sends the browser to where the same form led before. Only a form that led somewhere is kept: one that was shown again with a fault,
// or that failed, may come again.
func (q *Request) once(h Handler) error {
	if !q.asksOnce() {
		return h(q)
	}
	asked := q.asked()
	before, err := q.begin(asked)
	if err != nil {
		return err
	}
	if before != nil {
		return q.See(string(before.Body))
	}
	kept := &sentOn{ResponseWriter: q.W}
	q.W = kept
	failed := h(q)
	answer := desk.Answer{Status: http.StatusServiceUnavailable} // forgotten
	if failed == nil && kept.to != "" {
		answer = desk.Answer{Status: http.StatusSeeOther, Body: []byte(kept.to)}
	}
	if err := q.Desk.Answered(context.WithoutCancel(q.Context()), asked, answer); err != nil {
		q.Desk.Log.Error("keeping where a form led", "err", err)
	}
	return failed
}

// begin gives where the same form led before; nil: this is the first. It waits while the first is at work.
func (q *Request) begin(asked desk.Asked) (*desk.Answer, error) {
	ctx, cancel := context.WithTimeout(q.Context(), onceWaits)
	defer cancel()
	look := time.NewTicker(onceLooks)
	defer look.Stop()
	for {
		before, err := q.Desk.Once(ctx, asked)
		if !errors.Is(err, desk.ErrKeyOpen) {
			return before, err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// asked names a form: whose, of which page, to where, with which words. Of files their names and sizes stand for them.
func (q *Request) asked() desk.Asked {
	words := url.Values{}
	for name, values := range q.PostForm {
		words[name] = values
	}
	if q.MultipartForm != nil {
		for name, files := range q.MultipartForm.File {
			for _, f := range files {
				words["\x00"+name] = append(words["\x00"+name], f.Filename, strconv.FormatInt(f.Size, 10))
			}
		}
	}
	what := strings.Join([]string{"form", q.URL.RequestURI(), words.Encode()}, "\x00")
	return desk.AskedBy(q.Caller, Credential(q.Desk, q.Request), what, nil)
}

// sentOn remembers to where the browser was sent.
type sentOn struct {
	http.ResponseWriter
	to string
}

func (s *sentOn) WriteHeader(status int) {
	if status == http.StatusSeeOther {
		s.to = s.Header().Get("Location")
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *sentOn) Unwrap() http.ResponseWriter { return s.ResponseWriter }
