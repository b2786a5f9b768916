package study

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"consilium/ledger"
	"consilium/registry"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// Registry is the [Freezer] of a hospital with a registry.
type Registry struct {
	DB      ledger.DB
	Rows    *registry.Registry
	Freezes *registry.Freezes
}

// Freeze implements [Freezer].
func (r *Registry) Freeze(ctx context.Context, p *protocol.Protocol, on *Ground, version ledger.Hash, least int) (*rows.File, ledger.Hash, error) {
	f, err := r.frozen(ctx, p, on, version, least)
	if errors.Is(err, registry.ErrTooAlike) {
		return nil, f.ID, &Halt{HaltLedger, err}
	}
	if errors.Is(err, registry.ErrThawed) {
		return nil, f.ID, errors.Join(ErrRowsGone, err)
	}
	if err != nil {
		return nil, f.ID, err
	}
	g := newGathering(p)
	if err := r.Freezes.Read(f.ID, g.columns, g.row); errors.Is(err, registry.ErrThawed) {
		return nil, f.ID, errors.Join(ErrRowsGone, err)
	} else if err != nil {
		return nil, f.ID, err
	}
	return g.file(), f.ID, nil
}

// frozen freezes rows for a version, or finds those that were, and looks whether they may be used now.
func (r *Registry) frozen(ctx context.Context, p *protocol.Protocol, on *Ground, version ledger.Hash, least int) (f registry.Freeze, err error) {
	if on == nil {
		err = r.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
			f, err = registry.FreezeOf(ctx, tx, version)
			return err
		})
		switch {
		case errors.Is(err, sql.ErrNoRows) || err == nil && !f.Gone.IsZero():
			err = registry.ErrThawed
		case err == nil:
			err = r.waived(ctx, f, nil)
		}
		return f, err
	}
	q, err := r.Query(ctx, p, *on)
	if err != nil {
		return f, err
	}
	if f, err = r.Freezes.Freeze(ctx, r.DB, r.Rows, q, version, least); err == nil {
		err = r.waived(ctx, f, &q)
	}
	return f, err
}

// Now gives the rows as they stand, for who wants to see what would leave before it is approved. Nothing is frozen.
func (r *Registry) Now(ctx context.Context, p *protocol.Protocol, q registry.Query) (*rows.File, error) {
	g := newGathering(p)
	err := r.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		f, err := r.Rows.Frame(q)
		if err == nil {
			err = g.columns(f.Columns)
		}
		if err != nil {
			return err
		}
		return r.Rows.Each(ctx, tx, q, func(_ *registry.Frame, row []registry.Cell) error { return g.row(row) })
	})
	return g.file(), err
}

// gathering takes over what a protocol names of a registry's rows: their other columns cost memory and are nobody's business.
type gathering struct {
	wanted map[string]bool
	names  []string
	from   []int // places of the columns in a row
	texts  []string
	into   rows.Builder
}

var words = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

func newGathering(p *protocol.Protocol) *gathering {
	g := &gathering{wanted: map[string]bool{PatientColumn: true}}
	for _, v := range p.Variables {
		if v.Value.IsZero() {
			g.wanted[v.Name] = true
		}
		for _, w := range words.FindAllString(v.Value.Text, -1) {
			g.wanted[w] = true
		}
	}
	return g
}

func (g *gathering) columns(list []registry.Column) error {
	for i, c := range list {
		if !g.wanted[c.Name] {
			continue
		}
		g.names, g.from = append(g.names, c.Name), append(g.from, i)
		g.into.Add(c.Name, kindOf(c.Kind))
	}
	g.texts = make([]string, len(g.names))
	return nil
}

func kindOf(k registry.Kind) rows.Kind {
	switch k {
	case registry.Integer, registry.Decimal:
		return rows.Numbers
	case registry.Bool:
		return rows.Bools
	}
	return rows.Texts
}

func (g *gathering) row(cells []registry.Cell) error {
	for i, at := range g.from {
		g.texts[i] = cells[at].Value
	}
	return g.into.Row(g.names, g.texts)
}

func (g *gathering) file() *rows.File { return g.into.File() }

// KeptKeys are [Keys] in a closet, which is no part of a backup: a key that was destroyed must not come back.
type KeptKeys struct{ Kept registry.Closet }

// Make implements [Keys]. A key that was made and could not be said is given again.
func (k KeptKeys) Make(run ledger.Hash) (*ecdh.PrivateKey, error) {
	if key, err := k.Get(run); err == nil {
		return key, nil
	}
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	if err := k.Kept.Put(run.String(), key.Bytes()); err != nil {
		return nil, fmt.Errorf("keeping the key of a run: %w", err)
	}
	return key, nil
}

// ErrNoKey says that this node has no key of a run: it was destroyed, or lost with the machine. The hospital cannot go on with that run.
var ErrNoKey = errors.New("the key that this hospital made for the run is gone, so it cannot go on with it; a new run makes new keys")

// Get implements [Keys].
func (k KeptKeys) Get(run ledger.Hash) (*ecdh.PrivateKey, error) {
	raw, err := k.Kept.Get(run.String())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoKey
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key of a run: %w", err)
	}
	return ecdh.X25519().NewPrivateKey(raw)
}

// Destroy implements [Keys].
func (k KeptKeys) Destroy(run ledger.Hash) error {
	if err := k.Kept.Destroy(run.String()); err != nil {
		return fmt.Errorf("destroying the key of a run: %w", err)
	}
	return nil
}
