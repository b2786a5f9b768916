package command

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// registryCmd are the commands for rows.
type registryCmd struct {
	Rows   registryRowsCmd   `cmd:"" help:"Show rows. They leave the node, so this is an export with its reason."`
	Check  registryCheckCmd  `cmd:"" help:"Tell of each column how many rows have a value, and why the others have none."`
	Freeze registryFreezeCmd `cmd:"" help:"Freeze rows by a name; without a name, list what was frozen."`
	Export registryExportCmd `cmd:"" help:"Take rows out as files for statistics. Each export is noted with its reason, and says so in its files."`
	Diff   registryDiffCmd   `cmd:"" help:"Tell what is otherwise between two freezes: rows, and values by variable."`
	Double registryDoubleCmd `cmd:"" help:"Tell how far two people agree who entered the same forms, and what is still not the same."`
	Waiver registryWaiverCmd `cmd:"" help:"Waivers of consent, under which rows of patients who were not asked are used."`
}

func registryPath(pathway string, parts ...string) string {
	path := "/registry/" + url.PathEscape(pathway)
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}

type registryCheckCmd struct {
	target
	Pathway string `arg:"" help:"The pathway, such as hfs-mvd."`
	Waiver  string `help:"A waiver of consent that is in force, by the committee's number; without it only patients who agreed to research count." placeholder:"NUMBER"`
	All     bool   `help:"Also columns that every row has, or none."`
}

// registryCounts is how complete rows are.
type registryCounts struct {
	Pathway string           `json:"pathway"`
	Rows    int              `json:"rows"`
	Few     bool             `json:"few,omitempty"`
	Columns []registryColumn `json:"columns"`
}

type registryColumn struct {
	Name  string         `json:"name"`
	Label string         `json:"label"`
	Given int            `json:"given"`
	Few   bool           `json:"few,omitempty"`
	Why   map[string]int `json:"why"`
}

func (c *registryCheckCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var q registryCounts
		if err := api.do(ctx, "GET", registryPath(c.Pathway)+query("waiver", c.Waiver), nil, &q); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(q)
		}
		return c.print(q)
	})
}

func (c *registryCheckCmd) print(q registryCounts) error {
	if q.Few {
		fmt.Println("too few patients for anything to be told of them")
		return nil
	}
	fmt.Printf("%d rows\n", q.Rows)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	for _, x := range q.Columns {
		if !c.All && !x.Few && (x.Given == q.Rows || x.Given == 0) {
			continue
		}
		given := strconv.Itoa(x.Given)
		if x.Few {
			given = "(withheld)"
		}
		var why []string
		for _, reason := range slices.Sorted(maps.Keys(x.Why)) {
			why = append(why, fmt.Sprintf("%s %d", reason, x.Why[reason]))
		}
		fmt.Fprintf(w, "%s\t%s of %d\t%s\t%s\n", x.Name, given, q.Rows, strings.Join(why, ", "), x.Label)
	}
	return w.Flush()
}

// taking is which rows are taken out.
type taking struct {
	Pathway string `arg:"" help:"The pathway, such as hfs-mvd."`
	Reason  string `help:"Why rows are taken out." required:"" placeholder:"WORDS"`
	Waiver  string `help:"A waiver of consent that is in force, by the committee's number; without it only patients who agreed to research." placeholder:"NUMBER"`
	Freeze  string `help:"Rows of a freeze, by its name or the beginning of its hash." placeholder:"NAME"`
}

// archive asks for the archive of a format.
func (t *taking) archive(ctx context.Context, api *client, format string, to io.Writer) error {
	body := map[string]string{"format": format, "reason": t.Reason, "waiver": t.Waiver, "freeze": t.Freeze}
	return api.do(ctx, "POST", registryPath(t.Pathway, "export"), body, to)
}

type registryExportCmd struct {
	target
	taking
	Format string `help:"csv, r, stata, parquet, redcap or odm." enum:"csv,r,stata,parquet,redcap,odm" default:"csv"`
	Out    string `help:"Folder for the files; it is made." required:"" placeholder:"DIR"`
}

func (c *registryExportCmd) Run(ctx context.Context, p Program) error {
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return err
	}
	part, err := os.CreateTemp(c.Out, ".part-")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	defer part.Close()
	return c.ask(ctx, p, func(api *client) error {
		if err := c.archive(ctx, api, c.Format, part); err != nil {
			return err
		}
		files, err := c.unpack(part)
		if err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(map[string]any{"files": files})
		}
		for _, f := range files {
			fmt.Println(f)
		}
		return nil
	})
}

// unpack writes the files of an archive, each whole or not at all.
func (c *registryExportCmd) unpack(part *os.File) (files []string, err error) {
	info, err := part.Stat()
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(part, info.Size())
	if err != nil {
		return nil, fmt.Errorf("the export broke off: %w", err)
	}
	for _, f := range z.File {
		path := filepath.Join(c.Out, filepath.Base(f.Name))
		if err := unpackFile(f, path); err != nil {
			return nil, err
		}
		files = append(files, path)
	}
	return files, nil
}

func unpackFile(f *zip.File, path string) error {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return os.Rename(out.Name(), path)
}

type registryRowsCmd struct {
	target
	taking
	Columns []string `help:"Only these columns." placeholder:"NAME"`
	First   int      `help:"Only so many rows; 0: all." default:"20"`
}

func (c *registryRowsCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var raw bytes.Buffer
		if err := c.archive(ctx, api, "csv", &raw); err != nil {
			return err
		}
		z, err := zip.NewReader(bytes.NewReader(raw.Bytes()), int64(raw.Len()))
		if err != nil {
			return fmt.Errorf("the export broke off: %w", err)
		}
		f, err := z.Open("rows.csv")
		if err != nil {
			return err
		}
		defer f.Close()
		return c.print(csv.NewReader(f))
	})
}

// print shows the chosen columns of the first rows: as a table, or as a list of objects.
func (c *registryRowsCmd) print(in *csv.Reader) error {
	head, err := in.Read()
	if err != nil {
		return err
	}
	places, names, err := c.places(head)
	if err != nil {
		return err
	}
	objects := []map[string]string{}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	line := func(cells []string) { fmt.Fprintln(w, strings.Join(cells, "\t")) }
	if !c.JSON {
		line(names)
	}
	for n := 0; c.First == 0 || n < c.First; n++ {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		cells, object := make([]string, len(places)), map[string]string{}
		for i, at := range places {
			cells[i], object[names[i]] = row[at], row[at]
		}
		if objects = append(objects, object); !c.JSON {
			line(cells)
		}
	}
	if c.JSON {
		return PrintJSON(objects)
	}
	return w.Flush()
}

// places are where the chosen columns stand.
func (c *registryRowsCmd) places(head []string) (places []int, names []string, err error) {
	if len(c.Columns) == 0 {
		for i := range head {
			places = append(places, i)
		}
		return places, head, nil
	}
	for _, name := range c.Columns {
		at := slices.Index(head, name)
		if at < 0 {
			return nil, nil, fmt.Errorf("the registry of %s has no column %q", c.Pathway, name)
		}
		places = append(places, at)
	}
	return places, c.Columns, nil
}
