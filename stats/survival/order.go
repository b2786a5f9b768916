package survival

import (
	"iter"
	"math"
	"slices"

	"consilium/stats/fit"
)

// sortKey maps numbers to integers of the same order; -0 and 0 are one number.
func sortKey(v float64) uint64 {
	bits := math.Float64bits(v + 0)
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

// fromKey is the number of a key.
func fromKey(key uint64) float64 {
	if key>>63 != 0 {
		return math.Float64frombits(key &^ (1 << 63))
	}
	return math.Float64frombits(^key)
}

const (
	digitBits = 11
	digits    = 1 << digitBits
	passes    = 6 // 66 bits hold a key
)

// sortTagged sorts keys upward and carries their tags along; equal keys keep their order. It takes linear time: a radix sort from the lowest digit,
// leaving out digits in which all keys agree.
func sortTagged[tag int32 | uint32](keys []uint64, tags []tag) {
	if len(keys) < 2 {
		return
	}
	counts := countDigits(keys)
	fromK, fromT := keys, tags
	toK, toT := make([]uint64, len(keys)), make([]tag, len(tags))
	for pass := range passes {
		count, shift := &counts[pass], pass*digitBits
		if count[(keys[0]>>shift)%digits] == len(keys) {
			continue
		}
		sum := 0
		for d, c := range count {
			count[d] = sum
			sum += c
		}
		for i, k := range fromK {
			d := (k >> shift) % digits
			toK[count[d]], toT[count[d]] = k, fromT[i]
			count[d]++
		}
		fromK, toK, fromT, toT = toK, fromK, toT, fromT
	}
	if &fromK[0] != &keys[0] {
		copy(keys, fromK)
		copy(tags, fromT)
	}
}

func countDigits(keys []uint64) *[passes][digits]int {
	var counts [passes][digits]int
	for _, k := range keys {
		for pass := range passes {
			counts[pass][(k>>(pass*digitBits))%digits]++
		}
	}
	return &counts
}

// ascending is the order of values upward, the order of rows deciding between equals.
func ascending(values []float64) []int32 {
	order := make([]int32, len(values))
	if len(values) < digits {
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortStableFunc(order, func(a, b int32) int {
			switch {
			case values[a] < values[b]:
				return -1
			case values[a] > values[b]:
				return 1
			}
			return 0
		})
		return order
	}
	keys := make([]uint64, len(values))
	for i, v := range values {
		keys[i], order[i] = sortKey(v), int32(i)
	}
	sortTagged(keys, order)
	return order
}

// nearness is the distance, as a share of the mean time, below which two times are one; see the package's documentation.
const nearness = 1.4901161193847656e-08

// nearTies says whether times, sorted upward, contain some that differ and yet count as equal, and what distance that is.
func nearTies(sorted iter.Seq[float64]) (within float64, any bool) {
	sum, distinct, last := 0.0, 0, math.NaN()
	for t := range sorted {
		if t != last {
			sum += math.Abs(t)
			distinct++
		}
		last = t
	}
	within, last = nearness*(sum/float64(distinct)), math.NaN()
	for t := range sorted {
		if t != last && t-last <= within {
			return within, true
		}
		last = t
	}
	return within, false
}

// settle gives times that count as equal the same value, the smallest of them. It returns t itself where there are none.
func (t Times) settle() Times {
	times := t.Stop
	if t.Start != nil {
		times = slices.Concat(t.Stop, t.Start)
	}
	order := ascending(times)
	within, any := nearTies(func(yield func(float64) bool) {
		for _, i := range order {
			if !yield(times[i]) {
				return
			}
		}
	})
	if !any {
		return t
	}
	settled := slices.Clone(times)
	kept, last := times[order[0]], times[order[0]]
	for _, i := range order {
		if v := times[i]; v-last > within {
			kept = v
		}
		last, settled[i] = times[i], kept
	}
	out := Times{Stop: settled[:len(t.Stop)], Event: t.Event}
	if t.Start != nil {
		out.Start = settled[len(t.Stop):]
	}
	return out
}

// parallel calls work for 0 … tasks-1 on all processors, if tasks of so many rows are worth it: see [fit.InParallel].
func parallel(tasks, rows int, work func(task int)) {
	if tasks > 1 && tasks*rows >= 1<<14 {
		fit.InParallel(tasks, work)
		return
	}
	for i := range tasks {
		work(i)
	}
}
