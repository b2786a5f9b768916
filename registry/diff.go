package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Difference is what is otherwise between two freezes. A row is one operation of one case; the same row is in both where case and operation are the same.
type Difference struct {
	Rows    [2]int // in the first, in the second
	Added   int    // rows of the second alone
	Gone    int    // rows of the first alone
	Changed int    // rows of both with another value in a column of both
	Reasons int    // rows of both in which nothing but the reasons of empty cells is otherwise, as when a follow-up has become due
	Same    int    // rows of both that are equal in all columns of both

	ColumnsAdded, ColumnsGone []string
	Columns                   []ColumnDifference // those of both in which something is otherwise, in the order of the second
}

// ColumnDifference counts the cells of one column, of rows that both freezes have.
type ColumnDifference struct {
	Name    string
	Changed int // one value, then another
	Filled  int // empty, then a value
	Emptied int // a value, then empty
	Reason  int // empty in both, for another reason
}

// rowName is case and operation, as pseudonyms.
type rowName string

// Diff compares what of two freezes may be used. Rows are read one after the other; only those that changed are kept in memory.
func (z *Freezes) Diff(first, second Usable) (*Difference, error) {
	d := &differing{z: z, out: &Difference{}}
	if err := d.columns(first, second); err != nil {
		return nil, err
	}
	if err := d.rows(first, second); err != nil {
		return nil, err
	}
	return d.out, d.cells(first, second)
}

type differing struct {
	z       *Freezes
	out     *Difference
	shared  []string // columns of both, in the order of the second
	at      [2][]int // of each shared column, its place in each freeze
	name    [2][2]int
	changed map[rowName]bool
}

// columns finds those of both. A freeze without rows has columns all the same.
func (d *differing) columns(first, second Usable) error {
	var lists [2][]string
	for i, u := range []Usable{first, second} {
		list, err := d.z.Columns(u.ID)
		if err != nil {
			return err
		}
		for _, c := range list {
			lists[i] = append(lists[i], c.Name)
		}
		d.name[i] = [2]int{slices.Index(lists[i], "case"), slices.Index(lists[i], "operation")}
	}
	for k, name := range lists[1] {
		if was := slices.Index(lists[0], name); was >= 0 {
			d.shared, d.at[0], d.at[1] = append(d.shared, name), append(d.at[0], was), append(d.at[1], k)
		} else {
			d.out.ColumnsAdded = append(d.out.ColumnsAdded, name)
		}
	}
	for _, name := range lists[0] {
		if !slices.Contains(lists[1], name) {
			d.out.ColumnsGone = append(d.out.ColumnsGone, name)
		}
	}
	return nil
}

// nameOf is the name of a row of the first (0) or the second (1).
func (d *differing) nameOf(i int, row []Cell) rowName {
	return rowName(row[d.name[i][0]].Value + " " + row[d.name[i][1]].Value)
}

// sum is a hash of what stands in the columns of both.
func (d *differing) sum(i int, row []Cell) string {
	h := sha256.New()
	for _, at := range d.at[i] {
		text, _ := row[at].MarshalText() // it cannot fail
		h.Write(append(text, 0))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func noColumns([]Column) error { return nil }

// rows finds which are in one only, and which are not equal.
func (d *differing) rows(first, second Usable) error {
	was := map[rowName]string{}
	d.changed = map[rowName]bool{}
	err := d.z.See(first, noColumns, func(row []Cell) error {
		d.out.Rows[0]++
		was[d.nameOf(0, row)] = d.sum(0, row)
		return nil
	})
	if err != nil {
		return err
	}
	err = d.z.See(second, noColumns, func(row []Cell) error {
		name := d.nameOf(1, row)
		sum, both := was[name]
		d.out.Rows[1]++
		delete(was, name)
		switch {
		case !both:
			d.out.Added++
		case sum == d.sum(1, row):
			d.out.Same++
		default:
			d.changed[name] = true
		}
		return nil
	})
	d.out.Gone = len(was)
	return err
}

// cells compares the rows that are not equal, cell by cell.
func (d *differing) cells(first, second Usable) error {
	if len(d.changed) == 0 {
		return nil
	}
	was := map[rowName][]Cell{}
	err := d.z.See(first, noColumns, func(row []Cell) error {
		if name := d.nameOf(0, row); d.changed[name] {
			was[name] = slices.Clone(row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	counts := make([]ColumnDifference, len(d.shared))
	err = d.z.See(second, noColumns, func(row []Cell) error {
		if before := was[d.nameOf(1, row)]; before != nil {
			d.compare(before, row, counts)
		}
		return nil
	})
	for i, c := range counts {
		if c.Name = d.shared[i]; c.Changed+c.Filled+c.Emptied+c.Reason > 0 {
			d.out.Columns = append(d.out.Columns, c)
		}
	}
	return err
}

// compare counts what is otherwise between two states of one row.
func (d *differing) compare(before, after []Cell, counts []ColumnDifference) {
	values := false
	for i := range d.shared {
		a, b := before[d.at[0][i]], after[d.at[1][i]]
		switch c := &counts[i]; {
		case a == b:
			continue
		case a.Why != "" && b.Why != "":
			c.Reason++
			continue
		case a.Why != "":
			c.Filled++
		case b.Why != "":
			c.Emptied++
		default:
			c.Changed++
		}
		values = true
	}
	if values {
		d.out.Changed++
	} else {
		d.out.Reasons++
	}
}
