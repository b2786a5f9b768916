-- +goose Up
-- Who sent which file to this node. A file may be attached by the person who sent it, or by one who may read a thread that attaches it:
-- knowing its hash is not enough.
CREATE TABLE upload (
  hash   BLOB NOT NULL,
  person TEXT NOT NULL,
  at_ms  INTEGER NOT NULL,
  PRIMARY KEY (hash, person)
) STRICT;
