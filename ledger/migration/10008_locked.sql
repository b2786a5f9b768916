-- +goose Up
-- an attachment whose entry is erased gives nobody the file any more, and goes on keeping it from those whom its thread kept it from
ALTER TABLE attached ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;

-- files that came from another hospital, and from which: all others were made here. Null: an older release took it in, or made it, and wrote down neither.
CREATE TABLE given (
  blob     BLOB PRIMARY KEY,
  hospital BLOB
) STRICT;
INSERT INTO given (blob) SELECT DISTINCT blob FROM attached;

-- the bodies of erased entries until this hospital destroys them: nothing reads them, and they leave with nothing
CREATE TABLE locked_body (
  entry  BLOB PRIMARY KEY,
  thread BLOB NOT NULL,
  body   BLOB NOT NULL
) STRICT;
CREATE INDEX locked_body_thread ON locked_body (thread);

-- entries whose bodies this hospital has destroyed, and what is looked for before it says so
CREATE TABLE destroyed (
  entry  BLOB PRIMARY KEY,
  thread BLOB NOT NULL,
  salt   TEXT NOT NULL,           -- of the body: random letters that stand nowhere else, here from their end. Empty: looked for, and not found
  at_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX destroyed_thread ON destroyed (thread);
