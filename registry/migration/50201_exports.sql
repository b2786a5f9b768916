-- +goose Up
-- Who took which rows out of the node, and why. Nothing that leaves is without a line here.
CREATE TABLE registry_export (
  id      INTEGER PRIMARY KEY,
  at_ms   INTEGER NOT NULL,
  person  TEXT NOT NULL,
  pathway TEXT NOT NULL,
  format  TEXT NOT NULL,
  dates   TEXT NOT NULL,
  waiver  TEXT NOT NULL,   -- number of the ethics waiver; empty: only patients who agreed to research
  reason  TEXT NOT NULL,
  rows    INTEGER NOT NULL
) STRICT;
CREATE INDEX registry_export_at ON registry_export (at_ms);

-- +goose Down
DROP TABLE registry_export;
