-- +goose Up
-- A small number for each case, given in turn: the index of words names cases by it. It is of this node alone and follows from nothing.
CREATE TABLE case_number (
  n      INTEGER PRIMARY KEY,
  thread BLOB NOT NULL UNIQUE
) STRICT;
-- What a case is found by is kept in the projection's table, its words and the patient's together.
DROP TABLE case_gram;
ALTER TABLE case_identity DROP COLUMN find_text;
