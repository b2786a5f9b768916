package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path"

	"consilium/jobs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migration/*.sql
var migrations embed.FS

// migrate brings the tables of every room up to date. Each file runs in a transaction of its own, so a run
// that stops half way leaves whole files done, and the next start goes on from there.
func migrate(ctx context.Context, db *sql.DB, postgres bool, rooms []fs.FS) error {
	merged, err := merge(append([]fs.FS{migrations, jobs.Migrations}, rooms...))
	if err != nil {
		return err
	}
	options := []goose.ProviderOption{
		goose.WithAllowOutofOrder(true), // each room counts by itself
		goose.WithDisableGlobalRegistry(true),
	}
	dialect, files := goose.DialectSQLite3, fs.FS(merged)
	if postgres {
		locker, err := lock.NewPostgresSessionLocker() // nodes that start together take turns
		if err != nil {
			return fmt.Errorf("migrating: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
		dialect, files = goose.DialectPostgres, forPostgres(merged)
	}
	provider, err := goose.NewProvider(dialect, db, files, options...)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	if err := refuseNewer(ctx, db, provider); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating: %w", sorted(err))
	}
	return nil
}

// refuseNewer finds files that were applied here and that this release does not have.
func refuseNewer(ctx context.Context, db *sql.DB, provider *goose.Provider) error {
	if _, err := provider.GetDBVersion(ctx); err != nil { // makes goose's own table on the first start
		return fmt.Errorf("reading the schema's version: %w", sorted(err))
	}
	known := map[int64]bool{0: true} // goose's own first row
	for _, source := range provider.ListSources() {
		known[source.Version] = true
	}
	rows, err := db.QueryContext(ctx, `SELECT version_id FROM goose_db_version`)
	if err != nil {
		return fmt.Errorf("reading the schema's version: %w", sorted(err))
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		if err := rows.Scan(&version); err != nil {
			return fmt.Errorf("reading the schema's version: %w", err)
		}
		if !known[version] {
			return fmt.Errorf("schema file %d is unknown: %w", version, ErrNewer)
		}
	}
	return rows.Err()
}

// merge gathers the .sql files of several rooms under their base names.
func merge(rooms []fs.FS) (memFS, error) {
	all := memFS{}
	for _, room := range rooms {
		err := fs.WalkDir(room, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || path.Ext(name) != ".sql" {
				return err
			}
			base := path.Base(name)
			if _, twice := all[base]; twice {
				return fmt.Errorf("two rooms have a migration %s", base)
			}
			all[base], err = fs.ReadFile(room, name)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("gathering the migrations: %w", err)
		}
	}
	return all, nil
}

// forPostgres translates every file.
func forPostgres(files memFS) memFS {
	out := memFS{}
	for name, text := range files {
		out[name] = []byte(translate(string(text)))
	}
	return out
}
