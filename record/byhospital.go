package record

import (
	"slices"

	"consilium/ledger"
)

// SaidBy is the first of a list that a hospital said; nil where it said none.
func SaidBy[B any](list []Said[B], h ledger.HospitalID) *Said[B] {
	i := slices.IndexFunc(list, func(s Said[B]) bool { return s.By.Hospital == h })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// Without leaves out what a hospital said. The list that was there stays as it is, for who reads the thread as it was.
func Without[B any](list []Said[B], h ledger.HospitalID) []Said[B] {
	return slices.DeleteFunc(slices.Clone(list), func(s Said[B]) bool { return s.By.Hospital == h })
}

// Newest keeps what each hospital said last: it takes the place of what the same one said before.
func Newest[B any](list []Said[B], s Said[B]) []Said[B] {
	return append(Without(list, s.By.Hospital), s)
}
