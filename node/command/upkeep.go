package command

import (
	"context"
	"fmt"

	"consilium/desk"
)

type backupCmd struct {
	target
	To string `help:"Folder for the copy. A second backup to the same place copies only what is new." required:"" placeholder:"DIR"`
}

func (c *backupCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var answer map[string]any
		if err := api.do(ctx, "POST", "/backup", map[string]any{"to": Absolute(c.To)}, &answer); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(answer)
		}
		fmt.Printf("Copied to %s. Keep it as safe as the folder itself: it holds the keys.\n", Absolute(c.To))
		return nil
	})
}

type verifyCmd struct {
	target
	Thread string `arg:"" optional:"" help:"One thread; without it, all."`
}

func (c *verifyCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var report desk.VerifyReport
		if err := api.do(ctx, "GET", "/verify"+query("thread", c.Thread), nil, &report); err != nil {
			return err
		}
		if c.JSON {
			if err := PrintJSON(report); err != nil {
				return err
			}
		} else {
			fmt.Printf("%d threads, %d entries (%d erased), %d files\n", report.Threads, report.Entries, report.Erased, report.Files)
			for _, b := range report.Breaks {
				fmt.Println("BROKEN  " + b)
			}
		}
		if len(report.Breaks) > 0 {
			return ErrSaid
		}
		if !c.JSON {
			fmt.Println("Everything holds.")
		}
		return nil
	})
}
