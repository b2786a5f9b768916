package command

import (
	"context"
	"fmt"
	"io"
	"os"

	"consilium/ledger"
	"consilium/study"
)

type studyExportCmd struct {
	target
	Study string `arg:"" help:"The study's ID."`
	To    string `help:"File to write." required:"" placeholder:"FILE"`
}

func (c *studyExportCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		return saveAs(ctx, api, "/studies/"+c.Study+"/bundle", c.To)
	})
}

type studyVerifyCmd struct {
	File string `arg:"" help:"The bundle." type:"existingfile"`
	JSON bool   `help:"Answer in JSON." name:"json"`
}

func (c *studyVerifyCmd) Run() error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := ledger.ReadBundle(f, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	a, err := study.CountAnew(b)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if c.JSON {
		err = PrintJSON(a)
	} else {
		printRecount(os.Stdout, a)
	}
	if err == nil && len(a.Other) > 0 {
		return Said{1}
	}
	return err
}

func printRecount(out io.Writer, a *study.Recount) {
	fmt.Fprintf(out, "%s\nstudy %s: %d entries, every signature and hash holds\nprotocol version %d, %s\n%d analyses computed anew come to %s\n", a.Question, a.Study, a.Entries, a.Version, a.Protocol, a.Analyses, a.Step)
	for _, group := range []struct {
		hospitals []string
		what      string
	}{{a.Same, "signed the same result"}, {a.Other, "signed ANOTHER result: its node computed otherwise, or somebody signed what it did not compute"}, {a.Unsigned, "has not signed"}} {
		for _, h := range group.hospitals {
			fmt.Fprintf(out, "  %s %s\n", h, group.what)
		}
	}
}
