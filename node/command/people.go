package command

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
)

type userCmd struct {
	Add  userAddCmd  `cmd:"" help:"Add a member of staff."`
	List userListCmd `cmd:"" help:"List the staff."`

	Disable  userDisableCmd  `cmd:"" help:"Shut a person out at once: sessions, tokens and links end, and nobody signs in as them."`
	Enable   userEnableCmd   `cmd:"" help:"Let a person in again."`
	Reset    userResetCmd    `cmd:"" name:"reset-password" help:"Make a link with which a person chooses another password, once. They are told."`
	Sessions userSessionsCmd `cmd:"" help:"Sign-ins of a person: end."`
	Service  userServiceCmd  `cmd:"" help:"Add a service account: a program with a name of its own, a sponsor and an end."`
}

type userAddCmd struct {
	target
	Username    string   `help:"Name to sign in with." required:""`
	Name        string   `help:"Name as others read it." required:""`
	Role        []string `help:"Roles: referring_doctor, surgeon, head_of_department, coordinator, trainee, researcher, administrator." required:""`
	Specialty   []string `help:"Sub-specialties, such as functional-neurosurgery."`
	Department  string   `help:"Department."`
	Language    string   `help:"Language of the pages." enum:"en,zh" default:"en"`
	PasswordAll bool     `help:"Read the password from standard input, instead of making a link with which the person chooses one." name:"password-stdin"`
}

type personView struct {
	ID         string   `json:"id"`
	Username   string   `json:"username"`
	Name       string   `json:"name"`
	Roles      []string `json:"roles"`
	Specialty  []string `json:"sub_specialties"`
	Department string   `json:"department"`
	Link       string   `json:"link,omitempty"`
}

func (c *userAddCmd) Run(ctx context.Context, p Program) error {
	var password string
	if c.PasswordAll {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if password = strings.TrimRight(line, "\r\n"); password == "" {
			return fmt.Errorf("no password came on standard input: %w", err)
		}
	}
	return c.ask(ctx, p, func(api *client) error {
		var p personView
		err := api.do(ctx, "POST", "/people", map[string]any{"username": c.Username, "name": c.Name, "roles": c.Role, "sub_specialties": nonNil(c.Specialty),
			"department": c.Department, "language": c.Language, "password": password}, &p)
		if err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(p)
		}
		fmt.Printf("%s (%s) was added.\n", p.Name, p.Username)
		if p.Link != "" {
			fmt.Printf("Where they choose their password, once, within three days; shown only now: %s\n", p.Link)
		}
		return nil
	})
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

type userListCmd struct{ target }

func (c *userListCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var answer struct {
			Items []personView `json:"items"`
		}
		if err := api.do(ctx, "GET", "/people", nil, &answer); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(answer)
		}
		var rows [][]string
		for _, p := range answer.Items {
			rows = append(rows, []string{p.Username, p.Name, strings.Join(p.Roles, ", "), strings.Join(p.Specialty, ", ")})
		}
		Table([]string{"USERNAME", "NAME", "ROLES", "SUB-SPECIALTIES"}, rows)
		return nil
	})
}

type tokenCmd struct {
	List   tokenListCmd   `cmd:"" help:"List API tokens, without their secrets."`
	Revoke tokenRevokeCmd `cmd:"" help:"End an API token at once."`
	Create tokenCreateCmd `cmd:"" help:"Make an API token in one's own name (on this machine: --as), or for a service account that one answers for. It is shown once."`
}

type tokenCreateCmd struct {
	target
	For   string   `help:"Username of a service account that the person answers for." placeholder:"SERVICE"`
	Name  string   `help:"What it is for." default:"command line"`
	Scope []string `help:"What it may do: read, write, administer, export (rows of the registry), waive (grant waivers of consent)." default:"read,write"`
	Days  int      `help:"Days until it expires." default:"90"`
}

func (c *tokenCreateCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var t struct {
			ID      string `json:"id"`
			Token   string `json:"token"`
			Expires string `json:"expires"`
		}
		if err := api.do(ctx, "POST", "/tokens", map[string]any{"for": c.For, "name": c.Name, "scopes": c.Scope, "days": c.Days}, &t); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(t)
		}
		fmt.Println(t.Token)
		return nil
	})
}
