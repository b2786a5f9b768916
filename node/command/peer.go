package command

import (
	"context"
	"fmt"
	"strconv"
)

type peerCmd struct {
	Add    peerAddCmd    `cmd:"" help:"Enter a partner's ID. You are partners when the partner has entered yours."`
	Invite peerInviteCmd `cmd:"" help:"Make a code that makes another hospital your partner, once."`
	Accept peerAcceptCmd `cmd:"" help:"Use the code of a hospital that invited you."`
	List   peerListCmd   `cmd:"" help:"Partners: who is up, what is on its way, what was refused."`

	Block   peerBlockCmd   `cmd:"" help:"Cut the line to a partner at once and refuse it from now on."`
	Unblock peerUnblockCmd `cmd:"" help:"Let a blocked partner in again."`
	Limit   peerLimitCmd   `cmd:"" help:"Bound how large a file may be that is fetched from a partner."`
}

type peerAddCmd struct {
	target
	ID      string `arg:"" help:"The partner's hospital ID."`
	Name    string `help:"The partner's name." required:""`
	Address string `help:"Where the partner listens for partners; leave it out if only they connect." placeholder:"HOST:PORT"`
}

type peerView struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Address string `json:"address"`
	State   string `json:"state"`
	Up      bool   `json:"up"`
	Shared  int    `json:"shared"`
	Has     int    `json:"has"`
	Behind  int    `json:"behind"`
	Files   int    `json:"behind_files"`
	Held    int    `json:"held_back"`
	Refused int    `json:"refused"`
	Error   string `json:"error"`
}

func (c *peerAddCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var p peerView
		if err := api.do(ctx, "POST", "/peers", map[string]any{"id": c.ID, "name": c.Name, "address": c.Address}, &p); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(p)
		}
		fmt.Printf("%s was entered: %s.\n", p.Name, p.State)
		return nil
	})
}

type peerInviteCmd struct {
	target
	Address string `help:"Where this node listens for partners, as the other side reaches it." placeholder:"HOST:PORT"`
	Hours   int    `help:"Hours until the code expires." default:"72"`
}

func (c *peerInviteCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var answer struct {
			Code    string `json:"code"`
			Expires string `json:"expires"`
		}
		if err := api.do(ctx, "POST", "/peers/invitations", map[string]any{"address": c.Address, "hours": c.Hours}, &answer); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(answer)
		}
		fmt.Println(answer.Code)
		return nil
	})
}

type peerAcceptCmd struct {
	target
	Code string `arg:"" help:"The code."`
}

func (c *peerAcceptCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var p peerView
		if err := api.do(ctx, "POST", "/peers/accept", map[string]any{"code": c.Code}, &p); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(p)
		}
		fmt.Printf("%s is a partner now.\n", p.Name)
		return nil
	})
}

type peerListCmd struct{ target }

func (c *peerListCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var answer struct {
			Items []peerView `json:"items"`
		}
		if err := api.do(ctx, "GET", "/peers", nil, &answer); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(answer)
		}
		var rows [][]string
		for _, p := range answer.Items {
			up := "down"
			if p.Up {
				up = "up"
			}
			rows = append(rows, []string{p.Name, p.State, up, fmt.Sprintf("%d of %d", p.Has, p.Shared), strconv.Itoa(p.Behind), strconv.Itoa(p.Files), strconv.Itoa(p.Held), strconv.Itoa(p.Refused), p.ID, p.Error})
		}
		Table([]string{"PARTNER", "STATE", "LINE", "HAS THREADS", "ENTRIES TO SEND", "FILES TO FETCH", "HELD BACK", "REFUSED", "ID", "LAST ERROR"}, rows)
		return nil
	})
}
