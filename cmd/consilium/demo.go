package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"consilium/demo"
)

type demoCmd struct {
	Dir   string `help:"Keep the data folders there, in an empty folder. Without it: a new one, removed at the end." placeholder:"DIR"`
	Files string `help:"A folder with files of your own, attached to the first story's case as its images. They are taken to name no patient." placeholder:"DIR"`
	Port  int    `help:"The first of eight ports. Without it: free ones." placeholder:"BASE"`
	Once  bool   `help:"End after the stories instead of serving until Ctrl-C."`
	JSON  bool   `help:"Print one summary in JSON; progress goes to the error output." name:"json"`
}

func (c *demoCmd) Run(ctx context.Context) (err error) {
	out := os.Stdout
	if c.JSON {
		out = os.Stderr
	}
	d, err := demo.Open(ctx, demo.Options{Dir: c.Dir, Files: c.Files, Port: c.Port, Version: version, Out: out, Color: colored(out)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Play(ctx); err != nil {
		return err
	}
	sum, err := d.Sum(ctx)
	if err != nil {
		return err
	}
	d.ShowSum(sum)
	if c.JSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(sum); err != nil {
			return err
		}
	}
	if !c.Once {
		d.Show()
		fmt.Fprintln(out, " Ctrl-C ends it.")
		<-ctx.Done()
	}
	if !sum.Holds {
		return errors.New("the demonstration does not hold: see above")
	}
	return nil
}

// colored tells whether a file is a terminal that wants color.
func colored(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
