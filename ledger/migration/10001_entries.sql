-- +goose Up
-- Entries as they were signed, and what was not taken in. Nothing here is ever rewritten but the body of an erased entry;
-- a run that fails leaves the tables as they were.
CREATE TABLE thread (
  thread   BLOB PRIMARY KEY,
  kind     TEXT NOT NULL,
  entries  INTEGER NOT NULL,
  digest   BLOB NOT NULL,        -- the hashes of its entries, each taken exclusive-or: which set of entries this is
  steward  BLOB NOT NULL,
  changed  INTEGER NOT NULL      -- the place of its newest entry
) STRICT;

CREATE TABLE entry (
  place       INTEGER PRIMARY KEY, -- in the order of arrival at this node: 1, 2, 3, …
  hash        BLOB NOT NULL,
  thread      BLOB NOT NULL,
  hospital    BLOB NOT NULL,
  key         BLOB NOT NULL,
  seq         INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  header      BLOB NOT NULL,
  signature   BLOB NOT NULL,
  body        BLOB,                -- null: erased, or not here yet
  received_ms INTEGER NOT NULL,
  clock_odd   INTEGER NOT NULL     -- 1: the writer's clock was more than a day ahead of ours
) STRICT;
CREATE UNIQUE INDEX entry_hash ON entry (hash);
CREATE INDEX entry_chain ON entry (thread, key, seq);

-- who may have a thread: the roster, for asking by hospital
CREATE TABLE thread_member (
  hospital BLOB NOT NULL,
  thread   BLOB NOT NULL,
  state    TEXT NOT NULL,
  PRIMARY KEY (hospital, thread)
) STRICT;
CREATE INDEX thread_member_thread ON thread_member (thread);

-- files that the entries of a thread attach
CREATE TABLE attached (
  thread BLOB NOT NULL,
  blob   BLOB NOT NULL,
  entry  BLOB NOT NULL,
  size   INTEGER NOT NULL,
  type   TEXT NOT NULL,
  scope  TEXT NOT NULL,
  sealed INTEGER NOT NULL,
  PRIMARY KEY (thread, blob, entry)
) STRICT;
CREATE INDEX attached_blob ON attached (blob);

-- entries that follow others which are not here yet
CREATE TABLE waiting (
  hash      BLOB PRIMARY KEY,
  thread    BLOB NOT NULL,
  source    BLOB NOT NULL,        -- the hospital that sent it
  header    BLOB NOT NULL,
  signature BLOB NOT NULL,
  body      BLOB,
  missing   TEXT NOT NULL,        -- hashes, separated by spaces
  since_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX waiting_thread ON waiting (thread);

-- entries that were refused for ever, for the administrator to see
CREATE TABLE refused (
  hash     BLOB PRIMARY KEY,
  thread   TEXT NOT NULL,
  source   BLOB NOT NULL,
  hospital TEXT NOT NULL,         -- who it claims to be from
  reason   TEXT NOT NULL,
  at_ms    INTEGER NOT NULL
) STRICT;

-- which version of each projection the tables hold
CREATE TABLE projection (
  name    TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT;
