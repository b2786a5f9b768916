-- +goose Up
-- Two series of one hospital may number their patients alike: a number is the patient's within its series.
ALTER TABLE case_identity ADD COLUMN series TEXT NOT NULL DEFAULT '';
