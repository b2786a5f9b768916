package registry

import (
	"context"
	"math"

	"consilium/ledger"
)

// pairs finds cases that may be one: two of the same patient and side, and two operations of the same day that nothing but their numbers tells apart.
func (c *checking) pairs(ctx context.Context, tx ledger.Tx) error {
	numbers, err := c.g.patients(ctx, tx)
	if err != nil {
		return err
	}
	type patient struct {
		number string
		side   byte
	}
	byPatient, byDay := map[patient]int{}, map[string][]int{}
	for i := range c.rows {
		r := &c.rows[i]
		if number := numbers[r.Thread]; number != "" {
			key := patient{number, r.side}
			if first, twice := byPatient[key]; !twice {
				byPatient[key] = i
			} else if c.rows[first].Thread != r.Thread {
				c.pair("patient", &c.rows[first], r)
			}
		}
		if r.Day == "" {
			continue
		}
		for _, j := range byDay[r.Day] {
			if o := &c.rows[j]; sameOperation(o, r) && (numbers[o.Thread] == "" || numbers[r.Thread] == "") {
				c.pair("operation", o, r)
			}
		}
		byDay[r.Day] = append(byDay[r.Day], i)
	}
	return nil
}

// sameOperation tells whether two rows of one day may be one operation: what both say agrees, and both say enough.
func sameOperation(a, b *checkedRow) bool {
	agree := func(x, y string) bool { return x == y || x == "" || y == "" }
	return a.Thread != b.Thread && a.sex != 0 && a.sex == b.sex && a.sided && b.sided && a.side == b.side && math.Abs(float64(a.age-b.age)) <= 1 &&
		agree(a.procedure, b.procedure) && agree(a.Operator, b.Operator)
}

func (c *checking) pair(same string, a, b *checkedRow) {
	if !c.settled[settledKey{a.Thread, a.Place.Place, same, b.Thread.String()}] {
		c.out.Pairs = append(c.out.Pairs, Pair{same, a.Place, b.Place})
	}
}
