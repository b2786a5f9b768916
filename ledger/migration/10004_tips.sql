-- +goose Up
-- the hash of the tips of its keys: whoever may sign entries can make two sets of one digest, and cannot make two of one tips.
-- Null in a row that an older release wrote.
ALTER TABLE thread ADD COLUMN tips BLOB;
