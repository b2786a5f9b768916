package stage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"consilium/desk"
	"consilium/lab/rehearsal"
	"consilium/lab/space"
	"consilium/lab/tracking"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/ui"
)

// TrackerView is the part of the lab's page that shows where a tracker's tool is.
type TrackerView struct {
	Q      *face.Request
	Thread ledger.ThreadID
	Stream string // the address of [Tracked]
	By     *rehearsal.Navigated
	Place  string // at which the registration's error is told
}

// names are the trackers that the administrator set up.
func (t *TrackerView) names() (list []ui.Option) {
	if t.Q.Desk.Trackers == nil {
		return nil
	}
	for _, name := range t.Q.Desk.Trackers.Names() {
		list = append(list, ui.Option{Value: name, Label: name})
	}
	return list
}

// frames are what the tracker's coordinates may be: those of a registration, or the images' own.
func (t *TrackerView) frames() (list []ui.Option) {
	if t.By != nil {
		list = append(list, ui.Option{Value: "registration", Label: through(t.Q, t.By, t.Place)})
	}
	return append(list, ui.Option{Value: "ras", Label: t.Q.P("lab.track.ras", nil)})
}

// through names a registration with its error, which is never left out.
func through(q *face.Request, n *rehearsal.Navigated, place string) string {
	if n.Error == nil {
		return q.P("lab.track.registration", map[string]any{"version": n.Version})
	}
	return q.P("lab.track.registered", map[string]any{"version": n.Version, "mm": lang.Decimal(q.Lang, strconv.FormatFloat(n.Error.TRE95, 'f', 1, 64)), "place": place})
}

// trackedData is how things stand with a tracker, as the page's script reads it.
type trackedData struct {
	Link    tracking.Link `json:"link"`
	Why     string        `json:"why,omitempty"`
	Damaged int           `json:"damaged"`
	By      string        `json:"by"` // through which registration
	Devices []toolData    `json:"devices"`
}

type toolData struct {
	Name string    `json:"name"`
	Age  int64     `json:"age_ms"`
	Tip  space.Vec `json:"tip"` // LPS mm
	Axis space.Vec `json:"axis"`
}

// recheck is how often a stream asks anew whether its reader may still see the case, and which registration holds.
const recheck = 5 * time.Second

// Tracked streams where a tracker's tools are in the patient. The tracker is one of the administrator's, by name.
func Tracked(q *face.Request) error {
	t := &trackedStream{q: q}
	if q.Desk.Trackers == nil {
		return desk.ErrNotHere
	}
	if err := t.renew(); err != nil {
		return err
	}
	q.Header.Set(face.LiveHeader, "1")
	t.flusher = http.NewResponseController(q.W)
	t.flusher.SetWriteDeadline(time.Time{}) // a server that forbids this ends the stream by its own deadline, and the page asks again
	h := q.W.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	ctx, end := context.WithCancel(q.Context())
	defer end()
	go func() {
		select {
		case <-q.Desk.Leaving():
			end()
		case <-ctx.Done():
		}
	}()
	_ = q.Desk.Trackers.Watch(ctx, q.FormValue("of"), t.tell) // it ends when the page leaves, or may not look any more
	return nil
}

// trackedStream is one page that looks.
type trackedStream struct {
	q       *face.Request
	flusher *http.ResponseController
	pointer tracking.Pointer
	by      string
	renewed time.Time
}

// renew asks whether the reader may look, and how the tracker's millimeters become the patient's now.
func (t *trackedStream) renew() error {
	q := t.q
	if _, err := face.Caller(q.Desk, q.Request); err != nil {
		return err // signed out meanwhile
	}
	list, err := listed(q)
	if err != nil {
		return err
	}
	t.renewed = time.Now()
	tip, ok := Vec(q.FormValue("tip"))
	axis, known := Vec(q.FormValue("axis"))
	if !ok || !known {
		return desk.ErrInput
	}
	t.pointer, t.by = tracking.Pointer{Tip: tip, Axis: axis, ToPatient: tracking.RAS}, q.P("lab.track.ras", nil)
	if q.FormValue("frame") != "ras" {
		s := rehearsal.OnStage(list)
		n, err := s.Navigated()
		if err != nil {
			return err
		}
		if n == nil {
			return fmt.Errorf("%w: no registration", desk.ErrNotHere)
		}
		t.pointer.ToPatient, t.by = n.ToPatient, through(q, n, TargetName(q, n.Order.Target))
	}
	if err := t.pointer.Check(); err != nil {
		return fmt.Errorf("%w: %w", desk.ErrInput, err)
	}
	return nil
}

// tell writes one event.
func (t *trackedStream) tell(s tracking.State) error {
	if time.Since(t.renewed) > recheck {
		if err := t.renew(); err != nil {
			return err
		}
	}
	d := trackedData{Link: s.Link, Why: s.Why, Damaged: s.Damaged, By: t.by, Devices: []toolData{}}
	for _, tool := range s.Devices {
		tip, axis := t.pointer.At(tool.Pose)
		d.Devices = append(d.Devices, toolData{tool.Name, tool.Age.Milliseconds(), tip, axis})
	}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(t.q.W, "data: %s\n\n", text); err != nil {
		return err
	}
	return t.flusher.Flush()
}
