package command

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"consilium/registry/export"
)

// registryCmd are the commands for rows.
type registryCmd struct {
	Check  registryCheckCmd  `cmd:"" help:"Tell of each column how many rows have a value, and why the others have none."`
	Export registryExportCmd `cmd:"" help:"Take rows out as files for statistics. Each export is noted with its reason."`
}

type registryCheckCmd struct {
	target
	Pathway string `arg:"" help:"The pathway, such as hfs-mvd."`
	Waiver  string `help:"Number of the ethics waiver; without it only patients who agreed to research count." placeholder:"NUMBER"`
	All     bool   `help:"Also columns that every row has, or none."`
}

func (c *registryCheckCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var q struct {
			Rows    int `json:"rows"`
			Columns []struct {
				Name, Label string
				Given       int
				Why         map[string]int
			} `json:"columns"`
		}
		if err := api.do(ctx, "GET", "/registry/"+url.PathEscape(c.Pathway)+query("waiver", c.Waiver), nil, &q); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(q)
		}
		fmt.Printf("%d rows\n", q.Rows)
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		for _, x := range q.Columns {
			if !c.All && (x.Given == q.Rows || x.Given == 0) {
				continue
			}
			var why []string
			for _, reason := range slices.Sorted(maps.Keys(x.Why)) {
				why = append(why, fmt.Sprintf("%s %d", reason, x.Why[reason]))
			}
			fmt.Fprintf(w, "%s\t%d of %d\t%s\t%s\n", x.Name, x.Given, q.Rows, strings.Join(why, ", "), x.Label)
		}
		return w.Flush()
	})
}

type registryExportCmd struct {
	target
	Pathway string `arg:"" help:"The pathway, such as hfs-mvd."`
	Format  string `help:"csv, r, stata, parquet, redcap or odm." enum:"csv,r,stata,parquet,redcap,odm" default:"csv"`
	Out     string `help:"Folder for the files; it is made." required:"" placeholder:"DIR"`
	Reason  string `help:"Why rows are taken out." required:"" placeholder:"WORDS"`
	Waiver  string `help:"Number of the ethics waiver; without it only patients who agreed to research." placeholder:"NUMBER"`
}

func (c *registryExportCmd) Run(ctx context.Context, p Program) error {
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return err
	}
	return c.ask(ctx, p, func(api *client) error {
		for _, f := range export.Formats[c.Format] {
			if err := c.file(ctx, api, f.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

// file writes one file whole or not at all.
func (c *registryExportCmd) file(ctx context.Context, api *client, name string) error {
	path := filepath.Join(c.Out, name)
	part, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	address := "/registry/" + url.PathEscape(c.Pathway) + "/" + name + query("format", c.Format, "reason", c.Reason, "waiver", c.Waiver)
	if err := errors.Join(api.send(ctx, "GET", address, "", nil, part), part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	fmt.Println(path)
	return os.Rename(part.Name(), path)
}
