-- +goose Up
-- Keys that every process of this node knows, such as the one of its forms. They open no patient's data; where the table is lost, forms that were open
-- have to be loaded again.
CREATE TABLE secret (
  name TEXT PRIMARY KEY,
  key  BLOB NOT NULL
) STRICT;
