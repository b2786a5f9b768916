// Command pocketbase is the peer of the benchmark of writers: PocketBase as its authors ship it, with one collection into which anybody may write the JSON that the
// benchmark also sends to Consilium. It is a module of its own so that nothing of it is part of the program.
//
//	pocketbase DIR ADDRESS
//
// PocketBase opens SQLite with synchronous=NORMAL: a commit is not synced, and power loss may take the last ones. Consilium syncs each.
package main

import (
	"fmt"
	"os"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "pocketbase DIR ADDRESS")
		os.Exit(2)
	}
	if err := serve(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "pocketbase:", err)
		os.Exit(1)
	}
}

func serve(dir, address string) error {
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: dir, HideStartBanner: true})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	if _, err := app.FindCollectionByNameOrId("entries"); err != nil {
		if err := app.Save(entries()); err != nil {
			return err
		}
	}
	return apis.Serve(app, apis.ServeConfig{HttpAddr: address})
}

// entries is a collection of what the benchmark's writers say.
func entries() *core.Collection {
	c := core.NewBaseCollection("entries")
	anybody := ""
	c.CreateRule = &anybody
	c.Fields.Add(
		&core.TextField{Name: "kind", Required: true, Max: 100},
		&core.JSONField{Name: "body", Required: true, MaxSize: 1 << 20},
		&core.AutodateField{Name: "created", OnCreate: true})
	return c
}
