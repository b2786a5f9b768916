-- What the store itself remembers: generation counters and marks of the node (package store, meta.go).
-- A run of this file that fails leaves nothing behind.

-- +goose Up
CREATE TABLE store_meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT;
