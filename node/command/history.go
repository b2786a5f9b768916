package command

import (
	"context"
	"fmt"
	"os"
	"strings"

	"consilium/casebook"
)

type importCmd struct {
	target
	Table   string `arg:"" help:"The table (CSV), in any of the usual encodings." type:"existingfile"`
	Mapping string `help:"Which column is which answer (YAML, see below)." required:"" type:"existingfile"`
	DryRun  bool   `help:"Say everything as the import would, keep nothing of it, and tell what would come of it." name:"dry-run"`
}

// Help is what 'consilium import --help' tells beyond the flags.
func (importCmd) Help() string {
	return "Each row becomes the entries of one case, through the same rules as if people had typed them. Every row is accounted for: taken, here already, or refused with its reason; " +
		"refused rows come back as a table with a column why. Try with --dry-run first.\n\nThe mapping (docs/data-formats.md has the whole reference):\n\n" + casebook.MappingReference()
}

func (c *importCmd) Run(ctx context.Context, p Program) error {
	table, err := os.ReadFile(c.Table)
	if err != nil {
		return err
	}
	mapping, err := os.ReadFile(c.Mapping)
	if err != nil {
		return err
	}
	return c.ask(ctx, p, func(api *client) error {
		var made struct {
			Job int64 `json:"job"`
		}
		err := api.do(ctx, "POST", "/imports", map[string]any{"mapping": string(mapping), "table": table, "dry_run": c.DryRun}, &made)
		if err != nil {
			c.look(ctx, api, table)
			return err
		}
		if c.JSON {
			return PrintJSON(made)
		}
		fmt.Printf("Asked for as job %d. The running node does it; see how far with: consilium job show %d\n", made.Job, made.Job)
		return nil
	})
}

// lookBytes are enough of a table to see how it is written.
const lookBytes = 1 << 20

// look shows the first rows of a table whose encoding somebody has to confirm.
func (c *importCmd) look(ctx context.Context, api *client, table []byte) {
	var l struct {
		Encoding  string
		Certain   bool
		Separator string
		Columns   []string
		Rows      [][]string
	}
	if api.do(ctx, "POST", "/imports/look", map[string]any{"table": table[:min(len(table), lookBytes)]}, &l) != nil || l.Certain {
		return
	}
	fmt.Fprintf(os.Stderr, "Read as %s, the table begins:\n", l.Encoding)
	for _, row := range append([][]string{l.Columns}, l.Rows...) {
		fmt.Fprintln(os.Stderr, "  "+strings.Join(row, " | "))
	}
}

type jobCmd struct {
	Show   jobShowCmd   `cmd:"" help:"How far a job is."`
	File   jobFileCmd   `cmd:"" help:"Save what a job made: of an import the refused rows, each with why."`
	Cancel jobCancelCmd `cmd:"" help:"End a job."`
}

type jobFileCmd struct {
	target
	ID int64  `arg:"" help:"The job's number."`
	To string `help:"File to write." required:"" placeholder:"FILE"`
}

func (c *jobFileCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error { return saveAs(ctx, api, fmt.Sprintf("/jobs/%d/file", c.ID), c.To) })
}

type jobShowCmd struct {
	target
	ID int64 `arg:"" help:"The job's number."`
}

func (c *jobShowCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var j struct {
			State   string  `json:"state"`
			Done    int64   `json:"done"`
			Total   int64   `json:"total"`
			Note    string  `json:"note"`
			Seconds float64 `json:"seconds_left"`
			Error   string  `json:"error"`
			Result  struct {
				File *struct{} `json:"file"`
			} `json:"result"`
		}
		if err := api.do(ctx, "GET", fmt.Sprintf("/jobs/%d", c.ID), nil, &j); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(j)
		}
		fmt.Printf("%s, %d of %d\n%s\n", j.State, j.Done, j.Total, j.Note)
		if j.Error != "" {
			fmt.Println(j.Error)
		}
		if j.Result.File != nil {
			fmt.Printf("All refused rows, each with why: consilium job file %d --to refused.csv\n", c.ID)
		}
		return nil
	})
}

type jobCancelCmd struct {
	target
	ID int64 `arg:"" help:"The job's number."`
}

func (c *jobCancelCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		return api.do(ctx, "DELETE", fmt.Sprintf("/jobs/%d", c.ID), nil, nil)
	})
}
