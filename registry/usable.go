package registry

import (
	"context"
	"fmt"
	"slices"

	"consilium/access"
	"consilium/ledger"
)

// Usable is what of a freeze may still be used: its rows but those of patients who have refused or withdrawn since.
type Usable struct {
	ID             ledger.Hash
	Rows, Patients int // that may be used

	without map[string]bool // cases that may not, by their pseudonyms
}

// Usable looks through a freeze for patients who do not let their rows be used any more, on the ground on which they were frozen. says is asked what the patient of a case says now whose rows are not in the registry any more.
func (z *Freezes) Usable(ctx context.Context, db ledger.DB, g *Registry, f Freeze, says func(context.Context, ledger.Tx, ledger.ThreadID) (access.Consent, error)) (Usable, error) {
	u := Usable{ID: f.ID, without: map[string]bool{}}
	rows, patients, err := z.casesOf(f.ID)
	if err != nil {
		return u, err
	}
	least := Query{Research: true, Waiver: f.Waiver}.least()
	err = db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		said, err := g.agreements(ctx, tx, f.Pathway, rows, says)
		for kase := range rows {
			if is, known := said[kase]; !known || is < least {
				u.without[kase] = true
			}
		}
		return err
	})
	left := map[string]bool{}
	for kase, n := range rows {
		if !u.without[kase] {
			u.Rows += n
			left[patients[kase]] = true
		}
	}
	u.Patients = len(left)
	return u, err
}

// casesOf are the cases in a freeze by their pseudonyms, with how many rows each has and whose it is.
func (z *Freezes) casesOf(id ledger.Hash) (rows map[string]int, patients map[string]string, err error) {
	rows, patients = map[string]int{}, map[string]string{}
	kase, patient := -1, -1
	err = z.Read(id, func(list []Column) error {
		kase = slices.IndexFunc(list, func(c Column) bool { return c.Name == "case" })
		patient = slices.IndexFunc(list, func(c Column) bool { return c.Name == "patient" })
		if kase < 0 || patient < 0 {
			return fmt.Errorf("the freeze %s does not tell whose its rows are", id.Short())
		}
		return nil
	}, func(row []Cell) error {
		rows[row[kase].Value]++
		patients[row[kase].Value] = row[patient].Value
		return nil
	})
	return rows, patients, err
}

// agreements are what the patients of some cases say of research now, by the cases' pseudonyms: as their rows in the registry have it, and of cases that have none any more as the cases say themselves.
func (g *Registry) agreements(ctx context.Context, tx ledger.Tx, pathway string, of map[string]int, says func(context.Context, ledger.Tx, ledger.ThreadID) (access.Consent, error)) (map[string]Agreement, error) {
	said := map[string]Agreement{}
	err := g.eachThread(ctx, tx, `SELECT thread, MIN(research) FROM registry_row WHERE pathway = $1 GROUP BY thread`, []any{pathway}, func(kase string, _ ledger.ThreadID, research int) error {
		said[kase] = Agreement(research)
		return nil
	})
	if err != nil {
		return nil, err
	}
	missing := 0
	for kase := range of {
		if _, known := said[kase]; !known {
			missing++
		}
	}
	if missing == 0 {
		return said, nil
	}
	var threads []ledger.ThreadID
	err = g.eachThread(ctx, tx, `SELECT thread, 0 FROM case_row`, nil, func(kase string, id ledger.ThreadID, _ int) error {
		if _, known := said[kase]; !known && of[kase] > 0 {
			threads = append(threads, id)
		}
		return nil
	})
	for _, id := range threads {
		if err != nil {
			return nil, err
		}
		var consent access.Consent
		if consent, err = says(ctx, tx, id); err == nil {
			said[g.pseudonym("case", id.String())] = agreementOf(consent, g.Me)
		}
	}
	return said, err
}

func (g *Registry) eachThread(ctx context.Context, tx ledger.Tx, query string, args []any, do func(kase string, id ledger.ThreadID, n int) error) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("reading what patients say of research: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		var n int
		if err := rows.Scan(&raw, &n); err != nil {
			return err
		}
		id := ledger.ThreadID(raw)
		if err := do(g.pseudonym("case", id.String()), id, n); err != nil {
			return err
		}
	}
	return rows.Err()
}

// See reads the rows of a freeze that may be used, as [Freezes.Read] reads all.
func (z *Freezes) See(u Usable, columns func([]Column) error, row func([]Cell) error) error {
	at := -1
	return z.Read(u.ID, func(list []Column) error {
		at = slices.IndexFunc(list, func(c Column) bool { return c.Name == "case" })
		return columns(list)
	}, func(cells []Cell) error {
		if at >= 0 && u.without[cells[at].Value] {
			return nil
		}
		return row(cells)
	})
}
