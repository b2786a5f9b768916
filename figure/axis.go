package figure

import (
	"math"
	"strconv"
	"time"
)

// Axis is one direction of a figure. Where Min is not less than Max, the range is taken from the values; where there are no
// ticks, round numbers are chosen.
type Axis struct {
	Label    string
	Min, Max float64
	Ticks    []Tick
}

// Tick is a place on an axis and what is written there.
type Tick struct {
	At    float64
	Label string
}

// X is the place of a time on a time axis.
func X(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// NumberTicks are round numbers (steps of 1, 2 or 5 times a power of ten) that enclose the range, at most most of them and at
// least two. Numbers are written with as many decimals as the step has.
func NumberTicks(low, high float64, most int) []Tick {
	if !finite(low) || !finite(high) {
		low, high = 0, 1
	}
	if low > high {
		low, high = high, low
	}
	if low == high {
		pad := max(math.Abs(low)*0.1, 0.5)
		low, high = low-pad, high+pad
	}
	most = max(most, 3)
	for power := math.Floor(math.Log10(high-low)) - 2; ; power++ {
		for _, nice := range []float64{1, 2, 5} {
			step := nice * math.Pow(10, power)
			first, last := math.Floor(low/step+1e-9), math.Ceil(high/step-1e-9)
			if last-first+1 <= float64(most) {
				return numberTicks(first, last, step, int(max(-power, 0)))
			}
		}
	}
}

func numberTicks(first, last, step float64, decimals int) []Tick {
	ticks := make([]Tick, 0, int(last-first)+1)
	for i := first; i <= last; i++ {
		label := strconv.FormatFloat(i*step, 'f', decimals, 64)
		if i == 0 {
			label = strconv.FormatFloat(0, 'f', decimals, 64) // never "-0"
		}
		ticks = append(ticks, Tick{i * step, label})
	}
	return ticks
}

// Span is the distance between ticks of a time axis: it says how precisely a tick is to be written.
type Span int

// The spans.
const (
	Days Span = iota
	Months
	Years
)

// TimeTicks are the first moments of days, months or years between two times, at most most of them, in the zone of from. The label
// is written by the caller, in the reader's language.
func TimeTicks(from, to time.Time, most int, label func(time.Time, Span) string) []Tick {
	most = max(most, 2)
	for _, s := range timeSteps {
		if ticks := s.ticks(from, to, most, label); len(ticks) <= most {
			return ticks
		}
	}
	return nil // not reached within ten thousand years
}

type timeStep struct {
	span Span
	n    int
}

var timeSteps = []timeStep{{Days, 1}, {Days, 2}, {Days, 7}, {Days, 14}, {Months, 1}, {Months, 3}, {Months, 6},
	{Years, 1}, {Years, 2}, {Years, 5}, {Years, 10}, {Years, 20}, {Years, 50}, {Years, 100}, {Years, 1000}, {Years, 10000}}

// ticks stops one after most: the caller then tries a longer step.
func (s timeStep) ticks(from, to time.Time, most int, label func(time.Time, Span) string) []Tick {
	var ticks []Tick
	for at := s.floor(from); !at.After(to) && len(ticks) <= most; at = s.next(at) {
		if !at.Before(from) {
			ticks = append(ticks, Tick{X(at), label(at, s.span)})
		}
	}
	return ticks
}

func (s timeStep) floor(t time.Time) time.Time {
	y, m, d := t.Date()
	switch s.span {
	case Days:
	case Months:
		m, d = (m-1)/time.Month(s.n)*time.Month(s.n)+1, 1
	case Years:
		y, m, d = y-y%s.n, 1, 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

func (s timeStep) next(t time.Time) time.Time {
	switch s.span {
	case Days:
		return t.AddDate(0, 0, s.n)
	case Months:
		return t.AddDate(0, s.n, 0)
	default:
		return t.AddDate(s.n, 0, 0)
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// scale maps values of an axis to pixels.
type scale struct{ low, high, from, to float64 }

func (s scale) at(v float64) float64 {
	if s.high == s.low {
		return (s.from + s.to) / 2
	}
	return s.from + (v-s.low)/(s.high-s.low)*(s.to-s.from)
}
