package images

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"consilium/desk"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/ui"
)

// lookData is a look as the viewer's script hears it.
type lookData struct {
	desk.Look
	Entry    string `json:"entry"` // of the study
	Hospital string `json:"hospital"`
	Initials string `json:"initials"`
	Hue      int    `json:"hue"`
	Shape    int    `json:"shape"`
}

// show tells those who look at the same study where this person looks.
func (g *group) show(q *face.Request) error {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	entry := q.PathValue("entry")
	if err != nil || q.FormValue("t") != ticket(q, id, entry) {
		return desk.ErrNotHere
	}
	study, err := g.study(q, id, entry)
	if err != nil {
		return err
	}
	if err := shown(q, id, study.Hash); err != nil {
		return err
	}
	var l desk.Look
	if err := json.NewDecoder(q.Body).Decode(&l); err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	if i, ok := study.Find(l.Instance); l.Instance != "" && (!ok || i.Image == nil || l.Frame >= len(i.Image.Frames)) {
		return desk.ErrNotHere
	}
	if err := q.Desk.ShowLook(q.Context(), q.Caller, id, study.Hash, l); err != nil {
		return err
	}
	q.W.WriteHeader(http.StatusNoContent)
	return nil
}

const (
	// stillMay is how long after it was asked a page may still see what others show.
	stillMay  = 2 * time.Second
	lineAlive = 20 * time.Second // what keeps the line open through proxies, and finds out that nobody listens
)

// watching is an open page that others' looks are told to.
type watching struct {
	q       *face.Request
	thread  ledger.ThreadID
	asked   time.Time
	studies map[ledger.Hash]string // entries by manifest: those that the person may see now
}

// looks tells the page where others look, as long as its reader may see the images. The page opened the case before, and that was recorded.
func looks(q *face.Request) error {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil || q.FormValue("t") != ticket(q, id, looksTicket) {
		return desk.ErrNotHere
	}
	q.Header.Set(face.LiveHeader, "1")
	w := &watching{q: q, thread: id}
	if err := w.ask(); err != nil {
		return err
	}
	list, stop := q.Desk.Looking.Watch(id)
	defer stop()
	line := http.NewResponseController(q.W)
	line.SetWriteDeadline(time.Time{}) // a server that forbids this ends the stream by its own deadline, and the page asks again
	q.W.Header().Set("Content-Type", "text/event-stream")
	q.W.Header().Set("X-Accel-Buffering", "no")
	alive := time.NewTicker(lineAlive)
	defer alive.Stop()
	for text := "retry: 3000\n\n"; ; {
		if _, err := io.WriteString(q.W, text); err != nil || line.Flush() != nil {
			return nil
		}
		text = ""
		select {
		case <-q.Context().Done():
			return nil
		case <-q.Desk.Leaving():
			return nil
		case <-alive.C:
			text = ": alive\n\n"
			err = w.ask()
		case l := <-list:
			text, err = w.told(l)
		}
		if err != nil {
			return nil // signed out, or nothing to see here any more
		}
	}
}

// looksTicket is what the stream's ticket is for, beside the entries of studies.
const looksTicket = "looks"

// looks is where the page hears of others.
func (w viewerView) looks() string {
	return w.v.Path("images", "looks") + "?t=" + ticket(w.q, w.v.Thread, looksTicket)
}

// ask looks who is asking and what of the case they may see.
func (w *watching) ask() error {
	caller, err := face.Caller(w.q.Desk, w.q.Request)
	if err != nil {
		return err
	}
	w.asked = w.q.Now()
	w.studies = map[ledger.Hash]string{}
	return w.q.Desk.View(w.q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		may, err := w.q.Desk.MaySee(ctx, tx, caller, w.thread)
		if err != nil || !may {
			return errors.Join(desk.ErrNotHere, err)
		}
		log, err := w.q.Desk.Book.Log(ctx, tx, w.thread)
		if err != nil {
			return err
		}
		for _, s := range log.Said {
			if s.Content == nil || s.Erased {
				continue
			}
			for _, b := range s.Content.Blobs {
				w.studies[b.Hash] = s.Hash.String()
			}
		}
		return nil
	})
}

// told is a look as an event; "" is nothing that this reader may hear.
func (w *watching) told(l desk.Look) (string, error) {
	if w.q.Now().Sub(w.asked) > stillMay || w.studies[l.Study] == "" {
		if err := w.ask(); err != nil {
			return "", err
		}
	}
	entry := w.studies[l.Study]
	if entry == "" || shown(w.q, w.thread, l.Study) != nil {
		return "", nil
	}
	var h ui.Hospital
	err := w.q.Desk.View(w.q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		h = w.q.HospitalLook(ctx, tx, l.Hospital)
		return nil
	})
	if err != nil {
		return "", err
	}
	l.Name = w.q.Person(l.Name)
	text, err := json.Marshal(lookData{l, entry, h.Name, h.Initials, h.Hue, h.Shape})
	if err != nil {
		return "", err
	}
	return "event: look\ndata: " + string(text) + "\n\n", nil
}
