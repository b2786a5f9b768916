-- +goose Up
-- Who was in a freeze and with which rows, as keyed codes: what is frozen next is compared with it, also when the rows themselves are gone. Nobody without the node's secret can
-- tell whose a code is, and it holds no value.
CREATE TABLE registry_freeze_tags (
  id   BLOB PRIMARY KEY, -- of the freeze
  tags BLOB NOT NULL     -- JSON: code of a patient to code of that patient's rows
) STRICT;

-- What left this hospital in runs of studies: sets of rows, as keyed codes, and how many figures.
CREATE TABLE registry_release (
  run     BLOB PRIMARY KEY, -- entry that began it
  pathway TEXT NOT NULL,
  at_ms   INTEGER NOT NULL,
  body    BLOB NOT NULL -- JSON
) STRICT;
CREATE INDEX registry_release_pathway ON registry_release (pathway, at_ms);

-- +goose Down
DROP TABLE registry_release;
DROP TABLE registry_freeze_tags;
