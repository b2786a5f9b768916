package igtlink

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

const drill = `{"name": "screw L4 left", "path_mm": [[0, 0, 0], [0, 0, 50]], "tool_tip_mm": [0, 0, 10], "tool_axis": [0, 0, 1], "limit_mm": 2, "limit_degrees": 4}`

func plan(t *testing.T, text string) *Plan {
	t.Helper()
	p, err := ReadPlan(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDeviation goes down a drill path one millimeter beside it, then three beside it, with a pause. By hand: the tip is 10 mm in front of the tool.
func TestDeviation(t *testing.T) {
	r := Recorder{Plan: plan(t, drill)}
	at := time.Unix(1000, 0)
	for i := range 41 {
		off := float32(1)
		if i > 30 {
			off = 3
		}
		if i == 20 {
			at = at.Add(2 * time.Second)
		}
		pose := Transform{R: [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, T: [3]float32{off, 0, float32(i) - 10}}
		if _, counts := r.Add(&Message{Device: "Drill", Time: at}, pose, at); !counts {
			t.Fatal("a pose does not count")
		}
		at = at.Add(20 * time.Millisecond)
	}
	if _, counts := r.Add(&Message{}, bodies[2], at); counts {
		t.Error("a status counts as a pose")
	}
	d := r.Summary()
	want := (31.0 + 30) / 41
	if d.Samples != 41 || d.Beyond != 10 || d.Stalls != 1 || math.Abs(d.Mean-want) > 1e-9 || d.Greatest != 3 || d.Reached != 40 || d.Length != 50 ||
		math.Abs(d.LongestPause-2.02) > 1e-9 || *d.AngleMax > 1e-4 || d.AngleBeyond != 0 || math.Abs(d.TargetMiss-math.Hypot(3, 10)) > 1e-9 {
		t.Errorf("%+v", d)
	}
}

// TestTilt: a tool turned by 10 degrees about x points 10 degrees off. By hand.
func TestTilt(t *testing.T) {
	r := Recorder{Plan: plan(t, drill)}
	s, c := float32(math.Sin(math.Pi/18)), float32(math.Cos(math.Pi/18))
	sample, _ := r.Add(&Message{}, Transform{R: [3][3]float32{{1, 0, 0}, {0, c, -s}, {0, s, c}}}, time.Unix(1, 0))
	if math.Abs(*sample.Angle-10) > 1e-5 || math.Abs(sample.Deviation-10*float64(s)) > 1e-5 || !sample.Time.Equal(time.Unix(1, 0)) {
		t.Errorf("%+v angle %g", sample, *sample.Angle)
	}
	if d := r.Summary(); d.AngleBeyond != 1 || d.Beyond != 0 {
		t.Errorf("%+v", d)
	}
}

// TestFrames: in RAS the tool is at (5, 7, 20); a plan in LPS sees (-5, -7, 20).
func TestFrames(t *testing.T) {
	p := plan(t, `{"name": "cut", "frame": "LPS", "path_mm": [[-5, -7, 0], [-5, -7, 50], [20, -7, 50]], "tool_tip_mm": [0, 0, 0], "tool_axis": [0, 0, 0], "limit_mm": 1, "device": "Saw"}`)
	r := Recorder{Plan: p}
	s, _ := r.Add(&Message{Device: "Saw"}, Position{T: [3]float32{5, 7, 20}, Q: [4]float32{0, 0, 0, 1}}, time.Unix(1, 0))
	if s.Deviation != 0 || s.Along != 20 || s.Angle != nil {
		t.Errorf("%+v", s)
	}
	if _, counts := r.Add(&Message{Device: "Other"}, bodies[0], time.Unix(1, 0)); counts {
		t.Error("another device counts")
	}
	if s, _ = r.Add(&Message{Device: "Saw"}, Position{T: [3]float32{-10, 7, 51}, Q: [4]float32{0, 0, 0, 1}}, time.Unix(2, 0)); s.Along != 65 || s.Deviation != 1 {
		t.Errorf("%+v", s)
	}
}

func TestPlansRefused(t *testing.T) {
	for _, text := range []string{``, `{}`, `{"path_mm": [[0,0,0],[0,0,0]], "limit_mm": 1}`, `{"path_mm": [[0,0,0],[0,0,1]], "limit_mm": 0}`, `{"path_mm": [[0,0,0],[0,0,1]], "limit_mm": 1, "frame": "XYZ"}`,
		`{"path_mm": [[0,0,0],[0,0,1]], "limit_mm": 1, "pth": 1}`, `{"path_mm": [[0,0,0]], "limit_mm": 1}`, `{"path_mm": [[0,0,0],[0,0,1e400]], "limit_mm": 1}`} {
		if _, err := ReadPlan(strings.NewReader(text)); !errors.Is(err, ErrPlan) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if d := (&Recorder{Plan: plan(t, drill)}).Summary(); d.Samples != 0 || d.Length != 50 {
		t.Errorf("%+v", d)
	}
}

// FuzzReadPlan wants no panic, and finite figures from whatever is read.
func FuzzReadPlan(f *testing.F) {
	f.Add(drill)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadPlan(strings.NewReader(text))
		if err != nil {
			return
		}
		r := Recorder{Plan: p}
		r.Add(&Message{Device: p.Device}, bodies[0], time.Unix(1, 0))
		r.Summary()
	})
}
