package registry

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"consilium/ledger"
)

// ErrTooAlike says that rows cannot be frozen now: they differ from what was frozen before by so few patients that two results would tell of those few, and the earlier rows cannot
// serve again.
var ErrTooAlike = errors.New("since rows of this pathway were last frozen a few patients have gone, or have not agreed to this study, and results of both would tell of them; nothing is frozen until more have changed")

// tags are who was in a freeze, as keyed codes, and with which rows. They outlive the rows.
type tags map[string]string

// tagsOf are those of what was frozen.
func (g *Registry) tagsOf(plain []byte) (tags, error) {
	patients, err := patientsOf(plain)
	if err != nil {
		return nil, err
	}
	out := tags{}
	for patient, rows := range patients {
		out[g.pseudonym("freeze patient", patient)] = g.pseudonym("freeze rows", hex.EncodeToString(rows[:]))
	}
	return out, nil
}

func (t tags) keep(ctx context.Context, tx ledger.Tx, id ledger.Hash) error {
	raw, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO registry_freeze_tags (id, tags) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, id[:], raw)
	return err
}

// tagsKept are those of a freeze; nil where a release before this table made it.
func tagsKept(ctx context.Context, tx ledger.Tx, id ledger.Hash) (t tags, err error) {
	var raw []byte
	err = tx.QueryRowContext(ctx, `SELECT tags FROM registry_freeze_tags WHERE id = $1`, id[:]).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err != nil {
		return nil, fmt.Errorf("who was in the freeze %s: %w", id.Short(), err)
	}
	return t, nil
}

// FrozenContent names what was frozen, the same for two freezes of the same rows; zero where it is not known.
func FrozenContent(ctx context.Context, tx ledger.Tx, id ledger.Hash) (ledger.Hash, error) {
	t, err := tagsKept(ctx, tx, id)
	if err != nil || t == nil {
		return ledger.Hash{}, err
	}
	raw, err := json.Marshal(t) // in the order of its keys
	return ledger.SumBlob(raw), err
}

// earlierFreeze is an earlier freeze with who was in it.
type earlierFreeze struct {
	Freeze
	tags
}

// earlier are the freezes of a pathway, the newest first.
func (z *Freezes) earlier(ctx context.Context, db ledger.DB, g *Registry, pathway string) (list []earlierFreeze, err error) {
	err = db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list = nil
		all, err := FreezesOf(ctx, tx, pathway)
		if err != nil {
			return err
		}
		for _, f := range all {
			t, err := tagsKept(ctx, tx, f.ID)
			if err != nil {
				return err
			}
			list = append(list, earlierFreeze{f, t})
		}
		return nil
	})
	for i, f := range list {
		if err != nil || f.tags != nil || !f.Gone.IsZero() {
			continue
		}
		var plain []byte
		if plain, err = z.plain(f.ID); errors.Is(err, ErrThawed) {
			err = nil // restored from a backup, which has none: who was in it is not known any more
			continue
		}
		if err == nil {
			list[i].tags, err = g.tagsOf(plain)
		}
	}
	return list, err
}

// instead puts the rows of an earlier freeze into the place of new ones that differ from it by too few patients, where all of its patients are among the new ones.
func (z *Freezes) instead(ctx context.Context, db ledger.DB, g *Registry, f *Freeze, plain *bytes.Buffer, least int) error {
	earlier, err := z.earlier(ctx, db, g, f.Pathway)
	if err != nil {
		return err
	}
	if f.tags, err = g.tagsOf(plain.Bytes()); err != nil {
		return err
	}
	tooAlike := false
	for _, e := range earlier {
		if n := f.tags.differing(e.tags); e.tags == nil || n == 0 || n >= least {
			continue
		}
		tooAlike = true
		if !e.Gone.IsZero() || !f.tags.cover(e.tags) {
			continue
		}
		was, err := z.plain(e.ID)
		if errors.Is(err, ErrThawed) {
			continue
		}
		if err != nil {
			return err
		}
		salted, err := salt(was)
		if err != nil {
			return err
		}
		plain.Reset()
		plain.Write(salted)
		f.Rows, f.At, f.tags = e.Rows, e.At, e.tags
		return nil
	}
	if tooAlike {
		return ErrTooAlike
	}
	return nil
}

// cover tells whether every patient of others is among these, with whichever rows.
func (t tags) cover(others tags) bool {
	for patient := range others {
		if _, ok := t[patient]; !ok {
			return false
		}
	}
	return true
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
func (t tags) differing(others tags) (n int) {
	for patient, rows := range t {
		if other, both := others[patient]; !both || other != rows {
			n++
		}
	}
	for patient := range others {
		if _, both := t[patient]; !both {
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
