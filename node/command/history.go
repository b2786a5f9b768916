package command

import (
	"context"
	"fmt"
	"os"
)

type importCmd struct {
	target
	Table   string `arg:"" help:"The table (CSV)." type:"existingfile"`
	Mapping string `help:"Which column is which answer (YAML, docs/data-formats.md)." required:"" type:"existingfile"`
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
		if err := api.do(ctx, "POST", "/imports", map[string]any{"mapping": string(mapping), "csv": string(table)}, &made); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(made)
		}
		fmt.Printf("Asked for as job %d. The running node takes the table over; see how far with: consilium job show %d\n", made.Job, made.Job)
		return nil
	})
}

type jobCmd struct {
	Show   jobShowCmd   `cmd:"" help:"How far a job is."`
	Cancel jobCancelCmd `cmd:"" help:"End a job."`
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
