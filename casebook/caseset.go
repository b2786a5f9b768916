package casebook

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"consilium/ledger"
)

// partSize is how many cases one row of the index speaks of. Numbers are given in turn, so that new cases change the last row of each term.
const partSize = 4096

const wholePart = partSize / 8 // bytes of a part with one bit for each case

// caseSet is a set of cases by their numbers, one bit for each.
type caseSet []uint64

func (s caseSet) has(n int64) bool {
	return n/64 < int64(len(s)) && s[n/64]&(1<<(n%64)) != 0
}

func (s caseSet) len() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// and keeps what both have.
func (s caseSet) and(t caseSet) caseSet {
	s = s[:min(len(s), len(t))]
	for i := range s {
		s[i] &= t[i]
	}
	return s
}

// or is what either has.
func (s caseSet) or(t caseSet) caseSet {
	if len(s) < len(t) {
		s, t = t, s
	}
	for i := range t {
		s[i] |= t[i]
	}
	return s
}

// numbers lists the cases in the order of their numbers.
func (s caseSet) numbers() (list []int64) {
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			list = append(list, int64(i)*64+int64(bits.TrailingZeros64(w)))
		}
	}
	return list
}

// put adds what a row of the index says of a part: the places of the cases in it, two bytes each, or a bit for each place once that is shorter.
func (s caseSet) put(part int64, row []byte) caseSet {
	first := part * partSize / 64
	if need := int(first) + partSize/64; len(s) < need {
		s = append(s, make([]uint64, need-len(s))...)
	}
	if len(row) == wholePart {
		for i := range partSize / 64 {
			s[int(first)+i] |= binary.LittleEndian.Uint64(row[8*i:])
		}
		return s
	}
	for ; len(row) >= 2; row = row[2:] {
		n := int64(binary.LittleEndian.Uint16(row)) % partSize
		s[first+n/64] |= 1 << (n % 64)
	}
	return s
}

// withPlace gives a row of the index with the case at a place, or without it. What it gives depends on the places alone.
func withPlace(row []byte, place uint16, in bool) []byte {
	if len(row) == wholePart && in {
		row = slices.Clone(row)
		row[place/8] |= 1 << (place % 8)
		return row
	}
	places := placesOf(row)
	i, was := slices.BinarySearch(places, place)
	switch {
	case in && !was:
		places = slices.Insert(places, i, place)
	case !in && was:
		places = slices.Delete(places, i, i+1)
	}
	return rowOfPlaces(places)
}

func placesOf(row []byte) (places []uint16) {
	if len(row) == wholePart {
		for _, n := range caseSet(nil).put(0, row).numbers() {
			places = append(places, uint16(n))
		}
		return places
	}
	for ; len(row) >= 2; row = row[2:] {
		places = append(places, binary.LittleEndian.Uint16(row))
	}
	return places
}

func rowOfPlaces(places []uint16) []byte {
	if 2*len(places) < wholePart {
		row := make([]byte, 0, 2*len(places))
		for _, p := range places {
			row = binary.LittleEndian.AppendUint16(row, p)
		}
		return row
	}
	row := make([]byte, wholePart)
	for _, p := range places {
		row[p/8] |= 1 << (p % 8)
	}
	return row
}

// casesWith reads the cases whose text has a term.
func casesWith(ctx context.Context, tx ledger.Tx, term string) (s caseSet, err error) {
	found, err := tx.QueryContext(ctx, `SELECT part, cases FROM case_term WHERE term = $1`, []byte(term))
	if err != nil {
		return nil, fmt.Errorf("searching cases: %w", err)
	}
	defer found.Close()
	for found.Next() {
		var part int64
		var row []byte
		if err := found.Scan(&part, &row); err != nil {
			return nil, fmt.Errorf("searching cases: %w", err)
		}
		s = s.put(part, row)
	}
	return s, found.Err()
}
