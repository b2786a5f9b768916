-- +goose Up
-- a thread is read in the order of arrival; nothing asks for an entry by its key and count
CREATE INDEX entry_thread ON entry (thread, place);
DROP INDEX entry_chain;
