package main

import (
	"context"
	"fmt"
	"os"

	"consilium/node"
	"consilium/node/command"
)

type restoreCmd struct {
	From string `help:"Folder of the backup." required:"" type:"existingdir"`
	Data string `help:"Empty folder to restore into." required:"" placeholder:"DIR"`
}

func (c *restoreCmd) Run(ctx context.Context) error {
	h, err := node.Restore(ctx, c.From, c.Data)
	if err != nil {
		return err
	}
	fmt.Printf("%s was restored into %s. It signs with a new key from now on; what was said after the backup comes back from the partners.\n", h.Name, command.Absolute(c.Data))
	return nil
}

type doctorCmd struct {
	Data string `help:"Data folder of the hospital." default:"consilium-data" placeholder:"DIR"`
	JSON bool   `help:"Answer in JSON." name:"json"`
}

func (c *doctorCmd) Run(ctx context.Context) error {
	findings, err := node.Doctor(ctx, c.Data)
	if err != nil {
		return err
	}
	bad := false
	var rows [][]string
	for _, f := range findings {
		state := "ok"
		if !f.Good {
			state, bad = "LOOK", true
		}
		rows = append(rows, []string{state, f.What, f.Found, f.Do})
	}
	if c.JSON {
		if err := command.PrintJSON(map[string]any{"findings": findings}); err != nil {
			return err
		}
	} else {
		command.Table([]string{"", "WHAT", "FOUND", "TO DO"}, rows)
	}
	if bad {
		return command.ErrSaid
	}
	return nil
}

type rebuildCmd struct {
	Data string `help:"Data folder of the hospital." default:"consilium-data" placeholder:"DIR"`
	DB   string `help:"Database, instead of what hospital.toml says." name:"db"`
}

func (c *rebuildCmd) Run(ctx context.Context) error {
	n, err := node.Open(ctx, node.Options{Dir: c.Data, DB: c.DB})
	if err != nil {
		return err
	}
	defer n.Close()
	return n.Rebuild(ctx, func(done, total int) {
		if done%1000 == 0 || done == total {
			fmt.Fprintf(os.Stderr, "\rfolded %d of %d threads", done, total)
			if done == total {
				fmt.Fprintln(os.Stderr)
			}
		}
	})
}
