-- Who ordered a job and which thread it is about: who may see and end it is asked of these. Jobs of before have no owner, and nobody but an administrator
-- hears of them. A job whose patient was erased says its numbers and nothing else, whatever its worker still wants to say. A run of this file that fails leaves
-- nothing behind.

-- +goose Up
ALTER TABLE job_progress ADD COLUMN person TEXT NOT NULL DEFAULT '';  -- '': nobody knows
ALTER TABLE job_progress ADD COLUMN about TEXT NOT NULL DEFAULT '';   -- a thread; '': none
ALTER TABLE job_progress ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
CREATE INDEX job_progress_about ON job_progress (about, kind);
