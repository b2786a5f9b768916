package igtlink

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// ErrPlan is returned for a plan that a path cannot be held against.
var ErrPlan = errors.New("the plan is impossible")

// Plan is the way that a tool's tip is to go: a line from Entry to Target (a drill, a screw), or a row of points (a saw's cut, a robot's path). Its coordinates
// are those of the tracker's poses, or LPS when the tracker speaks RAS and Frame says so.
type Plan struct {
	Name   string       `json:"name"`
	Device string       `json:"device,omitempty"` // whose poses count; any when empty
	Frame  string       `json:"frame,omitempty"`  // LPS or RAS (unless said): the frame of this plan. Poses come in RAS, as OpenIGTLink has it
	Path   [][3]float64 `json:"path_mm"`          // at least two points, first the entry
	Tip    [3]float64   `json:"tool_tip_mm"`      // in the tool's own frame
	Axis   [3]float64   `json:"tool_axis"`        // the tool's direction in its own frame; no angle is computed when it is zero
	Limit  float64      `json:"limit_mm"`         // deviations beyond are counted
	Degree float64      `json:"limit_degrees,omitempty"`
	Gap    float64      `json:"gap_seconds,omitempty"` // a pause between samples that counts as a stall; 0 means 0.5
}

// ReadPlan reads a plan; unknown fields are errors.
func ReadPlan(r io.Reader) (*Plan, error) {
	d := json.NewDecoder(io.LimitReader(r, 16<<20))
	d.DisallowUnknownFields()
	var p Plan
	if err := d.Decode(&p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlan, err)
	}
	if len(p.Path) < 2 {
		return nil, fmt.Errorf("%w: path_mm has %d points; at least two are needed", ErrPlan, len(p.Path))
	}
	if p.Frame == "" {
		p.Frame = "RAS"
	}
	if p.Frame != "RAS" && p.Frame != "LPS" {
		return nil, fmt.Errorf("%w: frame is %q; it can be RAS or LPS", ErrPlan, p.Frame)
	}
	if !(p.Limit > 0) || !(p.Degree >= 0) || !(p.Gap >= 0) {
		return nil, fmt.Errorf("%w: limit_mm %g, limit_degrees %g, gap_seconds %g", ErrPlan, p.Limit, p.Degree, p.Gap)
	}
	long := 0.0
	for i, q := range p.Path[1:] {
		long += distance(p.Path[i], q)
	}
	if !(long > 0) || math.IsInf(long, 0) {
		return nil, fmt.Errorf("%w: the path is %g mm long", ErrPlan, long)
	}
	if p.Gap == 0 {
		p.Gap = 0.5
	}
	return &p, nil
}

// Sample is one pose of the tool, held against the plan.
type Sample struct {
	Time      time.Time  `json:"time"` // the sender's stamp, or of arrival when it has none
	Device    string     `json:"device"`
	Tip       [3]float64 `json:"tip_mm"` // in the plan's frame
	Deviation float64    `json:"deviation_mm"`
	Along     float64    `json:"along_mm"` // how far along the path the nearest place is
	Angle     *float64   `json:"angle_degrees,omitempty"`
}

// Recorder collects samples.
type Recorder struct {
	Plan    *Plan
	Samples []Sample
	Damaged int // messages with a wrong checksum or impossible content
}

// mostSamples bounds a recording: a day at 50 a second.
const mostSamples = 5_000_000

// Add holds a message against the plan. It answers whether it was a pose that counts.
func (r *Recorder) Add(m *Message, b Body, arrived time.Time) (Sample, bool) {
	var pose Transform
	switch v := b.(type) {
	case Transform:
		pose = v
	case Position:
		pose = v.Transform()
	default:
		return Sample{}, false
	}
	if r.Plan.Device != "" && m.Device != r.Plan.Device || len(r.Samples) >= mostSamples {
		return Sample{}, false
	}
	s := Sample{Time: m.Time, Device: m.Device}
	if s.Time.IsZero() {
		s.Time = arrived.UTC()
	}
	var axis [3]float64
	for i := range 3 {
		s.Tip[i] = float64(pose.T[i])
		for j := range 3 {
			s.Tip[i] += float64(pose.R[i][j]) * r.Plan.Tip[j]
			axis[i] += float64(pose.R[i][j]) * r.Plan.Axis[j]
		}
	}
	if r.Plan.Frame == "LPS" {
		s.Tip[0], s.Tip[1], axis[0], axis[1] = -s.Tip[0], -s.Tip[1], -axis[0], -axis[1]
	}
	r.Plan.hold(&s, axis)
	r.Samples = append(r.Samples, s)
	return s, true
}

// hold finds the nearest place of the path, and the angle to its direction there.
func (p *Plan) hold(s *Sample, axis [3]float64) {
	s.Deviation = math.Inf(1)
	before := 0.0
	var along [3]float64
	for i, to := range p.Path[1:] {
		from := p.Path[i]
		long := distance(from, to)
		if long == 0 {
			continue
		}
		var way [3]float64
		t := 0.0
		for a := range 3 {
			way[a] = (to[a] - from[a]) / long
			t += way[a] * (s.Tip[a] - from[a])
		}
		t = max(0, min(long, t))
		off := distance(s.Tip, [3]float64{from[0] + t*way[0], from[1] + t*way[1], from[2] + t*way[2]})
		if off < s.Deviation {
			s.Deviation, s.Along, along = off, before+t, way
		}
		before += long
	}
	if length := distance(axis, [3]float64{}); length > 0 {
		cosine := (axis[0]*along[0] + axis[1]*along[1] + axis[2]*along[2]) / length
		angle := math.Acos(max(-1, min(1, cosine))) * 180 / math.Pi
		s.Angle = &angle
	}
}

// Deviations is what a recording says about the plan.
type Deviations struct {
	Plan         string   `json:"plan"`
	Samples      int      `json:"samples"`
	Seconds      float64  `json:"seconds"`
	Stalls       int      `json:"stalls"` // pauses longer than the plan's gap
	LongestPause float64  `json:"longest_pause_seconds"`
	Damaged      int      `json:"damaged_messages"`
	Mean         float64  `json:"mean_mm"`
	RMS          float64  `json:"rms_mm"`
	P95          float64  `json:"p95_mm"`
	Greatest     float64  `json:"max_mm"`
	Beyond       int      `json:"beyond_limit"`
	AngleMean    *float64 `json:"mean_degrees,omitempty"`
	AngleMax     *float64 `json:"max_degrees,omitempty"`
	AngleBeyond  int      `json:"beyond_limit_degrees"`
	Reached      float64  `json:"reached_mm"`        // the farthest place along the path
	Length       float64  `json:"path_length_mm"`    // of the plan
	TargetMiss   float64  `json:"nearest_to_end_mm"` // the tip's least distance from the path's last point
}

// Summary sums the recording up. Without samples all figures are 0 and Samples says so.
func (r *Recorder) Summary() Deviations {
	d := Deviations{Plan: r.Plan.Name, Samples: len(r.Samples), Damaged: r.Damaged}
	for i, q := range r.Plan.Path[1:] {
		d.Length += distance(r.Plan.Path[i], q)
	}
	if len(r.Samples) == 0 {
		return d
	}
	d.TargetMiss = math.Inf(1)
	var off, angles []float64
	for i, s := range r.Samples {
		off = append(off, s.Deviation)
		d.Mean += s.Deviation / float64(len(r.Samples))
		d.RMS += s.Deviation * s.Deviation / float64(len(r.Samples))
		if s.Deviation > r.Plan.Limit {
			d.Beyond++
		}
		if s.Angle != nil {
			angles = append(angles, *s.Angle)
			if r.Plan.Degree > 0 && *s.Angle > r.Plan.Degree {
				d.AngleBeyond++
			}
		}
		d.Reached = max(d.Reached, s.Along)
		d.TargetMiss = min(d.TargetMiss, distance(s.Tip, r.Plan.Path[len(r.Plan.Path)-1]))
		if i > 0 {
			pause := s.Time.Sub(r.Samples[i-1].Time).Seconds()
			d.LongestPause = max(d.LongestPause, pause)
			if pause > r.Plan.Gap {
				d.Stalls++
			}
		}
	}
	d.Seconds = r.Samples[len(r.Samples)-1].Time.Sub(r.Samples[0].Time).Seconds()
	d.RMS = math.Sqrt(d.RMS)
	slices.Sort(off)
	d.P95, d.Greatest = off[int(0.95*float64(len(off)-1))], off[len(off)-1]
	if len(angles) > 0 {
		mean, most := 0.0, 0.0
		for _, a := range angles {
			mean += a / float64(len(angles))
			most = max(most, a)
		}
		d.AngleMean, d.AngleMax = &mean, &most
	}
	return d
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}
