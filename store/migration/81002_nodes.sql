-- +goose Up
-- what one node of a hospital at a time does, and until when it may; by the clock of the database, which is one for all of them
CREATE TABLE lease (
  name     TEXT PRIMARY KEY,
  holder   TEXT NOT NULL,
  until_ms INTEGER NOT NULL
) STRICT;

-- small secrets that every node of a hospital needs, each closed under a key that stands in the nodes' data folders and not here
CREATE TABLE closet (
  name   TEXT PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT;
