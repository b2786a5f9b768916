package command

import (
	"context"
	"fmt"
	"os"

	"consilium/ledger"
)

type bundleCmd struct {
	Export bundleExportCmd `cmd:"" help:"Write a case with its files into a bundle."`
	Verify bundleVerifyCmd `cmd:"" help:"Verify a bundle with nothing but its bytes."`
}

type bundleExportCmd struct {
	target
	Case string `arg:"" help:"The case's ID."`
	To   string `help:"File to write." required:"" placeholder:"FILE"`
}

func (c *bundleExportCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		return saveAs(ctx, api, "/cases/"+c.Case+"/bundle", c.To)
	})
}

// saveAs saves an answer as a file, which must not be there yet.
func saveAs(ctx context.Context, api *client, path, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = api.do(ctx, "GET", path, nil, f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(to)
		return err
	}
	fmt.Println(to)
	return nil
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
		return PrintJSON(map[string]any{"thread": b.Thread, "kind": b.Kind, "entries": b.Entries, "erased": b.Erased, "forks": b.Forks, "late": b.Late, "digest": b.Digest, "files": b.Files})
	}
	fmt.Printf("%s %s: %d entries (%d erased, %d late, %d forks), %d files. Everything holds.\n", b.Kind, b.Thread, b.Entries, b.Erased, b.Late, b.Forks, len(b.Files))
	return nil
}
