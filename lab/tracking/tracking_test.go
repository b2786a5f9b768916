package tracking

import (
	"context"
	"errors"
	"math"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consilium/lab/igtlink"
	"consilium/lab/space"
)

// watch tells until what is wanted is told, and returns that.
func watch(t *testing.T, h *Hub, name string, wanted func(State) bool) (found State) {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), 60*time.Second)
	defer end()
	done := errors.New("done")
	err := h.Watch(ctx, name, func(s State) error {
		found = s
		if wanted(s) {
			return done
		}
		return nil
	})
	if !errors.Is(err, done) {
		t.Fatalf("%v: the last was %+v", err, found)
	}
	return found
}

// TestTheLibrarysTracker listens to the example tracker of libopenigtlink, which goes round a circle of 50 mm, until it is killed: its last pose only grows older, and the line is told as lost.
func TestTheLibrarysTracker(t *testing.T) {
	program := filepath.Join(t.TempDir(), "tracker")
	text, err := exec.Command("g++", "-w", "-I/usr/include/openigtlink", "/usr/share/doc/openigtlink-examples/examples/Tracker/TrackerServer.cxx", "-o", program, "-lOpenIGTLink", "-lpthread").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n(Debian: g++, libopenigtlink-dev, openigtlink-examples)", err, text)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	h := &Hub{Trackers: []Tracker{{"Library", address}}}
	if s := watch(t, h, "Library", func(s State) bool { return s.Link == Lost }); s.Why == "" || len(s.Devices) != 0 {
		t.Errorf("before it listens: %+v", s)
	}
	peer := exec.Command(program, port, "50")
	if err := peer.Start(); err != nil {
		t.Fatal(err)
	}
	alive := true
	kill := func() {
		if alive {
			_ = peer.Process.Kill()
			_ = peer.Wait()
			alive = false
		}
	}
	defer kill()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	go h.Watch(ctx, "Library", func(State) error { return nil }) // somebody else looks all the while
	s := watch(t, h, "Library", func(s State) bool { return len(s.Devices) == 1 && s.Devices[0].Count > 5 })
	d := s.Devices[0]
	if r := math.Hypot(d.Pose.Shift[0], d.Pose.Shift[1]); s.Link != Connected || d.Name != "Tracker" || math.Abs(r-50) > 0.1 || !d.Pose.Rigid() || d.Age > 5*time.Second {
		t.Errorf("%+v", s)
	}
	kill()
	gone := watch(t, h, "Library", func(s State) bool {
		return s.Link == Lost && len(s.Devices) == 1 && s.Devices[0].Age > 600*time.Millisecond
	})
	later := watch(t, h, "Library", func(s State) bool { return len(s.Devices) == 1 && s.Devices[0].Age > gone.Devices[0].Age })
	if later.Devices[0].Pose != gone.Devices[0].Pose || later.Devices[0].Count != gone.Devices[0].Count || later.Why == "" {
		t.Errorf("after its end: %+v, then %+v", gone, later)
	}
}

// stamped is a server's answer whose stamps a test sets.
type stamped struct{ stamp, sent atomic.Int64 }

// TestAnOldMeasurementStaysOld: a tracker that sends one measurement again and again, with its stamp, does not make it younger; a broken message and a pose that is none are counted and not shown.
func TestAnOldMeasurementStaysOld(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var clock stamped
	clock.stamp.Store(1)
	go serve(l, &clock)
	h := &Hub{Trackers: []Tracker{{"Own", l.Addr().String()}}}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	go h.Watch(ctx, "Own", func(State) error { return nil }) // somebody looks all the while
	first := watch(t, h, "Own", func(s State) bool { return len(s.Devices) == 1 && s.Devices[0].Age > 400*time.Millisecond })
	if first.Devices[0].Count != 1 || first.Link != Connected || first.Damaged == 0 || clock.sent.Load() < 5 {
		t.Errorf("%+v after %d messages", first, clock.sent.Load())
	}
	clock.stamp.Store(2)
	watch(t, h, "Own", func(s State) bool {
		return len(s.Devices) == 1 && s.Devices[0].Count == 2 && s.Devices[0].Age < 300*time.Millisecond
	})
}

// serve sends a pose with the clock's stamp, a mirror image, which is no pose, and a message with a wrong checksum, to everybody who connects.
func serve(l net.Listener, clock *stamped) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			pace := time.NewTicker(10 * time.Millisecond)
			defer pace.Stop()
			for range pace.C {
				pose := igtlink.Transform{R: [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, T: [3]float32{1, 2, 3}}
				mirror := pose
				mirror.R[0][0] = -1
				for _, body := range []igtlink.Transform{pose, mirror} {
					m, _ := igtlink.Encode(1, "Tool", body)
					m.Time = time.Unix(1_700_000_000+clock.stamp.Load(), 0)
					raw, _ := m.Append(nil)
					if body == mirror {
						raw = append(raw, raw...)
						raw[len(raw)-1] ^= 1
					}
					if _, err := c.Write(raw); err != nil {
						return
					}
				}
				clock.sent.Add(1)
			}
		}()
	}
}

func TestOnlyNamedTrackers(t *testing.T) {
	h := &Hub{Trackers: []Tracker{{"A", "127.0.0.1:1"}}}
	if err := h.Watch(t.Context(), "127.0.0.1:22", func(State) error { return nil }); !errors.Is(err, ErrUnknown) {
		t.Errorf("an address for a name: %v", err)
	}
	list, err := ReadTrackers([]string{"Room 3=10.0.0.7:18944", "Slicer=[::1]:18944"})
	if err != nil || len(list) != 2 || list[1].Address != "[::1]:18944" || strings.Join((&Hub{Trackers: list}).Names(), ",") != "Room 3,Slicer" {
		t.Errorf("%v %v", list, err)
	}
	for _, wrong := range []string{"", "=a:1", "A=", "A=a", "A=:1", "A=a:"} {
		if _, err := ReadTrackers([]string{wrong}); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
	if _, err := ReadTrackers([]string{"A=a:1", "A=b:1"}); err == nil {
		t.Error("one name twice is taken")
	}
}

// A tool's tip in the patient, by hand: RAS to LPS turns two axes about.
func TestPointer(t *testing.T) {
	tool := space.Pose{Turn: space.Mat{{0, -1, 0}, {1, 0, 0}, {0, 0, 1}}, Shift: space.Vec{10, 20, 30}} // a quarter about the head's axis
	p := Pointer{Tip: space.Vec{100, 0, 0}, Axis: space.Vec{2, 0, 0}, ToPatient: RAS}
	if tip, axis := p.At(tool); tip != (space.Vec{-10, -120, 30}) || axis != (space.Vec{0, -1, 0}) {
		t.Errorf("the tip is at %v, along %v", tip, axis)
	}
	if err := p.Check(); err != nil {
		t.Error(err)
	}
	for _, wrong := range []Pointer{{ToPatient: RAS}, {Axis: space.Vec{1, 0, 0}}, {Axis: space.Vec{1, 0, 0}, Tip: space.Vec{5000, 0, 0}, ToPatient: RAS}, {Axis: space.Vec{math.NaN(), 0, 0}, ToPatient: RAS}} {
		if err := wrong.Check(); !errors.Is(err, ErrPointer) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}
