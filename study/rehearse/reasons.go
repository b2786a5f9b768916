package rehearse

import (
	"maps"
	"slices"
	"strings"

	"consilium/study/method"
	"consilium/study/run"
)

// says is what a hospital contributes to a round. What it withholds is remembered, for who has all rows.
func (h *hospital) says(r *run.Run) (run.Contribution, error) {
	c, held, err := r.Contribute(h.id, h.key, h.Of, h.Limits.MinPatients)
	for analysis, why := range held {
		h.held[analysis] = append(h.held[analysis], why.Error())
	}
	return c, err
}

// reasons are, in words, what stood against a hospital in an analysis: rules of disclosure, or what its node found on the way.
func (h *hospital) reasons(analysis int) (list []string) {
	for _, r := range h.Why[analysis] {
		list = append(list, r.String())
	}
	return append(list, h.held[analysis]...)
}

// refusal says why an analysis has no answer. Where no hospital may contribute, it says what stands against them: "nobody" alone would send the reader to look for patients where a
// scale does not fit.
func refusal(why *method.Refusal, reasons map[string][]string) string {
	if why.Why != method.Nobody {
		return why.String()
	}
	of := map[string][]string{} // of each reason, the hospitals
	for _, name := range slices.Sorted(maps.Keys(reasons)) {
		for _, r := range reasons[name] {
			of[r] = append(of[r], name)
		}
	}
	var list []string
	for _, r := range slices.Sorted(maps.Keys(of)) {
		list = append(list, r+" ("+strings.Join(of[r], ", ")+")")
	}
	return "no hospital may contribute to it: " + strings.Join(list, "; ")
}
