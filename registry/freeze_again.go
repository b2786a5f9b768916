package registry

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"consilium/ledger"
)

// instead puts the rows of an earlier freeze into the place of new ones that differ from it by too few patients.
func (z *Freezes) instead(ctx context.Context, db ledger.DB, f *Freeze, plain *bytes.Buffer, least int) error {
	var earlier []Freeze
	err := db.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		earlier, err = FreezesOf(ctx, tx, f.Pathway)
		return err
	})
	if err != nil {
		return err
	}
	now, err := patientsOf(plain.Bytes())
	if err != nil {
		return err
	}
	for _, e := range earlier {
		if !e.Gone.IsZero() {
			continue
		}
		was, err := z.plain(e.ID)
		if err != nil {
			return err
		}
		then, err := patientsOf(was)
		if err != nil {
			return err
		}
		if n := differing(now, then); n == 0 || n >= least {
			continue
		}
		salted, err := salt(was)
		if err != nil {
			return err
		}
		plain.Reset()
		plain.Write(salted)
		f.Rows, f.At = e.Rows, e.At
		return nil
	}
	return nil
}

// patientsOf gives of each patient in what was frozen a sum of their rows.
func patientsOf(plain []byte) (map[string][32]byte, error) {
	of, at := map[string][32]byte{}, -1
	err := readFrozen(bytes.NewReader(plain), ledger.SumBlob(plain), func(list []Column) error {
		at = slices.IndexFunc(list, func(c Column) bool { return c.Name == "patient" })
		return nil
	}, func(row []Cell) error {
		if at < 0 {
			return nil
		}
		before := of[row[at].Value]
		raw, err := json.Marshal(row)
		of[row[at].Value] = sha256.Sum256(append(before[:], raw...))
		return err
	})
	return of, err
}

// differing counts the patients who are in one of two freezes only, or have other rows in them.
func differing(a, b map[string][32]byte) (n int) {
	for patient, rows := range a {
		if other, both := b[patient]; !both || other != rows {
			n++
		}
	}
	for patient := range b {
		if _, both := a[patient]; !both {
			n++
		}
	}
	return n
}

// salt gives what was frozen another salt, and so another hash.
func salt(plain []byte) ([]byte, error) {
	line, rows, _ := bytes.Cut(plain, []byte("\n"))
	var head frozenHead
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, err
	}
	rand.Read(head.Salt)
	line, err := json.Marshal(head)
	return append(append(line, '\n'), rows...), err
}
