-- +goose Up
-- how the links to partners are, as the node that keeps them last wrote for the hospital's other nodes
CREATE TABLE partner_link (
  hospital BLOB PRIMARY KEY,
  state    TEXT NOT NULL
) STRICT;
