-- +goose Up
-- Rows as they stood at one moment. The rows are in files, each under a key of its own; here stands that there were some.
CREATE TABLE registry_freeze (
  id      BLOB PRIMARY KEY, -- hash of what was frozen
  of_hash BLOB NOT NULL UNIQUE, -- what it was frozen for
  pathway TEXT NOT NULL,
  waiver  TEXT NOT NULL,
  at_ms   INTEGER NOT NULL,
  rows    INTEGER NOT NULL,
  gone_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX registry_freeze_pathway ON registry_freeze (pathway, at_ms);

-- +goose Down
DROP TABLE registry_freeze;
