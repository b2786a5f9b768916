package main

import (
	"context"
	"fmt"
	"os"

	"consilium/ledger"
	"consilium/node"
)

type verifyCmd struct {
	target
	Thread string `arg:"" optional:"" help:"One thread; without it, all."`
}

func (c *verifyCmd) Run(ctx context.Context) error {
	return c.ask(ctx, func(api *client) error {
		var report node.VerifyReport
		if err := api.do(ctx, "GET", "/verify"+query("thread", c.Thread), nil, &report); err != nil {
			return err
		}
		if c.JSON {
			if err := printJSON(report); err != nil {
				return err
			}
		} else {
			fmt.Printf("%d threads, %d entries (%d erased), %d files\n", report.Threads, report.Entries, report.Erased, report.Files)
			for _, b := range report.Breaks {
				fmt.Println("BROKEN  " + b)
			}
		}
		if len(report.Breaks) > 0 {
			return errSaid
		}
		if !c.JSON {
			fmt.Println("Everything holds.")
		}
		return nil
	})
}

type rebuildCmd struct {
	Data string `help:"Data folder of the hospital." default:"consilium-data" placeholder:"DIR"`
	DB   string `help:"Database, instead of what hospital.toml says." name:"db"`
}

func (c *rebuildCmd) Run(ctx context.Context) error {
	n, err := node.Open(ctx, node.Options{Dir: c.Data, DB: c.DB})
	if err != nil {
		return err
	}
	defer n.Close()
	return n.Rebuild(ctx, func(done, total int) {
		if done%1000 == 0 || done == total {
			fmt.Fprintf(os.Stderr, "\rfolded %d of %d threads", done, total)
			if done == total {
				fmt.Fprintln(os.Stderr)
			}
		}
	})
}

type bundleCmd struct {
	Export bundleExportCmd `cmd:"" help:"Write a case with its files into a bundle."`
	Verify bundleVerifyCmd `cmd:"" help:"Verify a bundle with nothing but its bytes."`
}

type bundleExportCmd struct {
	target
	Case string `arg:"" help:"The case's ID."`
	To   string `help:"File to write." required:"" placeholder:"FILE"`
}

func (c *bundleExportCmd) Run(ctx context.Context) error {
	return c.ask(ctx, func(api *client) error {
		f, err := os.OpenFile(c.To, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		err = api.do(ctx, "GET", "/cases/"+c.Case+"/bundle", nil, f)
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			os.Remove(c.To)
			return err
		}
		fmt.Println(c.To)
		return nil
	})
}

type bundleVerifyCmd struct {
	File string `arg:"" help:"The bundle." type:"existingfile"`
	JSON bool   `help:"Answer in JSON." name:"json"`
}

func (c *bundleVerifyCmd) Run() error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := ledger.ReadBundle(f, nil)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(map[string]any{"thread": b.Thread, "kind": b.Kind, "entries": b.Entries, "erased": b.Erased, "forks": b.Forks, "late": b.Late, "digest": b.Digest, "files": b.Files})
	}
	fmt.Printf("%s %s: %d entries (%d erased, %d late, %d forks), %d files. Everything holds.\n", b.Kind, b.Thread, b.Entries, b.Erased, b.Late, b.Forks, len(b.Files))
	return nil
}
