-- +goose Up
-- how many of the thread's entries the partner has without their bodies
ALTER TABLE holding ADD COLUMN lacks INTEGER NOT NULL DEFAULT 0;
