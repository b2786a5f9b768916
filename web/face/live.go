package face

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"consilium/desk"
	"consilium/ledger"
)

// heartbeat keeps the line open through proxies that cut silent ones, and finds out that nobody listens any more.
const heartbeat = 20 * time.Second

// liveURL is the stream for a page that was drawn at a mark.
func liveURL(mark string) string { return "/live?since=" + url.QueryEscape(mark) }

// live tells the page which threads have changed: those that its reader may see, and no others. It begins with what changed since the page was drawn,
// or since the last event before its line broke. It ends with the request, and with the session.
func (q *Request) live() error {
	q.Header.Set(LiveHeader, "1") // what the stream asks while it lasts is not the reader's doing
	flusher := http.NewResponseController(q.W)
	flusher.SetWriteDeadline(time.Time{}) // a server that forbids this ends the stream by its own deadline, and the page asks again
	h := q.W.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	wake, changed, stop := q.Desk.Live.Listen()
	defer stop()
	if q.event(flusher, "retry: 3000\n\n") != nil || q.missed(flusher) != nil {
		return nil
	}
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-q.Context().Done():
			return nil
		case <-q.Desk.Leaving():
			return nil
		case <-tick.C:
			if _, err := Caller(q.Desk, q.Request); err != nil {
				return nil // signed out meanwhile
			}
			if q.event(flusher, ": alive\n\n") != nil {
				return nil
			}
		case <-wake:
			mark := q.Desk.Live.Mark() // before what changed is asked for: a notice between the two is told twice rather than never
			if q.tell(flusher, mark, changed()) != nil {
				return nil
			}
		}
	}
}

func (q *Request) event(flusher *http.ResponseController, text string) error {
	if _, err := io.WriteString(q.W, text); err != nil {
		return err
	}
	return flusher.Flush()
}

// missed tells what changed while nobody listened: between drawing the page and this stream, or since the line broke (the browser sends the number
// of the last event that it had; HTML, server-sent events).
func (q *Request) missed(flusher *http.ResponseController) error {
	since := cmp.Or(q.Request.Header.Get("Last-Event-ID"), q.FormValue("since"))
	if since == "" {
		return nil
	}
	mark := q.Desk.Live.Mark()
	threads, known := q.Desk.Live.Since(since)
	if !known {
		return q.event(flusher, "id: "+mark+"\nevent: thread\ndata: anew\n\n")
	}
	return q.tell(flusher, mark, threads)
}

func (q *Request) tell(flusher *http.ResponseController, mark string, changed []ledger.ThreadID) error {
	caller, err := Caller(q.Desk, q.Request)
	if err != nil {
		return err
	}
	known, err := q.s.knownTo(q.Context(), caller, changed)
	if err != nil || len(known) == 0 {
		return err
	}
	ids := make([]string, len(known))
	for i, t := range known {
		ids[i] = t.String()
	}
	return q.event(flusher, "id: "+mark+"\nevent: thread\ndata: "+strings.Join(ids, " ")+"\n\n")
}

// knownTo keeps of threads those that somebody may see. Hearing that a thread changed is no reading of it, so nothing is recorded.
func (s *Site) knownTo(ctx context.Context, caller desk.Caller, threads []ledger.ThreadID) (known []ledger.ThreadID, err error) {
	err = s.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for _, t := range threads {
			ok, err := s.MaySee(ctx, tx, caller, t)
			if err != nil {
				return err
			}
			if ok || t == desk.TheNetwork {
				known = append(known, t)
			}
		}
		return nil
	})
	return known, err
}
