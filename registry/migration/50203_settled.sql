-- +goose Up
-- What somebody looked at on the page of data quality and found right.
CREATE TABLE registry_settled (
  id      INTEGER PRIMARY KEY,
  at_ms   INTEGER NOT NULL,
  person  TEXT NOT NULL,
  pathway TEXT NOT NULL,
  thread  BLOB NOT NULL,
  place   INTEGER NOT NULL,
  what    TEXT NOT NULL, -- sort of fault and column, or what a pair of cases shares
  value   TEXT NOT NULL  -- the value that is so, or the other case
) STRICT;
CREATE INDEX registry_settled_pathway ON registry_settled (pathway);

-- +goose Down
DROP TABLE registry_settled;
