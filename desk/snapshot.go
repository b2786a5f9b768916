package desk

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/registry"
)

// maxLabel bounds the name of a freeze, in bytes.
const maxLabel = 100

// FreezeRows freezes rows of a pathway under a name, to take them out later or to compare them: of patients who agreed to research, or under a granted waiver.
func (d *Desk) FreezeRows(ctx context.Context, caller Caller, pathway, waived, label string) (s registry.Snapshot, err error) {
	if err := access.Need(caller.Who, access.Export, RowsFor); err != nil {
		return s, err
	}
	label = strings.TrimSpace(label)
	if label == "" || len(label) > maxLabel {
		return s, errors.Join(ErrInput, fmt.Errorf("a freeze has a name of at most %d bytes", maxLabel))
	}
	var q registry.Query
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if q, err = d.RowsOf(ctx, tx, pathway, waived); err != nil {
			return err
		}
		_, patients, err := d.Registry.Extent(ctx, tx, q)
		if err == nil && patients < registry.SmallCell {
			err = few()
		}
		return err
	})
	if err != nil {
		return s, err
	}
	s, err = d.Freezes.Snapshot(ctx, d.DB, d.Registry, q, label, caller.Person)
	switch {
	case errors.Is(err, registry.ErrFewPatients):
		err = few()
	case errors.Is(err, registry.ErrLabel) || errors.Is(err, registry.ErrLabelUnfit):
		err = errors.Join(ErrInput, err)
	}
	return s, err
}

// SnapshotsOf are the named freezes of a pathway, the newest first, for who may take rows out.
func (d *Desk) SnapshotsOf(ctx context.Context, tx ledger.Tx, caller Caller, pathway string) ([]registry.Snapshot, error) {
	if err := access.Need(caller.Who, access.Export, RowsFor); err != nil {
		return nil, err
	}
	if d.Packs(pathway, "") == nil {
		return nil, ErrNotHere
	}
	return registry.Snapshots(ctx, tx, pathway)
}

// Snapshot finds a freeze by its name or the beginning of its hash. Rows that were frozen under a waiver are seen while that waiver is in force.
func (d *Desk) Snapshot(ctx context.Context, tx ledger.Tx, caller Caller, pathway, name string) (s registry.Snapshot, err error) {
	if err := access.Need(caller.Who, access.Export, RowsFor); err != nil {
		return s, err
	}
	s, err = registry.SnapshotNamed(ctx, tx, pathway, name)
	if errors.Is(err, sql.ErrNoRows) {
		return s, errors.Join(ErrNotHere, err)
	}
	if err == nil && s.Waiver != "" {
		err = d.waivedStill(ctx, tx, s.Waived)
	}
	return s, err
}

// usable is what of a freeze may still be used: who has refused or withdrawn since is left out. Too few that are left are refused.
func (d *Desk) usable(ctx context.Context, s registry.Snapshot) (registry.Usable, error) {
	u, err := thawedOr(d.Freezes.Usable(ctx, d.DB, d.Registry, s.Freeze, func(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (access.Consent, error) {
		l, err := d.Book.Log(ctx, tx, id)
		if err != nil {
			return access.Consent{}, err
		}
		return casebook.Fold(l).Consent, nil
	}))
	if err == nil && u.Patients < registry.SmallCell {
		err = few()
	}
	return u, err
}

// CompareSnapshots tells what is otherwise between two freezes of a pathway. It is noted beside the exports, and asks a token for the same scope: a difference may be one patient's.
func (d *Desk) CompareSnapshots(ctx context.Context, caller Caller, pathway, first, second string) (*registry.Difference, error) {
	if !caller.Lets(ScopeExport) {
		return nil, fmt.Errorf("it needs the scope %q: %w", ScopeExport, ErrScope)
	}
	var two [2]registry.Snapshot
	err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		for i, name := range []string{first, second} {
			if two[i], err = d.Snapshot(ctx, tx, caller, pathway, name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	})
	var use [2]registry.Usable
	for i, s := range two {
		if err == nil {
			use[i], err = d.usable(ctx, s)
		}
	}
	if err != nil {
		return nil, err
	}
	err = d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		return registry.Note(ctx, tx, registry.Taken{At: d.Now(), Person: caller.Person, Pathway: pathway, Format: registry.NotedDiff, Dates: registry.Intervals, Waiver: two[1].Waiver, Waived: two[1].Waived,
			Reason: two[0].Label + " → " + two[1].Label, Rows: use[1].Rows, Patients: use[1].Patients, Freeze: two[1].ID})
	})
	if err != nil {
		return nil, err
	}
	return thawedOr(d.Freezes.Diff(use[0], use[1]))
}

// thawedOr says of rows that were destroyed meanwhile that they are not here.
func thawedOr[T any](v T, err error) (T, error) {
	if errors.Is(err, registry.ErrThawed) {
		err = errors.Join(ErrNotHere, err)
	}
	return v, err
}

// frozenSource gives the rows of a freeze that may be used, with the labels that their columns have in the pathway of then, or of now where that one is not here any more.
func (d *Desk) frozenSource(ctx context.Context, asked RowsAsked) (s rowSource, taken registry.Taken, err error) {
	var snap registry.Snapshot
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		snap, err = d.Snapshot(ctx, tx, asked.by, asked.Pathway, asked.Freeze)
		return err
	})
	if err != nil {
		return s, taken, err
	}
	use, err := d.usable(ctx, snap)
	if err != nil {
		return s, taken, err
	}
	taken = registry.Taken{Pathway: snap.Pathway, Waiver: snap.Waiver, Waived: snap.Waived, Dates: registry.Intervals, Rows: use.Rows, Patients: use.Patients, Freeze: snap.ID}
	if s.frame, err = d.frozenFrame(snap); err != nil {
		return s, taken, err
	}
	s.read = func(_ context.Context, do func(each func(func([]registry.Cell) error) error) error) error {
		return do(func(row func([]registry.Cell) error) error {
			_, err := thawedOr(0, d.Freezes.See(use, func([]registry.Column) error { return nil }, row))
			return err
		})
	}
	return s, taken, nil
}

// frozenFrame is the frame of a freeze: its own columns, with labels and choices as the pathway has them.
func (d *Desk) frozenFrame(snap registry.Snapshot) (*registry.Frame, error) {
	pack := d.Packs(snap.Pathway, snap.Pack)
	if pack == nil {
		pack = d.Packs(snap.Pathway, "")
	}
	if pack == nil {
		return nil, ErrNotHere
	}
	known := registry.FrameOf(pack, registry.Intervals)
	f := &registry.Frame{Pack: pack, Dates: registry.Intervals}
	columns, err := d.Freezes.Columns(snap.ID)
	for _, c := range columns {
		c.Label = lang.Same(c.Name)
		for _, k := range known.Columns {
			if k.Name == c.Name && k.Kind == c.Kind {
				c = k
			}
		}
		f.Columns = append(f.Columns, c)
	}
	return thawedOr(f, err)
}
