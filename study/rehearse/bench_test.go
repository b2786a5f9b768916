package rehearse

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"consilium/study/protocol"
	"consilium/study/rows"
)

// BenchmarkNetwork plays a logistic study of many small hospitals over real ledgers: what grows with their number is seen apart from what grows with their rows.
func BenchmarkNetwork(b *testing.B) {
	const source = `format: 1
id: many
title: Many
variables:
  arm: {type: bool}
  age: {type: number, center: 50, scale: 12}
  cured: {type: bool}
outcomes:
  cure: {type: binary, value: cured}
analyses:
  - {id: primary, role: primary, method: logistic, outcome: cure, terms: [arm, age], center: none}
`
	p, err := protocol.Parse([]byte(source), "many")
	if err != nil {
		b.Fatal(err)
	}
	for _, hospitals := range []int{3, 30, 100} {
		b.Run(fmt.Sprint(hospitals), func(b *testing.B) {
			var csv strings.Builder
			csv.WriteString("center,arm,age,cured\n")
			random := rand.New(rand.NewPCG(1, 2))
			for h := range hospitals {
				for range 60 {
					fmt.Fprintf(&csv, "h%03d,%t,%d,%t\n", h, random.IntN(2) == 0, 20+random.IntN(60), random.IntN(2) == 0)
				}
			}
			for b.Loop() {
				f, err := rows.Read(strings.NewReader(csv.String()), rows.ReadingOf(p, "center"))
				if err != nil {
					b.Fatal(err)
				}
				a, err := Run(b.Context(), p, []byte(source), f, Options{Center: "center", Stage: network(b)})
				if err != nil || a.Analyses[0].Refused != "" {
					b.Fatal(err, a.Analyses[0].Refused)
				}
				b.ReportMetric(float64(a.Rounds), "rounds")
				b.ReportMetric(float64(a.Bytes), "bytes/hospital")
			}
		})
	}
}
