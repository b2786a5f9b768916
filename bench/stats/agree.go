package main

import (
	"fmt"
	"math"
)

// agree says in a few words how near our answer comes to R's. Two runs of a stochastic method agree if their estimates differ by less than four of the
// standard errors that imputation adds, which is well within half of the pooled standard error here.
func (s subject) agree(ours, theirs map[string]any) string {
	worst := 0.0
	for key, value := range theirs {
		a, b := numbers(ours[key]), numbers(value)
		if len(a) != len(b) {
			return fmt.Sprintf("**%s has %d numbers, not %d**", key, len(a), len(b))
		}
		for i := range b {
			scale := math.Max(math.Abs(a[i]), math.Abs(b[i]))
			if s.near == 0 && key == "estimate" {
				scale = numbers(theirs["se"])[i]
			}
			if a[i] != b[i] {
				worst = math.Max(worst, math.Abs(a[i]-b[i])/scale)
			}
		}
	}
	switch {
	case s.near == 0 && worst < 0.5:
		return fmt.Sprintf("agree by chance (%.2f se)", worst)
	case s.near > 0 && worst <= s.near:
		return fmt.Sprintf("agree to %.0e", worst)
	}
	return fmt.Sprintf("**differ by %.1e**", worst)
}

func numbers(v any) []float64 {
	switch v := v.(type) {
	case float64:
		return []float64{v}
	case []any:
		var out []float64
		for _, e := range v {
			out = append(out, numbers(e)...)
		}
		return out
	}
	return nil
}
