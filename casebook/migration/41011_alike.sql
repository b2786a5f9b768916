-- +goose Up
-- What somebody decided about two cases whose patients look like one: the same person, or another one who is kept apart. It stands at this hospital alone, as who
-- the patients are does.
CREATE TABLE case_alike (
  thread   BLOB NOT NULL,              -- the one that was opened later
  other    BLOB NOT NULL,
  decision TEXT NOT NULL,              -- 'same' or 'another'
  why      TEXT NOT NULL DEFAULT '',
  person   TEXT NOT NULL,              -- who decided
  at_ms    INTEGER NOT NULL,
  PRIMARY KEY (thread, other)
) STRICT;
CREATE INDEX case_alike_other ON case_alike (other);
CREATE INDEX case_identity_birth ON case_identity (birth_date);
