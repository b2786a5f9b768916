-- +goose Up
-- Who this hospital's patients are. These tables never leave the node, and are not derived from entries.
CREATE TABLE case_identity (
  thread       BLOB PRIMARY KEY,
  name         TEXT NOT NULL,
  latin        TEXT NOT NULL,        -- the name in Latin letters, where somebody typed it
  local_number TEXT NOT NULL,        -- the hospital's own number of the patient
  birth_date   TEXT NOT NULL,        -- a date, perhaps partial
  find_text    TEXT NOT NULL         -- all of it as searched
) STRICT;
CREATE INDEX case_identity_number ON case_identity (local_number);

-- pairs of letters of find_text, for finding part of a name in either script
CREATE TABLE case_gram (
  gram   TEXT NOT NULL,
  thread BLOB NOT NULL,
  PRIMARY KEY (gram, thread)
) STRICT;
CREATE INDEX case_gram_thread ON case_gram (thread);
