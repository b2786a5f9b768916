package figure

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Axis is one direction of a figure. Where Min is not less than Max, the range is taken from the values; where there are no
// ticks, round numbers are chosen.
type Axis struct {
	Label    string
	Min, Max float64
	Ticks    []Tick
	Log      bool // equal ratios are equal distances; values that are not above 0 have no place on it
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
	low, high = drawable(low, high)
	most = max(most, 3)
	for power := int(math.Floor(math.Log10(high-low))) - 2; ; power++ {
		for _, nice := range []float64{1, 2, 5} {
			step := nice * math.Pow(10, float64(power))
			first, last := math.Floor(low/step+1e-9), math.Ceil(high/step-1e-9)
			if last-first+1 <= float64(most) {
				return numberTicks(first, int(last-first), nice, power)
			}
		}
	}
}

// most that an axis may reach: beyond it, differences are no longer finite.
const farthest = 1e300

// drawable makes a range wide enough to have different places in it.
func drawable(low, high float64) (float64, float64) {
	if !finite(low) || !finite(high) {
		return 0, 1
	}
	if low > high {
		low, high = high, low
	}
	low, high = max(min(low, farthest), -farthest), max(min(high, farthest), -farthest)
	if largest := max(math.Abs(low), math.Abs(high)); high-low <= largest*1e-10 || high-low < 1e-300 {
		pad := max(largest*0.1, 0.5)
		low, high = low-pad, high+pad
	}
	return low, high
}

// numberTicks are multiples of nice times a power of ten, from the one numbered first.
func numberTicks(first float64, more int, nice float64, power int) []Tick {
	ticks := make([]Tick, 0, more+1)
	step := nice * math.Pow(10, float64(power))
	far := max(math.Abs(first), math.Abs(first+float64(more))) * step
	for i := range more + 1 {
		v := (first + float64(i)) * step
		label := written(v, max(-power, 0))
		if far >= 1e7 || step < 0.9e-5 {
			digits := max(int(math.Floor(math.Log10(max(math.Abs(v)*(1+1e-9), step)))), power) - power
			label = scientific(v, digits)
		}
		ticks = append(ticks, Tick{v, label})
	}
	return ticks
}

// written is a number with so many decimals, and with a minus that is as wide as a plus; never "-0".
func written(v float64, decimals int) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	if v < 0 && strings.Trim(s, "0.") != "" {
		return "−" + s
	}
	return s
}

// scientific is a number with a power of ten, such as 2.5e7.
func scientific(v float64, decimals int) string {
	if v == 0 {
		return "0"
	}
	s := strconv.FormatFloat(math.Abs(v), 'e', decimals, 64)
	mantissa, exponent, _ := strings.Cut(s, "e")
	n, _ := strconv.Atoi(exponent)
	s = mantissa + "e" + written(float64(n), 0)
	if v < 0 {
		return "−" + s
	}
	return s
}

// Percents are [NumberTicks] of a proportion, written in percent.
func Percents(low, high float64, most int) []Tick {
	ticks := NumberTicks(100*low, 100*high, most)
	for i, t := range ticks {
		ticks[i] = Tick{t.At / 100, t.Label + "%"}
	}
	return ticks
}

// StepTicks are the multiples of a step within a range, such as every 12 months: at most a thousand.
func StepTicks(low, high, step float64) []Tick {
	first, last := math.Ceil(low/step-1e-9), math.Floor(high/step+1e-9)
	if !finite(first) || !finite(last) || step <= 0 || last-first > 1000 || math.Abs(first) > 1e12 {
		return nil
	}
	decimals := 0
	for d := step; decimals < 9 && math.Abs(d-math.Round(d)) > 1e-9*d; d *= 10 {
		decimals++
	}
	var ticks []Tick
	for i := range int(max(last-first+1, 0)) {
		v := (first + float64(i)) * step
		ticks = append(ticks, Tick{v, written(v, decimals)})
	}
	return ticks
}

// LogTicks are round numbers for an axis of ratios, within the range: 1, 2 and 5 times powers of ten, and fewer of them
// where there would be more than most. Where the range holds less than two of those, they are as for NumberTicks.
func LogTicks(low, high float64, most int) []Tick {
	if !(low > 0) || !finite(high) || !(low < high) {
		return nil
	}
	for _, nice := range [][]float64{{1, 1.5, 2, 3, 4, 5, 7}, {1, 2, 5}, {1, 3}, {1}} {
		if ticks := logTicks(low, high, nice, 1); len(ticks) <= max(most, 3) && len(ticks) > 1 {
			return ticks
		}
	}
	for every := 2; every < 700; every++ {
		if ticks := logTicks(low, high, []float64{1}, every); len(ticks) <= max(most, 3) && len(ticks) > 1 {
			return ticks
		}
	}
	ticks := NumberTicks(low, high, most)
	return slices.DeleteFunc(ticks, func(t Tick) bool { return t.At < low*(1-1e-9) || t.At > high*(1+1e-9) })
}

func logTicks(low, high float64, nice []float64, every int) []Tick {
	var ticks []Tick
	first := int(math.Floor(math.Log10(low)))
	for power := first - (first%every+every)%every; power <= int(math.Ceil(math.Log10(high))); power += every {
		for _, n := range nice {
			v := n * math.Pow(10, float64(power))
			if v < low*(1-1e-9) || v > high*(1+1e-9) || v == 0 || !finite(v) {
				continue
			}
			label := strconv.FormatFloat(v, 'g', 3, 64)
			if power > 5 || power < -4 {
				label = scientific(v, len(strconv.FormatFloat(n, 'f', -1, 64))/2)
			} else if power > 2 {
				label = written(v, 0)
			}
			ticks = append(ticks, Tick{v, label})
		}
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

func clampTo(v, low, high float64) float64 { return max(low, min(high, v)) }

// scale maps values of an axis to pixels.
type scale struct {
	low, high, from, to float64
	log                 bool
}

func (s scale) at(v float64) float64 {
	low, high := s.low, s.high
	if s.log {
		v, low, high = math.Log(v), math.Log(low), math.Log(high)
	}
	if high == low {
		return (s.from + s.to) / 2
	}
	share := (v/2 - low/2) / (high/2 - low/2) // halves: differences of large numbers stay finite
	return s.from + clampTo(share, -1e4, 1e4)*(s.to-s.from)
}

// has says whether a value has a place, on the axis or beyond its ends.
func (s scale) has(v float64) bool { return finite(v) && (!s.log || v > 0) }

// clipped is the place of a value, or of the nearer end of the axis.
func (s scale) clipped(v float64) float64 { return s.at(max(s.low, min(s.high, v))) }
