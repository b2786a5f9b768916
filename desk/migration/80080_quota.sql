-- +goose Up
-- How large a file is that somebody sent, so that what one person has sent and attached to nothing has a bound. Files of before count as nothing.
ALTER TABLE upload ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
CREATE INDEX upload_person ON upload (person);
