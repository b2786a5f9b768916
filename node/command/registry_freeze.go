package command

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

type registryFreezeCmd struct {
	target
	Pathway string `arg:"" help:"The pathway, such as hfs-mvd."`
	Name    string `arg:"" optional:"" help:"What the freeze is called; each has a name of its own."`
	Waiver  string `help:"A waiver of consent that is in force, by the committee's number; without it only patients who agreed to research." placeholder:"NUMBER"`
}

// registryFreeze is a freeze as the API tells it.
type registryFreeze struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	At       time.Time `json:"at"`
	Rows     int       `json:"rows"`
	Patients int       `json:"patients"`
	Pack     string    `json:"pack"`
	Waiver   string    `json:"waiver,omitempty"`
	Follows  string    `json:"follows,omitempty"`
	Gone     bool      `json:"gone,omitempty"`
}

func (f registryFreeze) line() string {
	state := ""
	if f.Follows != "" {
		state = "in the place of " + f.Follows[:min(8, len(f.Follows))]
	}
	if f.Gone {
		state = "destroyed"
	}
	return fmt.Sprintf("%s\t%s\t%s\t%d rows\t%d patients\t%s", f.ID[:min(8, len(f.ID))], f.Name, f.At.Local().Format("2006-01-02 15:04"), f.Rows, f.Patients, state)
}

func (c *registryFreezeCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		if c.Name == "" {
			return c.list(ctx, api)
		}
		var f registryFreeze
		if err := api.do(ctx, "POST", registryPath(c.Pathway, "freezes"), map[string]string{"name": c.Name, "waiver": c.Waiver}, &f); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(f)
		}
		return printFreezes([]registryFreeze{f})
	})
}

func (c *registryFreezeCmd) list(ctx context.Context, api *client) error {
	var list struct {
		Items []registryFreeze `json:"items"`
	}
	if err := api.do(ctx, "GET", registryPath(c.Pathway, "freezes"), nil, &list); err != nil {
		return err
	}
	if c.JSON {
		return PrintJSON(list.Items)
	}
	return printFreezes(list.Items)
}

func printFreezes(list []registryFreeze) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	for _, f := range list {
		fmt.Fprintln(w, f.line())
	}
	return w.Flush()
}

type registryDiffCmd struct {
	target
	Pathway string `arg:"" help:"The pathway, such as hfs-mvd."`
	First   string `arg:"" help:"A freeze, by its name or the beginning of its hash."`
	Second  string `arg:"" help:"Another one."`
}

// registryDifference is what is otherwise between two freezes.
type registryDifference struct {
	First        int      `json:"first"`
	Second       int      `json:"second"`
	Added        int      `json:"added"`
	Gone         int      `json:"gone"`
	Changed      int      `json:"changed"`
	Reasons      int      `json:"reasons"`
	Same         int      `json:"same"`
	ColumnsAdded []string `json:"columns_added"`
	ColumnsGone  []string `json:"columns_gone"`
	Columns      []struct {
		Name    string `json:"name"`
		Changed int    `json:"changed"`
		Filled  int    `json:"filled"`
		Emptied int    `json:"emptied"`
		Reason  int    `json:"reason"`
	} `json:"columns"`
}

func (c *registryDiffCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var d registryDifference
		if err := api.do(ctx, "GET", registryPath(c.Pathway, "freezes", c.First, "diff", c.Second), nil, &d); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(d)
		}
		fmt.Printf("%d rows, then %d: %d added, %d gone, %d with another value, %d with another reason only, %d equal\n", d.First, d.Second, d.Added, d.Gone, d.Changed, d.Reasons, d.Same)
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		for _, x := range d.Columns {
			fmt.Fprintf(w, "%s\t%d changed\t%d filled in\t%d emptied\t%d for another reason\n", x.Name, x.Changed, x.Filled, x.Emptied, x.Reason)
		}
		for _, name := range d.ColumnsAdded {
			fmt.Fprintf(w, "%s\tonly in the second\n", name)
		}
		for _, name := range d.ColumnsGone {
			fmt.Fprintf(w, "%s\tonly in the first\n", name)
		}
		return w.Flush()
	})
}

// registryWaiverCmd are the commands for waivers of consent.
type registryWaiverCmd struct {
	List   waiverListCmd   `cmd:"" default:"withargs" help:"List the waivers of a pathway."`
	Grant  waiverGrantCmd  `cmd:"" help:"Grant a waiver: by the head of department or the data protection officer."`
	Revoke waiverRevokeCmd `cmd:"" help:"Revoke a waiver before its day."`
}

type waiverListCmd struct {
	target
	Pathway string `arg:"" help:"The pathway, such as hfs-mvd."`
}

// grantedWaiver is a waiver as the API tells it.
type grantedWaiver struct {
	ID      string `json:"id"`
	Ethics  string `json:"ethics"`
	Purpose string `json:"purpose"`
	Until   string `json:"until"`
	InForce bool   `json:"in_force"`
	Revoked bool   `json:"revoked"`
}

func (g grantedWaiver) state() string {
	switch {
	case g.Revoked:
		return "revoked"
	case g.InForce:
		return "in force until " + g.Until
	}
	return "ended on " + g.Until
}

func (c *waiverListCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var list struct {
			Items []grantedWaiver `json:"items"`
		}
		if err := api.do(ctx, "GET", registryPath(c.Pathway, "waivers"), nil, &list); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(list.Items)
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		for _, g := range list.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", g.ID, g.Ethics, g.state(), g.Purpose)
		}
		return w.Flush()
	})
}

type waiverGrantCmd struct {
	target
	Pathway string `arg:"" help:"The pathway, such as hfs-mvd."`
	Ethics  string `help:"The ethics committee's waiver of consent, with its number." required:"" placeholder:"NUMBER"`
	Purpose string `help:"What consent was waived for." required:"" placeholder:"WORDS"`
	Until   string `help:"The last day on which it counts: a year from today where it is left out, at most two." placeholder:"YYYY-MM-DD"`
}

func (c *waiverGrantCmd) Run(ctx context.Context, p Program) error {
	until := cmp.Or(c.Until, time.Now().AddDate(1, 0, 0).Format(time.DateOnly))
	return c.ask(ctx, p, func(api *client) error {
		var made struct {
			ID string `json:"id"`
		}
		if err := api.do(ctx, "POST", registryPath(c.Pathway, "waivers"), map[string]string{"ethics": c.Ethics, "purpose": c.Purpose, "until": until}, &made); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(made)
		}
		fmt.Println(made.ID)
		return nil
	})
}

type waiverRevokeCmd struct {
	target
	Pathway string `arg:"" help:"The pathway, such as hfs-mvd."`
	ID      string `arg:"" help:"The waiver, as the list shows it."`
	Reason  string `help:"Why." required:"" placeholder:"WORDS"`
}

func (c *waiverRevokeCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		return api.do(ctx, "POST", registryPath(c.Pathway, "waivers", c.ID, "revoke"), map[string]string{"reason": c.Reason}, nil)
	})
}
