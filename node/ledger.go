package node

import (
	"context"
	"io"
	"io/fs"

	"consilium/ledger"
	"consilium/store"
)

// Ledger opens a bare ledger in a new folder: the database of one of the hospitals of a rehearsal, of which there may be hundreds, without a node around it. Translate is what [ledger.NewBook] takes.
func Ledger(ctx context.Context, dir string) (db ledger.DB, translate func(string) string, closer io.Closer, err error) {
	s, err := store.Open(ctx, store.Options{Dir: dir, Create: true, Slim: true, Migrations: []fs.FS{ledger.Migrations}})
	if err != nil {
		return nil, nil, nil, err
	}
	return database{store: s}, s.DDL, s, nil
}
