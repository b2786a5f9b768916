package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"consilium/node"
	"consilium/node/command"
	"consilium/store"
)

type restoreCmd struct {
	From           string `help:"Folder of the backup." required:"" type:"existingdir"`
	Data           string `help:"Empty folder to restore into." placeholder:"DIR"`
	Identity       string `help:"File with the age identity (AGE-SECRET-KEY-…) that opens it." xor:"by" type:"existingfile" placeholder:"FILE"`
	PassphraseFile string `help:"Or a file whose first line is the passphrase." xor:"by" type:"existingfile" placeholder:"FILE"`
	Erasures       string `help:"The newest list of erasures that there is: of the lost data folder, or of the newest backup." type:"existingfile" placeholder:"FILE"`
	Check          bool   `help:"Prove the backup and install nothing."`
	JSON           bool   `help:"Answer in JSON." name:"json"`
}

func (c *restoreCmd) Run(ctx context.Context) error {
	o, err := c.opening()
	if err != nil {
		return err
	}
	if c.Check {
		return c.check(ctx, o)
	}
	if c.Data == "" {
		return errors.New("say with --data where to restore, or prove the backup with --check")
	}
	h, without, err := node.Restore(ctx, c.From, c.Data, c.Erasures, o)
	if err != nil {
		return err
	}
	fmt.Printf("%s was restored into %s. It signs with a new key from now on; what was said after the backup comes back from the partners. Nobody is signed in, and no token is good.\n", h.Name, command.Absolute(c.Data))
	for _, left := range without {
		fmt.Println("Not in the backup: " + left.En)
	}
	return nil
}

func (c *restoreCmd) opening() (o store.Opening, err error) {
	if o.Passphrase, err = command.FirstLine(c.PassphraseFile); err != nil || c.Identity == "" {
		return o, err
	}
	raw, err := os.ReadFile(c.Identity)
	o.Identity = string(raw)
	return o, err
}

func (c *restoreCmd) check(ctx context.Context, o store.Opening) error {
	found, err := node.CheckBackup(ctx, c.From, "", o)
	if err != nil {
		return err
	}
	if c.JSON {
		err = command.PrintJSON(found)
	} else {
		fmt.Printf("%s: %d threads, %d entries, %d files\n", found.Hospital, found.Threads, found.Entries, found.Files)
		for _, left := range found.Without {
			fmt.Println("Not in it: " + left.En)
		}
		for _, b := range found.Breaks {
			fmt.Println("BROKEN  " + b)
		}
	}
	if err == nil && len(found.Breaks) > 0 {
		return command.ErrSaid
	}
	if err == nil && !c.JSON {
		fmt.Println("The backup holds.")
	}
	return err
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
