package disclosure

import (
	"math/bits"
	"slices"
)

// set is some rows of a universe, one bit each.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

func (s set) empty() bool {
	return !slices.ContainsFunc(s, func(w uint64) bool { return w != 0 })
}

// Bounds of what is compared. Where a protocol draws more sets than that, what it asks for beyond them is refused.
const (
	maxSets = 400
	maxTrys = 20_000
)

// isolates tells whether sums over these sets, added and subtracted as anybody likes, come to a sum over at least one patient and fewer than k. who is each row's patient.
//
// Rows that no set tells apart are one atom, and a sum over a set is a row of ones and zeros over atoms. By elimination, the atoms of k patients and more first, what is left over
// are combinations of the sums in which only small atoms stand. There are mostly none; else the smallest union of atoms that one of them can be confined to is looked for.
func isolates(sets []set, rows int, who []int, k int) bool {
	if len(sets) > maxSets {
		return true
	}
	atoms := atomsOf(sets, rows, who, k)
	slices.SortStableFunc(atoms, func(a, b atom) int {
		return boolInt(len(b.who) >= k) - boolInt(len(a.who) >= k)
	})
	large := slices.IndexFunc(atoms, func(a atom) bool { return len(a.who) < k })
	if large < 0 {
		return false
	}
	matrix := make([][]uint64, len(sets))
	for i, s := range sets {
		matrix[i] = make([]uint64, len(atoms))
		for j, a := range atoms {
			matrix[i][j] = uint64(boolInt(s.has(a.row)))
		}
	}
	var rest [][]uint64
	for _, row := range matrix[eliminate(matrix, 0, large):] {
		rest = append(rest, row[large:])
	}
	rest = rest[:eliminate(rest, 0, len(atoms)-large)]
	if len(rest) == 0 {
		return false
	}
	s := &search{rest: rest, atoms: atoms[large:], k: k}
	return s.confined(0, nil, nil)
}

// atom is the rows that are in the same sets.
type atom struct {
	row int          // one of them
	who map[int]bool // their patients, as many as are enough
}

func atomsOf(sets []set, rows int, who []int, enough int) []atom {
	var list []atom
	at := map[string]int{}
	for i := range rows {
		signature := make([]byte, (len(sets)+7)/8)
		in := false
		for j, s := range sets {
			if s.has(i) {
				signature[j/8] |= 1 << (j % 8)
				in = true
			}
		}
		if !in {
			continue
		}
		k, ok := at[string(signature)]
		if !ok {
			k = len(list)
			at[string(signature)] = k
			list = append(list, atom{i, map[int]bool{}})
		}
		if len(list[k].who) < enough {
			list[k].who[who[i]] = true
		}
	}
	return list
}

// search looks for atoms of fewer than k patients to which a combination of the rows can be confined.
type search struct {
	rest  [][]uint64
	atoms []atom
	k     int
	trys  int
}

// confined tries the atoms chosen, and each further one from a place on, as long as their patients are fewer than k.
func (s *search) confined(from int, chosen []int, who map[int]bool) bool {
	if s.trys++; s.trys > maxTrys {
		return true // too many to look at: it is not said that they are safe
	}
	if len(chosen) > 0 && s.drops(chosen) {
		return true
	}
	for i := from; i < len(s.atoms); i++ {
		union := map[int]bool{}
		for p := range who {
			union[p] = true
		}
		for p := range s.atoms[i].who {
			union[p] = true
		}
		if len(union) < s.k && s.confined(i+1, append(slices.Clip(chosen), i), union) {
			return true
		}
	}
	return false
}

// drops tells whether some combination of the rows is zero in all atoms but the chosen ones: their rank without those is less.
func (s *search) drops(chosen []int) bool {
	without := make([][]uint64, len(s.rest))
	for i, row := range s.rest {
		without[i] = slices.Clone(row)
		for _, j := range chosen {
			without[i][j] = 0
		}
	}
	return eliminate(without, 0, len(s.atoms)) < len(s.rest)
}

// prime is that of the field in which rows are eliminated. What depends on others among the rational numbers does here too, so nothing that isolates is passed over.
const prime = 1<<61 - 1

// eliminate brings rows to echelon form over some columns and gives how many of them have a pivot there; those come first.
func eliminate(m [][]uint64, from, to int) (rank int) {
	for col := from; col < to && rank < len(m); col++ {
		pivot := slices.IndexFunc(m[rank:], func(row []uint64) bool { return row[col] != 0 })
		if pivot < 0 {
			continue
		}
		m[rank], m[rank+pivot] = m[rank+pivot], m[rank]
		inverse := power(m[rank][col], prime-2)
		for _, row := range m[rank+1:] {
			if row[col] == 0 {
				continue
			}
			factor := times(row[col], inverse)
			for j := col; j < len(row); j++ {
				row[j] = (row[j] + prime - times(factor, m[rank][j])) % prime
			}
		}
		rank++
	}
	return rank
}

func times(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	_, rem := bits.Div64(hi, lo, prime)
	return rem
}

func power(a, n uint64) uint64 {
	out := uint64(1)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			out = times(out, a)
		}
		a = times(a, a)
	}
	return out
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
