-- +goose Up
-- What this node made of images for a case: de-identified copies, which may be attached to that case as they are. Nobody's word that a file was
-- de-identified counts, only a row here.
CREATE TABLE image_made (
  thread BLOB NOT NULL,
  hash   BLOB NOT NULL,
  PRIMARY KEY (thread, hash)
) STRICT;

-- Which job files images in which case, for who may see how far it is and what it refused. Rows outlive the job's own.
CREATE TABLE image_filing (
  job    INTEGER NOT NULL PRIMARY KEY,
  thread BLOB NOT NULL,
  person TEXT NOT NULL,
  at_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX image_filing_thread ON image_filing (thread, at_ms);
