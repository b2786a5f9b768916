package disclosure

import (
	"math"
	"slices"

	"consilium/study/method"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// Tag names a row in what has left before: a keyed code of its patient, and which of the patient's rows it is. Nobody without the hospital's key can tell whose it is.
type Tag struct {
	Patient [12]byte
	Place   int
}

// Release is what left at one time: sums over these sets of rows. It holds no value of anybody.
type Release struct {
	Rows []Tag
	Sets [][]int // places in Rows
}

// Past is what has left this hospital before, in any study.
type Past struct {
	Tags         []Tag // of each row of the file that is computed from
	Releases     []Release
	Masked, Open int // figures that the patients of these rows have given
}

// Patients are those whose rows have these tags.
func Patients(tags []Tag) map[[12]byte]bool {
	who := make(map[[12]byte]bool, len(tags))
	for _, t := range tags {
		who[t.Patient] = true
	}
	return who
}

// releases is what has left and what is about to, over one universe of rows.
type releases struct {
	who  []int // of each row, its patient
	at   []int // of each row of the file, its place in the universe
	sets []set
	had  map[string]bool
	k    int
}

// newReleases begins with what has left before.
func newReleases(cohort *rows.Table, past *Past, k int) *releases {
	r := &releases{k: k, had: map[string]bool{}}
	if past == nil || len(past.Tags) == 0 {
		r.file(cohort)
		return r
	}
	place, patient := map[Tag]int{}, map[[12]byte]int{}
	find := func(t Tag) int {
		at, ok := place[t]
		if !ok {
			at = len(place)
			place[t] = at
			if _, ok := patient[t.Patient]; !ok {
				patient[t.Patient] = len(patient)
			}
			r.who = append(r.who, patient[t.Patient])
		}
		return at
	}
	for _, t := range past.Tags {
		r.at = append(r.at, find(t))
	}
	for _, old := range past.Releases {
		for _, t := range old.Rows {
			find(t)
		}
	}
	for _, old := range past.Releases {
		for _, members := range old.Sets {
			s := newSet(len(r.who))
			for _, i := range members {
				s.add(place[old.Rows[i]])
			}
			r.keep(s)
		}
	}
	return r
}

// file is the universe of the rows of a file alone.
func (r *releases) file(cohort *rows.Table) {
	n := 0
	for _, at := range cohort.At {
		n = max(n, at+1)
	}
	r.who, r.at = make([]int, n), make([]int, n)
	who := []int(nil)
	if cohort.Patient != nil {
		who, _ = numbered(cohort.Patient)
	}
	for i := range r.at {
		r.at[i], r.who[i] = i, n+i
	}
	for i, at := range cohort.At {
		r.who[at] = at
		if who != nil {
			r.who[at] = who[i]
		}
	}
}

// keep adds a set that is not there yet, and tells whether it did.
func (r *releases) keep(s set) bool {
	key := make([]byte, 0, 8*len(s))
	for _, w := range s {
		for b := range 8 {
			key = append(key, byte(w>>(8*b)))
		}
	}
	if s.empty() || r.had[string(key)] {
		return false
	}
	r.had[string(key)] = true
	r.sets = append(r.sets, s)
	return true
}

// take adds the sets of an analysis, unless with those that are there they come to fewer than k patients. It gives the sets as rows of the file.
func (r *releases) take(cases *rows.Table, a *protocol.Analysis) (of [][]int, ok bool, err error) {
	if a.Method == protocol.MissingValues {
		of, ok = r.takeGaps(cases, a)
		return of, ok, nil
	}
	if of, err = setsOf(cases, a); err != nil || !r.add(of) {
		return nil, false, err
	}
	return of, true, nil
}

// add adds sets of rows, unless with those that are there they come to fewer than k patients.
func (r *releases) add(of [][]int) bool {
	before := len(r.sets)
	fresh := false
	for _, members := range of {
		s := newSet(len(r.who))
		for _, i := range members {
			s.add(r.at[i])
		}
		fresh = r.keep(s) || fresh
	}
	if !fresh || !isolates(r.sets, len(r.who), r.who, r.k) {
		return true
	}
	r.sets = r.sets[:before]
	r.had = map[string]bool{}
	kept := r.sets
	r.sets = nil
	for _, s := range kept {
		r.keep(s)
	}
	return false
}

// setsOf are the sets of rows that an analysis sums over, as far as the protocol draws them: its complete cases, the groups that it compares, and within them each level and each
// condition of the variables that the protocol makes. Levels of columns as they stand are the hospital's own, and have rules of their own.
func setsOf(t *rows.Table, a *protocol.Analysis) ([][]int, error) {
	list := [][]int{t.At}
	where := func(x []float64, value float64) {
		var members []int
		for i, v := range x {
			if v == value {
				members = append(members, t.At[i])
			}
		}
		list = append(list, members)
	}
	levels := func(name string) {
		for k := range rows.GroupNames(t.Protocol, name) {
			where(t.Variables[name].X, float64(k))
		}
	}
	for _, name := range []string{a.By, a.Exposure} {
		if name != "" {
			levels(name)
		}
	}
	for _, name := range t.Protocol.Uses(a) {
		v := t.Variables[name]
		if v.Value.IsZero() {
			continue
		}
		if v.Type != protocol.Number {
			levels(name)
		}
		parts, err := t.Parts(name)
		if err != nil {
			return nil, err
		}
		for _, p := range parts {
			if p.Sort == protocol.Condition {
				where(p.X, 1)
			}
		}
	}
	return list, nil
}

// within takes analyses away that would go beyond what the patients of a cohort may give, what they gave before counted in: the first ones stay, in the protocol's order.
func within(p *protocol.Protocol, patients int, takes []bool, l Limits, past *Past) []bool {
	out := make([]bool, len(takes))
	masked, open := 0, 0
	if past != nil {
		masked, open = past.Masked, past.Open
	}
	most := func(each float64) int { return int(math.Min(each*float64(patients), math.MaxInt32)) }
	for i, may := range takes {
		m, o := method.Cost(p, &p.Analyses[i])
		if may && masked+m <= most(l.MaxFigures) && open+o <= most(l.MaxOpen) {
			masked, open, out[i] = masked+m, open+o, true
		}
	}
	return out
}

// Figures is about how many figures the part gives in a run.
func (p *Part) Figures() (masked, open int) {
	for i, takes := range p.Takes {
		if takes {
			m, o := method.Cost(p.Cohort.Protocol, &p.Cohort.Protocol.Analyses[i])
			masked, open = masked+m, open+o
		}
	}
	return masked, open
}

// Release is what leaves with the part, to be kept beside the tags of the file's rows.
func (p *Part) Release(tags []Tag) Release {
	out := Release{}
	place := map[int]int{}
	for _, sets := range p.sets {
		for _, members := range sets {
			var s []int
			for _, i := range members {
				at, ok := place[i]
				if !ok {
					at = len(out.Rows)
					place[i] = at
					out.Rows = append(out.Rows, tags[i])
				}
				s = append(s, at)
			}
			if len(s) > 0 && !slices.ContainsFunc(out.Sets, func(other []int) bool { return slices.Equal(other, s) }) {
				out.Sets = append(out.Sets, s)
			}
		}
	}
	return out
}
