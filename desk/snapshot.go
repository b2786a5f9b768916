package desk

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"consilium/access"
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
	case errors.Is(err, registry.ErrLabel):
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
		_, err = d.waiverNamed(ctx, tx, pathway, s.Waiver)
	}
	return s, err
}

// CompareSnapshots tells what is otherwise between two freezes of a pathway.
func (d *Desk) CompareSnapshots(ctx context.Context, caller Caller, pathway, first, second string) (*registry.Difference, error) {
	var ids [2]ledger.Hash
	err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for i, name := range []string{first, second} {
			s, err := d.Snapshot(ctx, tx, caller, pathway, name)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			ids[i] = s.ID
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return thawedOr(d.Freezes.Diff(ids[0], ids[1]))
}

// thawedOr says of rows that were destroyed meanwhile that they are not here.
func thawedOr[T any](v T, err error) (T, error) {
	if errors.Is(err, registry.ErrThawed) {
		err = errors.Join(ErrNotHere, err)
	}
	return v, err
}

// frozenSource gives the rows of a freeze, with the labels that their columns have in the pathway of then, or of now where that one is not here any more.
func (d *Desk) frozenSource(ctx context.Context, asked RowsAsked) (s rowSource, taken registry.Taken, err error) {
	var snap registry.Snapshot
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		snap, err = d.Snapshot(ctx, tx, asked.by, asked.Pathway, asked.Freeze)
		return err
	})
	if err != nil {
		return s, taken, err
	}
	if snap.Patients < registry.SmallCell {
		return s, taken, few() // a successor, after erasures
	}
	taken = registry.Taken{Pathway: snap.Pathway, Waiver: snap.Waiver, Dates: registry.Intervals, Rows: snap.Rows, Patients: snap.Patients, Freeze: snap.ID}
	if s.frame, err = d.frozenFrame(snap); err != nil {
		return s, taken, err
	}
	s.read = func(_ context.Context, do func(each func(func([]registry.Cell) error) error) error) error {
		return do(func(row func([]registry.Cell) error) error {
			_, err := thawedOr(0, d.Freezes.Read(snap.ID, func([]registry.Column) error { return nil }, row))
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
