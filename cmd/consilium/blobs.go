package main

import (
	"context"
	"fmt"
	"os"

	"consilium/node"
	"consilium/store"
)

type blobsCmd struct {
	Move blobsMoveCmd `cmd:"" help:"Move the files of a hospital between its folder and a bucket. May be stopped and goes on; copies beside a running node, and ends with it stopped."`
}

type blobsMoveCmd struct {
	Data string `help:"Data folder of the hospital." default:"consilium-data" placeholder:"DIR"`
	To   string `help:"Where to: s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION, or 'folder'." required:"" placeholder:"PLACE"`
	Keep bool   `help:"Leave the old files. What is erased from now on stays in them: remove them soon."`
}

func (c *blobsMoveCmd) Run(ctx context.Context) error {
	moved, err := node.MoveBlobs(ctx, c.Data, c.To, c.Keep, func(m store.Moved) {
		fmt.Fprintf(os.Stderr, "\rcopied %d files, %.1f MB", m.Blobs, float64(m.Bytes)/1e6)
	})
	if moved.Blobs > 0 {
		fmt.Fprintln(os.Stderr)
	}
	if err != nil {
		return err
	}
	fmt.Printf("%d files were copied. The hospital works with the new place from its next start", moved.Blobs)
	if c.Keep {
		fmt.Print("; the old files are still there")
	}
	fmt.Println(".")
	return nil
}
