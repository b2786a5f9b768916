-- What was in each export, and the number that stands in its rows and files. Exports of before have none.

-- +goose Up
ALTER TABLE registry_export ADD COLUMN number TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_export ADD COLUMN patients INTEGER NOT NULL DEFAULT 0;
ALTER TABLE registry_export ADD COLUMN frozen TEXT NOT NULL DEFAULT ''; -- hash of the freeze whose rows were taken out; '': rows as they stood then

-- Rows that somebody froze by a name, outside of studies: they can be taken out again, and two of them compared. Where a patient in one is erased, another without the patient stands in its place.
CREATE TABLE registry_snapshot (
  id       BLOB PRIMARY KEY,  -- of the freeze
  pathway  TEXT NOT NULL,
  label    TEXT NOT NULL,
  person   TEXT NOT NULL,     -- who froze
  pack     TEXT NOT NULL,     -- version of the pathway whose columns it has
  patients INTEGER NOT NULL,
  follows  BLOB               -- the freeze in whose place it stands; NULL: none
) STRICT;
CREATE INDEX registry_snapshot_pathway ON registry_snapshot (pathway, label);

-- +goose Down
DROP TABLE registry_snapshot;
ALTER TABLE registry_export DROP COLUMN frozen;
ALTER TABLE registry_export DROP COLUMN patients;
ALTER TABLE registry_export DROP COLUMN number;
