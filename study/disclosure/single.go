package disclosure

import (
	"math"
	"slices"

	"consilium/study/protocol"
)

// This file has the rules against variables that are made to hold one person's value: in whatever role a variable stands, it and each part of its expression is looked at as
// if it left by itself.

// singles looks at every variable that an analysis names.
func (c *checker) singles() {
	model := c.a
	if c.a.Model != nil {
		model = c.a.Model
	}
	time := ""
	if o := c.t.Protocol.Outcome(model.Outcome); o != nil {
		time = o.Time // it leaves in bins alone, which have rules of their own
	}
	for _, name := range c.t.Protocol.Uses(c.a) {
		if v := c.t.Variables[name]; v.Type == protocol.Number && name != time {
			c.number(name, v.X)
		}
		c.parts(name)
	}
}

// parts looks at the parts of a variable's expression. A condition splits patients, so it is met by none, by enough, or by all but enough; what is computed on the way is a number like
// any other; and a divisor weighs those most for whom it is near 0.
func (c *checker) parts(name string) {
	list, err := c.t.Parts(name)
	if err != nil {
		c.say(Singled, name)
		return
	}
	for _, p := range list {
		switch p.Sort {
		case protocol.Condition:
			c.condition(name, p.X)
		case protocol.Amount:
			c.number(name, p.X)
		case protocol.Divisor:
			shares := make([]float64, len(p.X))
			for i, x := range p.X {
				shares[i] = 1 / x
			}
			c.number(name, shares)
		}
	}
}

func (c *checker) condition(name string, x []float64) {
	for _, n := range c.patients(2, func(i int) int {
		if math.IsNaN(x[i]) {
			return -1 // what that does to the variable is seen in the sets of complete cases
		}
		return int(x[i])
	}) {
		if c.few(n) {
			c.say(Singled, name)
		}
	}
}

// mostOfOne and mostOfSquares are how much one patient may have of the distances of a number from its middle, and of their squares. Beyond them whoever reads the sum knows that
// patient's value to half of itself, or from the sum of squares to a twentieth: the p% rule (Hundepool and others, Statistical Disclosure Control, 2012, section 4.2), which is laxer on
// squares because one patient who bled much has most of them in an honest series too.
const (
	mostOfOne     = 2.0 / 3
	mostOfSquares = 0.9
)

// number refuses a number that stands for a few: all others have the same value, or one patient has most of its spread. What is not finite
// is part of a branch that was not taken, or makes the variable missing.
func (c *checker) number(name string, x []float64) {
	var known []float64
	often := map[float64]int{}
	for _, v := range x {
		if !finite(v) {
			continue
		}
		known = append(known, v)
		often[v]++
	}
	if len(known) == 0 {
		return // a part that comes to a word
	}
	mode, most := 0.0, 0
	for v, n := range often {
		if n > most || n == most && v < mode {
			mode, most = v, n
		}
	}
	if c.few(c.count(func(i int) bool { return x[i] != mode && finite(x[i]) })) {
		c.say(OneOff, name)
		return
	}
	slices.Sort(known)
	if c.dominated(x, known[len(known)/2]) {
		c.say(Dominated, name)
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// dominated tells whether one patient has too much of the distances from the middle, or of their squares.
func (c *checker) dominated(x []float64, middle float64) bool {
	of := make([]float64, c.all)
	for i, v := range x {
		if !finite(v) {
			continue
		}
		who := i
		if c.who != nil {
			who = c.who[i]
		}
		of[who] += math.Abs(v - middle)
	}
	var total, squares, largest float64
	for _, d := range of {
		total, squares, largest = total+d, squares+d*d, max(largest, d)
	}
	return largest > mostOfOne*total || largest*largest > mostOfSquares*squares
}
