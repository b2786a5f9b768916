package access

import "embed"

// Migrations are the tables of this package, in goose's form.
//
//go:embed migration/*.sql
var Migrations embed.FS
