-- +goose Up
-- threads of which nothing may be destroyed, by which law
CREATE TABLE legal_hold (
  id          TEXT PRIMARY KEY,
  thread      BLOB NOT NULL,
  law         TEXT NOT NULL,
  until_day   TEXT NOT NULL,           -- '': until somebody releases it
  person      TEXT NOT NULL,
  at_ms       INTEGER NOT NULL,
  released_ms INTEGER NOT NULL,        -- 0: it stands
  released_by TEXT NOT NULL
) STRICT;
CREATE INDEX legal_hold_thread ON legal_hold (thread);

-- who decided that what an erasure names is destroyed here. That it is, the program says once it has looked
CREATE TABLE erasure_decision (
  erasure BLOB PRIMARY KEY,
  thread  BLOB NOT NULL,
  person  TEXT NOT NULL,
  at_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX erasure_decision_thread ON erasure_decision (thread);
