-- +goose Up
-- What people have typed and not sent. It stays at this node and is nobody else's to read.
CREATE TABLE draft (
  person     TEXT NOT NULL,
  form       TEXT NOT NULL,
  fields     TEXT NOT NULL,           -- JSON: name to list of values
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (person, form)
) STRICT;
