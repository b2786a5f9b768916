package command

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// onePerson is a command about one person.
type onePerson struct {
	target
	Username string `arg:"" help:"Username."`
}

// change asks the node to change a person and says so in one line; the line's %s is the person's name.
func (c onePerson) change(ctx context.Context, p Program, what, line string) error {
	return c.ask(ctx, p, func(api *client) error {
		var v personView
		if err := api.do(ctx, "POST", "/people/"+url.PathEscape(c.Username)+"/"+what, nil, &v); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(v)
		}
		fmt.Printf(line+"\n", v.Name)
		if v.Link != "" {
			fmt.Println(v.Link)
		}
		return nil
	})
}

type userDisableCmd struct{ onePerson }

func (c *userDisableCmd) Run(ctx context.Context, p Program) error {
	return c.change(ctx, p, "disable", "%s is shut out: sessions, tokens and links have ended.")
}

type userEnableCmd struct{ onePerson }

func (c *userEnableCmd) Run(ctx context.Context, p Program) error {
	return c.change(ctx, p, "enable", "%s may sign in again. Tokens that ended have to be made anew.")
}

type userResetCmd struct{ onePerson }

func (c *userResetCmd) Run(ctx context.Context, p Program) error {
	return c.change(ctx, p, "reset-password", "With this link %s chooses another password, once, within three days. It is shown only now:")
}

type userSessionsCmd struct {
	End userSessionsEndCmd `cmd:"" help:"Sign a person out everywhere."`
}

type userSessionsEndCmd struct{ onePerson }

func (c *userSessionsEndCmd) Run(ctx context.Context, p Program) error {
	return c.change(ctx, p, "sessions/end", "%s is signed out everywhere.")
}

type userServiceCmd struct {
	target
	Username string   `help:"Name of the account." required:""`
	Name     string   `help:"What the program is, as others read it." required:""`
	Sponsor  string   `help:"Username of the person who answers for it and makes its tokens." required:""`
	Role     []string `help:"Roles; each has to be one of the sponsor's."`
	Case     []string `help:"Cases that it is named for."`
	Until    string   `help:"The day on which it ends." required:"" placeholder:"YYYY-MM-DD"`
}

func (c *userServiceCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var v personView
		err := api.do(ctx, "POST", "/services", map[string]any{"username": c.Username, "name": c.Name, "sponsor": c.Sponsor, "roles": nonNil(c.Role), "cases": nonNil(c.Case),
			"ends": c.Until + "T23:59:59Z"}, &v)
		if err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(v)
		}
		fmt.Printf("%s was added. %s makes its tokens: consilium token create --as %s --for %s\n", v.Name, c.Sponsor, c.Sponsor, v.Username)
		return nil
	})
}

type tokenListCmd struct{ target }

func (c *tokenListCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var answer struct {
			Items []struct {
				ID       string   `json:"id"`
				Username string   `json:"username"`
				Name     string   `json:"name"`
				Scopes   []string `json:"scopes"`
				Created  string   `json:"created"`
				Expires  string   `json:"expires"`
				Used     string   `json:"used,omitempty"`
			} `json:"items"`
		}
		if err := api.do(ctx, "GET", "/tokens", nil, &answer); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(answer)
		}
		var rows [][]string
		for _, t := range answer.Items {
			rows = append(rows, []string{t.ID, t.Username, t.Name, strings.Join(t.Scopes, ", "), t.Expires, t.Used})
		}
		Table([]string{"TOKEN", "SPEAKS AS", "FOR", "MAY", "UNTIL", "LAST USED"}, rows)
		return nil
	})
}

type tokenRevokeCmd struct {
	target
	ID string `arg:"" help:"The token's ID, as 'token list' shows it."`
}

func (c *tokenRevokeCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		if err := api.do(ctx, "DELETE", "/tokens/"+url.PathEscape(c.ID), nil, nil); err != nil {
			return err
		}
		return c.told("The token opens nothing any more.")
	})
}

// told says that something was done, or in JSON that it was.
func (t target) told(line string) error {
	if t.JSON {
		return PrintJSON(map[string]any{"done": true})
	}
	fmt.Println(line)
	return nil
}

// onePeer is a command about one partner.
type onePeer struct {
	target
	ID string `arg:"" help:"The partner's hospital ID."`
}

func (c onePeer) change(ctx context.Context, p Program, what string, body any, line string) error {
	return c.ask(ctx, p, func(api *client) error {
		var v peerView
		if err := api.do(ctx, "POST", "/peers/"+url.PathEscape(c.ID)+"/"+what, body, &v); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(v)
		}
		fmt.Printf(line+"\n", v.Name)
		return nil
	})
}

type peerBlockCmd struct{ onePeer }

func (c *peerBlockCmd) Run(ctx context.Context, p Program) error {
	return c.change(ctx, p, "block", nil, "%s is blocked: the line is cut and refused from now on.")
}

type peerUnblockCmd struct{ onePeer }

func (c *peerUnblockCmd) Run(ctx context.Context, p Program) error {
	return c.change(ctx, p, "unblock", nil, "%s is let in again.")
}

type peerLimitCmd struct {
	onePeer
	File  int64 `help:"The largest file in bytes that is fetched from this partner (0: no bound of its own)." placeholder:"BYTES"`
	Total int64 `help:"How many bytes of its files are kept in all (0: no bound)." placeholder:"BYTES"`
}

func (c *peerLimitCmd) Run(ctx context.Context, p Program) error {
	return c.change(ctx, p, "limit", map[string]any{"file": c.File, "total": c.Total}, "Files of %s are bounded.")
}

type sweepCmd struct{ target }

func (c *sweepCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var report struct {
			Files   int  `json:"files"`
			Waiting bool `json:"waiting"`
		}
		if err := api.do(ctx, "POST", "/sweep", nil, &report); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(report)
		}
		fmt.Printf("%d files that nobody attached were removed.\n", report.Files)
		if report.Waiting {
			fmt.Println("Files were left alone, because a job is at work that may need them.")
		}
		return nil
	})
}

type securityCmd struct {
	Log securityLogCmd `cmd:"" help:"Print the security log."`
}

type securityLogCmd struct {
	target
	Form string `help:"json (lines) or syslog (RFC 5424)." enum:"json,syslog" default:"json"`
}

func (c *securityLogCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error { return api.do(ctx, "GET", "/security-log/"+c.Form, nil, os.Stdout) })
}
