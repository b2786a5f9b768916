package demo

import (
	"context"
	"fmt"
	"time"

	"consilium/ledger"
)

// patience is how long the demonstration waits for anything that should take a moment.
const patience = 30 * time.Second

// acquaint makes partners of all hospitals: half of the pairs by invitation codes, half by each entering the other's ID.
func (d *Demo) acquaint(ctx context.Context) error {
	pair := 0
	for i, a := range d.hospitals {
		for _, b := range d.hospitals[i+1:] {
			how := "each enters the other's ID"
			meet := byID
			if pair%2 == 0 {
				how, meet = "invitation code", byCode
			}
			if err := meet(ctx, a, b); err != nil {
				return fmt.Errorf("%s and %s: %w", a.name, b.name, err)
			}
			d.line(a.short, "partner of %s (%s)", b.short, how)
			pair++
		}
	}
	for _, h := range d.hospitals {
		if err := d.linked(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

func byCode(ctx context.Context, a, b *hospital) error {
	var invitation struct{ Code string }
	if err := a.desk().post(ctx, "/peers/invitations", map[string]any{"address": a.node.PeerAddr()}, &invitation); err != nil {
		return err
	}
	return b.staff["admin"].post(ctx, "/peers/accept", map[string]any{"code": invitation.Code}, nil)
}

func byID(ctx context.Context, a, b *hospital) error {
	for _, pair := range [][2]*hospital{{a, b}, {b, a}} {
		in := map[string]any{"id": pair[1].id, "name": pair[1].name, "address": pair[1].node.PeerAddr()}
		if err := pair[0].staff["admin"].post(ctx, "/peers", in, nil); err != nil {
			return err
		}
	}
	return nil
}

// linked waits until a hospital has a line to every other one.
func (d *Demo) linked(ctx context.Context, h *hospital) error {
	return d.until(ctx, h, h.short+" reaches all its partners", func() (bool, error) {
		var peers struct{ Items []struct{ Up bool } }
		if err := h.staff["admin"].get(ctx, "/peers", &peers); err != nil {
			return false, err
		}
		up := 0
		for _, p := range peers.Items {
			if p.Up {
				up++
			}
		}
		return up == len(d.hospitals)-1, nil
	})
}

// until asks again, whenever something has changed at the hospital and now and then beside that, until the answer is yes.
func (d *Demo) until(ctx context.Context, h *hospital, what string, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	wake, _, stop := h.node.Desk().Live.Listen()
	defer stop()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		ok, err := ask()
		if err != nil && !missing(err) || ok {
			return err
		}
		select {
		case <-wake:
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %q: %w", what, ctx.Err())
		}
	}
}

// has waits until an entry has arrived at a hospital.
func (d *Demo) has(ctx context.Context, h *hospital, thread ledger.ThreadID, entry ledger.Hash) error {
	here := h.node.Desk()
	return d.until(ctx, h, fmt.Sprintf("entry %s at %s", entry.Short(), h.short), func() (found bool, err error) {
		err = here.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
			return tx.QueryRowContext(ctx, `SELECT COUNT(*) > 0 FROM entry WHERE hash = $1 AND thread = $2`, entry[:], thread[:]).Scan(&found)
		})
		return found, err
	})
}

// hasFile waits until a person can get a file.
func (d *Demo) hasFile(ctx context.Context, p *person, b ledger.BlobRef) error {
	return d.until(ctx, p.at, fmt.Sprintf("the file %s at %s", b.Label, p.at.short), func() (bool, error) {
		_, err := p.file(ctx, b.Hash)
		return err == nil, err
	})
}
