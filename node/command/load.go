package command

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"consilium/node/command/load"
)

// Load are the commands with which an administrator tries what machines bear.
type Load struct {
	Load loadCmd `cmd:"" help:"Play a synthetic month of a hospital, or of partners, against running nodes, and measure how they bear it."`
}

type loadCmd struct {
	At          map[string]string `help:"A hospital and where it is asked: its name = the addresses of its nodes, with commas between. Again for each partner." required:"" mapsep:"none" placeholder:"NAME=URL,…"`
	Token       map[string]string `help:"A hospital's name = a file whose first line is an API token (read, write) of a head of department who is a coordinator too." required:"" mapsep:"none" placeholder:"NAME=FILE"`
	Health      map[string]string `help:"A hospital's name = where its --health answers: memory and room are then told before and after." mapsep:"none" placeholder:"NAME=URL"`
	During      time.Duration     `help:"How long the month takes." default:"10m"`
	Days        int               `help:"Days of the month; the first is a Monday." default:"30"`
	Cases       int               `help:"Cases that each hospital opens." default:"60"`
	People      int               `help:"People of each hospital who read." default:"40"`
	Readings    int               `help:"What each of them reads on a working day." default:"40"`
	ImageMB     float64           `help:"Median size of the images of an examination, in MB." name:"image-mb" default:"20"`
	Shared      float64           `help:"Share of the cases that a partner is asked about." default:"0.3"`
	Seed        uint64            `help:"Draws the month: the same number, the same month." default:"1"`
	AtOnce      int               `help:"Requests under way at once, at most. What more is wanted waits, and its time counts." default:"64"`
	BesideCases bool              `help:"Also at a hospital that has cases of its own. What is written stays there."`
	JSON        bool              `help:"Answer in JSON." name:"json"`
}

// Validate refuses what would make no month.
func (c *loadCmd) Validate() error {
	switch {
	case c.Days < 1 || c.Days > 366:
		return fmt.Errorf("--days: from 1 to 366")
	case c.Cases < 0 || c.People < 0 || c.Readings < 0 || c.Cases+c.People*c.Readings == 0:
		return fmt.Errorf("--cases, --people, --readings: nothing would be done")
	case c.Cases > 1_000_000 || c.People*c.Readings > 10_000_000:
		return fmt.Errorf("--cases, --people, --readings: more than one machine can play")
	case c.ImageMB < 0 || c.Shared < 0 || c.Shared > 1:
		return fmt.Errorf("--image-mb: 0 or more; --shared: from 0 to 1")
	case c.During < time.Second || c.AtOnce < 1 || c.AtOnce > 4096:
		return fmt.Errorf("--during: at least 1s; --at-once: from 1 to 4096")
	}
	return nil
}

func (c *loadCmd) Run(ctx context.Context, _ Program) error {
	sites, err := c.sites()
	if err != nil {
		return err
	}
	month := load.Month{Seed: c.Seed, Days: c.Days, Cases: c.Cases, People: c.People, Readings: c.Readings, ImageMB: c.ImageMB, Shared: c.Shared}
	report, err := load.Play(ctx, sites, load.Options{Month: month, During: c.During, AtOnce: c.AtOnce, BesideCases: c.BesideCases})
	if err != nil {
		return err
	}
	if c.JSON {
		err = PrintJSON(report)
	} else {
		err = tellLoad(report, len(sites) > 1)
	}
	if err == nil && report.Failed() {
		return ErrSaid
	}
	return err
}

func (c *loadCmd) sites() (list []*load.Site, err error) {
	for _, name := range slices.Sorted(maps.Keys(c.At)) {
		token, err := FirstLine(c.Token[name])
		if err != nil {
			return nil, fmt.Errorf("the token of %s: %w", name, err)
		}
		if token == "" {
			return nil, fmt.Errorf("%s has no token: say --token %q", name, name+"=FILE")
		}
		list = append(list, &load.Site{Name: name, Nodes: strings.Split(c.At[name], ","), Token: token, Health: c.Health[name]})
	}
	return list, nil
}

func tellLoad(r *load.Report, several bool) error {
	fmt.Printf("%d of %d acts in %.0f s, %.1f a second.\n\n", r.Done, r.Planned, r.Seconds, float64(r.Done)/r.Seconds)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "what\tdone\tturned away\tfailed\tnot tried\thalf within\t95 %\t99 %\tlongest")
	for _, a := range r.Acts {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%.0f ms\t%.0f ms\t%.0f ms\t%.0f ms\n", a.Do, a.Done, a.Busy, a.Failed, a.Untried, a.P50, a.P95, a.P99, a.Max)
	}
	if len(r.Growth) > 0 {
		fmt.Fprintln(w, "\n\tbefore\tafter")
	}
	for _, g := range r.Growth {
		fmt.Fprintf(w, "%s, %s\t%.0f\t%.0f\n", g.Hospital, g.What, g.Before, g.After)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, f := range r.Faults {
		fmt.Printf("\n%d × %s: %s", f.N, f.Do, f.Text)
	}
	switch {
	case r.Apart > 0:
		fmt.Printf("\n%d shared cases are not the same at both hospitals.\n", r.Apart)
	case several:
		fmt.Printf("\nAfter the month partners had the same of every shared case within %.1f s.\n", r.Settled.Seconds())
	}
	return nil
}
