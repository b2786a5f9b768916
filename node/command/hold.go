package command

import (
	"context"
	"fmt"
	"net/url"
)

// holdCmd is legal holds: while one stands, nothing of a case is destroyed here, whoever asks. Only who answers erasures may (--as somebody of the role).
type holdCmd struct {
	Add     holdAddCmd     `cmd:"" help:"Put a case under a legal hold: nothing of it is destroyed while the hold stands."`
	List    holdListCmd    `cmd:"" help:"List legal holds, released ones too."`
	Release holdReleaseCmd `cmd:"" help:"Release a legal hold: what was decided to be destroyed is destroyed from now on."`
}

type holdView struct {
	ID       string `json:"id"`
	Thread   string `json:"thread"`
	Law      string `json:"law"`
	Until    string `json:"until,omitempty"`
	Person   string `json:"person"`
	At       string `json:"at"`
	Released string `json:"released,omitempty"`
}

type holdAddCmd struct {
	target
	Thread string `arg:"" help:"The case, or another thread."`
	Law    string `help:"Which law, or which proceeding, demands it." required:""`
	Until  string `help:"The day on which it ends by itself. Without one it stands until it is released." placeholder:"YYYY-MM-DD"`
}

func (c *holdAddCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var v holdView
		if err := api.do(ctx, "POST", "/holds", map[string]any{"thread": c.Thread, "law": c.Law, "until": c.Until}, &v); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(v)
		}
		fmt.Printf("Held. To end it: consilium hold release %s\n", v.ID)
		return nil
	})
}

type holdListCmd struct{ target }

func (c *holdListCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var answer struct {
			Items []holdView `json:"items"`
		}
		if err := api.do(ctx, "GET", "/holds", nil, &answer); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(answer)
		}
		var rows [][]string
		for _, h := range answer.Items {
			rows = append(rows, []string{h.ID, h.Thread, h.Law, h.Until, h.At, h.Released})
		}
		Table([]string{"HOLD", "THREAD", "LAW", "UNTIL", "SINCE", "RELEASED"}, rows)
		return nil
	})
}

type holdReleaseCmd struct {
	target
	ID string `arg:"" help:"The hold's ID, as 'hold list' shows it."`
}

func (c *holdReleaseCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		if err := api.do(ctx, "DELETE", "/holds/"+url.PathEscape(c.ID), nil, nil); err != nil {
			return err
		}
		return c.told("The hold is released.")
	})
}
