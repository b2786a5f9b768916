-- +goose Up
-- How this hospital's patients are reached, and when somebody tried and nobody answered. Neither leaves the node.
ALTER TABLE case_identity ADD COLUMN telephone TEXT NOT NULL DEFAULT '';
CREATE TABLE case_call (
  thread BLOB NOT NULL,
  at_ms  INTEGER NOT NULL,
  person TEXT NOT NULL,              -- who called
  PRIMARY KEY (thread, at_ms, person)
) STRICT;
