-- +goose Up
-- How many bytes of files in all are kept that a partner gave; 0: no bound.
ALTER TABLE partner_limit ADD COLUMN total_bytes INTEGER NOT NULL DEFAULT 0;
