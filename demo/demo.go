package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"consilium/ledger"
	"consilium/node"
	"consilium/people/security"
)

// Options say where the demonstration lives and what it shows.
type Options struct {
	Dir     string    // data folders; empty: a new one that is removed at the end
	Files   string    // a folder whose files are attached to the first story's case; empty: none
	Port    int       // the first of eight ports; 0: free ones
	Version string    // of the program
	Out     io.Writer // progress; nil: none
	Color   bool      // Out is a terminal
}

// Demo is the four hospitals, running.
type Demo struct {
	o         Options
	clock     clock
	hospitals []*hospital
	began     time.Time
	tokens    time.Time // when API tokens were last given, by the hospitals' clock
	made      bool      // the folder is ours to remove
	told      []StorySummary
}

// ago is how long ago the first story begins; the others follow it.
const ago = 570 * 24 * time.Hour

// Open starts the four hospitals with their people, and makes them partners.
func Open(ctx context.Context, o Options) (*Demo, error) {
	d := &Demo{o: o, began: time.Now()}
	d.clock.begin(d.began.Add(-ago - time.Hour))
	if o.Out == nil {
		d.o.Out = io.Discard
	}
	if o.Dir == "" {
		dir, err := os.MkdirTemp("", "consilium-demo-")
		if err != nil {
			return nil, fmt.Errorf("making a folder for the demonstration: %w", err)
		}
		d.o.Dir, d.made = dir, true
	}
	if err := d.start(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Demo) start(ctx context.Context) error {
	d.heading("Four invented hospitals", "四家虚构医院")
	for i := range sites {
		h, err := openHospital(ctx, d.o, &d.clock, i)
		if errors.Is(err, node.ErrHospitalHere) {
			return fmt.Errorf("%w. The demonstration plays from the beginning: give it an empty folder, or run that one with: consilium serve --data DIR", err)
		}
		if err != nil {
			return err
		}
		d.hospitals = append(d.hospitals, h)
		if err := h.hire(ctx); err != nil {
			return err
		}
		d.line(h.short, "%s, %d people", h.name, len(h.staff))
	}
	d.tokens = d.clock.Now()
	return d.acquaint(ctx)
}

// renew gives everybody a new API token before the old ones end.
func (d *Demo) renew(ctx context.Context) error {
	if d.clock.Now().Sub(d.tokens) < 300*24*time.Hour {
		return nil
	}
	d.tokens = d.clock.Now()
	for _, h := range d.hospitals {
		for _, p := range h.staff {
			if err := h.giveToken(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Demo) at(key string) *hospital {
	for _, h := range d.hospitals {
		if h.key == key {
			return h
		}
	}
	return nil
}

// Play plays all stories, ends in the present, and leaves something to do.
func (d *Demo) Play(ctx context.Context) error {
	for _, play := range append(slices.Clone(stories), present) {
		if err := d.tell(ctx, play); err != nil {
			return err
		}
	}
	d.clock.catchUp()
	if err := d.renew(ctx); err != nil {
		return err
	}
	return d.settle(ctx)
}

// settle leaves nobody warned of the tokens that the stories were told with. They are made on the node's own machine, in people's names, which is what
// everybody is warned of; whoever starts the demonstration did it, and only what comes after is news.
func (d *Demo) settle(ctx context.Context) error {
	for _, h := range d.hospitals {
		err := h.node.Desk().DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
			for _, p := range h.staff {
				news, err := security.News(ctx, tx, p.id, math.MaxInt32)
				if err != nil || len(news) == 0 {
					return err
				}
				if err := security.HaveRead(ctx, tx, p.id, news[len(news)-1].Place); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
	}
	return nil
}

// Close stops the hospitals, and removes their folder if it was made for them.
func (d *Demo) Close() error {
	var errs []error
	for _, h := range d.hospitals {
		errs = append(errs, h.node.Close())
	}
	d.hospitals = nil
	if d.made {
		errs = append(errs, os.RemoveAll(d.o.Dir))
	}
	return errors.Join(errs...)
}
