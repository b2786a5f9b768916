-- +goose Up
-- Whom this hospital talks to, and how far each of them has come. None of it is in a ledger; a run that fails leaves the tables as they were.
CREATE TABLE partner (
  hospital    BLOB PRIMARY KEY,
  name        TEXT NOT NULL,
  place       TEXT NOT NULL,
  addresses   TEXT NOT NULL,     -- host:port, separated by spaces; empty: they call us
  state       TEXT NOT NULL,     -- asked, accepted, blocked
  since_ms    INTEGER NOT NULL,
  link        TEXT NOT NULL,     -- newest statement of their link key
  seal        TEXT NOT NULL,     -- newest statement of their seal key
  invite      BLOB,              -- the secret of their invitation, until they have accepted us
  taken_place INTEGER NOT NULL,  -- their place up to which we have everything they may give us
  taken_hash  BLOB NOT NULL,     -- and their entry there: after a restore of theirs it is another one
  given_place INTEGER NOT NULL,  -- our place up to which they have everything we may give them
  seen_ms     INTEGER NOT NULL   -- when a link was last up; 0: never
) STRICT;

-- invitation codes that we gave out
CREATE TABLE invite (
  handle     BLOB PRIMARY KEY,
  secret     BLOB NOT NULL,
  expires_ms INTEGER NOT NULL,
  used_by    BLOB                -- null: not yet used
) STRICT;

-- hospitals that called us and are not partners, for the administrator to see; the oldest go first
CREATE TABLE caller (
  hospital BLOB PRIMARY KEY,
  name     TEXT NOT NULL,        -- as they say
  address  TEXT NOT NULL,        -- where the call came from
  calls    INTEGER NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms  INTEGER NOT NULL
) STRICT;

-- what a partner has of a thread, as the partner itself said
CREATE TABLE holding (
  hospital BLOB NOT NULL,
  thread   BLOB NOT NULL,
  entries  INTEGER NOT NULL,
  digest   BLOB NOT NULL,
  at_ms    INTEGER NOT NULL,
  PRIMARY KEY (hospital, thread)
) STRICT;
CREATE INDEX holding_thread ON holding (thread);

-- entries of ours that a partner refused, and why
CREATE TABLE refused_by (
  hospital BLOB NOT NULL,
  entry    BLOB NOT NULL,
  thread   BLOB NOT NULL,
  reason   TEXT NOT NULL,
  at_ms    INTEGER NOT NULL,
  PRIMARY KEY (hospital, entry)
) STRICT;

-- files that entries here attach and that are not here yet
CREATE TABLE wanted_blob (
  blob     BLOB NOT NULL,
  thread   BLOB NOT NULL,
  size     INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (blob, thread)
) STRICT;
CREATE INDEX wanted_blob_size ON wanted_blob (size, blob);
