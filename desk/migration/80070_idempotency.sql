-- +goose Up
-- Requests that programs gave a key, and how they were answered: the same request twice is one entry, also across a restart.
CREATE TABLE idempotency (
  key     BLOB PRIMARY KEY,   -- SHA-256 over who asks, what, and the key that they gave
  request BLOB NOT NULL,      -- SHA-256 of the body
  status  INTEGER NOT NULL,   -- 0: at work, or the node stopped in the middle
  type    TEXT NOT NULL,
  answer  BLOB NOT NULL,
  at_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX idempotency_at ON idempotency (at_ms);
