package tracking

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"consilium/lab/igtlink"
	"consilium/lab/space"
)

// Link is how the line stands.
type Link string

// The states of a line.
const (
	Connecting Link = "connecting" // for the first time
	Connected  Link = "connected"
	Lost       Link = "lost" // and tried again
)

// State is how things stand with a tracker.
type State struct {
	Tracker string
	Link    Link
	Why     string   // the line was lost
	Damaged int      // messages that could not be believed
	Devices []Device // by name
}

// Device is where a tool was last seen, in the tracker's own axes and millimeters.
type Device struct {
	Name  string
	Pose  space.Pose
	Age   time.Duration // since it last said something new
	Count int           // new poses so far
}

// device is a device as the line keeps it.
type device struct {
	pose  space.Pose
	stamp time.Time // of the sender; zero: it sends none
	at    time.Time // of arrival, of the last new pose
	count int
}

// line is the connection to one tracker.
type line struct {
	tracker  Tracker
	end      context.CancelFunc
	watchers int // under the hub's lock

	mu      sync.Mutex
	link    Link
	why     string
	damaged int
	changes int
	devices map[string]*device
}

// limits of a tracker: one that is silent for five seconds is taken for gone, for a line whose other end was pulled out says nothing either.
var limits = igtlink.Limits{Message: 64 << 20, Stall: 5 * time.Second, Silence: 5 * time.Second}

// The times between attempts, and how many devices of one tracker are shown.
const (
	again       = time.Second
	most        = 16
	wanted      = 40 * time.Millisecond // between poses of a tracker that waits to be asked
	connectTime = 5 * time.Second
)

// run keeps the line until the context ends.
func (l *line) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := l.listen(ctx)
		if err == nil {
			err = errors.New("the tracker closed the line")
		}
		l.say(Lost, err.Error())
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
}

// listen hears one connection to its end.
func (l *line) listen(ctx context.Context) error {
	dial, end := context.WithTimeout(ctx, connectTime)
	defer end()
	c, err := igtlink.Dial(dial, l.tracker.Address, limits)
	if err != nil {
		return err
	}
	defer c.Close()
	l.say(Connected, "")
	for _, kind := range []string{"TRANSFORM", "POSITION"} { // one that sends by itself does not mind
		if err := c.Ask("STT", kind, "", wanted); err != nil {
			return err
		}
	}
	return c.Each(ctx, func(m *igtlink.Message, b igtlink.Body, err error) error {
		l.hear(m, b, err, time.Now())
		return nil
	})
}

func (l *line) say(link Link, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.link, l.why = link, why
	l.changes++
}

// hear takes a message. A pose with the stamp of the one before is the same measurement once more, and one that is no rigid motion is none.
func (l *line) hear(m *igtlink.Message, b igtlink.Body, err error, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.damaged++
		l.changes++
		return
	}
	var t igtlink.Transform
	switch v := b.(type) {
	case igtlink.Transform:
		t = v
	case igtlink.Position:
		t = v.Transform()
	default:
		return
	}
	pose, rigid := poseOf(t)
	if !rigid {
		l.damaged++
		l.changes++
		return
	}
	d := l.devices[m.Device]
	if d == nil {
		if len(l.devices) >= most {
			return
		}
		d = &device{}
		l.devices[m.Device] = d
	}
	if d.count > 0 && !m.Time.IsZero() && m.Time.Equal(d.stamp) {
		return
	}
	d.pose, d.stamp, d.at = pose, m.Time, now
	d.count++
	l.changes++
}

// poseOf is a pose as a tracker says it, in numbers of 32 bits: a rotation to a thousandth, which is made one to the last digit.
func poseOf(t igtlink.Transform) (p space.Pose, rigid bool) {
	for row := range 3 {
		p.Shift[row] = float64(t.T[row])
		for column := range 3 {
			p.Turn[row][column] = float64(t.R[row][column])
		}
	}
	x, y, z := p.Turn.Column(0), p.Turn.Column(1), p.Turn.Column(2)
	const close = 1e-3
	for _, off := range []float64{x.Dot(x) - 1, y.Dot(y) - 1, x.Cross(y).Sub(z).Norm(), x.Dot(y)} {
		if !(math.Abs(off) < close) {
			return p, false
		}
	}
	x = x.Unit()
	y = y.Sub(x.Scale(x.Dot(y))).Unit()
	z = x.Cross(y)
	for row := range 3 {
		p.Turn[row] = space.Vec{x[row], y[row], z[row]}
	}
	return p, p.Shift.Finite()
}

// state is how things stand, and how often something has changed.
func (l *line) state() (State, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := State{Tracker: l.tracker.Name, Link: l.link, Why: l.why, Damaged: l.damaged}
	now := time.Now()
	for name, d := range l.devices {
		s.Devices = append(s.Devices, Device{Name: name, Pose: d.pose, Age: now.Sub(d.at), Count: d.count})
	}
	slices.SortFunc(s.Devices, func(a, b Device) int { return strings.Compare(a.Name, b.Name) })
	return s, l.changes
}
