-- What a job answers when it is over, and its note in the second language. A run of this file that fails leaves nothing behind.

-- +goose Up
ALTER TABLE job_progress ADD COLUMN note_zh TEXT NOT NULL DEFAULT '';
ALTER TABLE job_progress ADD COLUMN result TEXT NOT NULL DEFAULT ''; -- JSON; '' where the job has nothing to say
