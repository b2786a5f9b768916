-- +goose Up
-- Which threads have key images: their marks are kept in the archive of images, and at a start all of them are looked at.
CREATE INDEX entry_key_images ON entry (thread) WHERE kind = 'case.keyimage';
