-- +goose Up
-- How large a file may be that is fetched from a partner. A partner without a row has no bound of its own.
CREATE TABLE partner_limit (
  hospital   BLOB PRIMARY KEY,
  file_bytes INTEGER NOT NULL
) STRICT;
