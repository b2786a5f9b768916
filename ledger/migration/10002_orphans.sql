-- +goose Up
-- files that erased entries attached; whoever keeps the files removes those that nothing else attaches
CREATE TABLE orphan (
  blob BLOB PRIMARY KEY
) STRICT;
CREATE INDEX entry_erasures ON entry (thread) WHERE kind = 'thread.erased';
