-- +goose Up
-- Who asked to be named to a case that they may not see. It waits for the coordinator; nothing of the case is in it.
CREATE TABLE part_wish (
  thread BLOB NOT NULL,
  person TEXT NOT NULL,
  at_ms  INTEGER NOT NULL,
  PRIMARY KEY (thread, person)
) STRICT;
