package main

import (
	"context"
	"fmt"

	"consilium/node"
)

type backupCmd struct {
	target
	To string `help:"Folder for the copy. A second backup to the same place copies only what is new." required:"" placeholder:"DIR"`
}

func (c *backupCmd) Run(ctx context.Context) error {
	return c.ask(ctx, func(api *client) error {
		var answer map[string]any
		if err := api.do(ctx, "POST", "/backup", map[string]any{"to": absolute(c.To)}, &answer); err != nil {
			return err
		}
		if c.JSON {
			return printJSON(answer)
		}
		fmt.Printf("Copied to %s. Keep it as safe as the folder itself: it holds the keys.\n", absolute(c.To))
		return nil
	})
}

type restoreCmd struct {
	From string `help:"Folder of the backup." required:"" type:"existingdir"`
	Data string `help:"Empty folder to restore into." required:"" placeholder:"DIR"`
}

func (c *restoreCmd) Run(ctx context.Context) error {
	h, err := node.Restore(ctx, c.From, c.Data)
	if err != nil {
		return err
	}
	fmt.Printf("%s was restored into %s. It signs with a new key from now on; what was said after the backup comes back from the partners.\n", h.Name, absolute(c.Data))
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
		if err := printJSON(map[string]any{"findings": findings}); err != nil {
			return err
		}
	} else {
		table([]string{"", "WHAT", "FOUND", "TO DO"}, rows)
	}
	if bad {
		return errSaid
	}
	return nil
}
