-- What pages show of a job. The row is written in the same transaction as the job itself and follows it;
-- it can be lost without losing the job. A run of this file that fails leaves nothing behind.

-- +goose Up
CREATE TABLE job_progress (
	job         INTEGER PRIMARY KEY, -- the queue's own number
	kind        TEXT    NOT NULL,
	state       TEXT    NOT NULL,    -- waiting, running, retrying, done, failed, cancelled
	done        INTEGER NOT NULL,    -- steps of total, in the worker's own unit
	total       INTEGER NOT NULL,    -- 0: not known
	note        TEXT    NOT NULL,
	rate        REAL    NOT NULL,    -- steps a second, 0: not known
	estimate_ms INTEGER NOT NULL,    -- time left, 0: not known
	attempt     INTEGER NOT NULL,
	error       TEXT    NOT NULL,    -- of the last attempt that failed
	worker      TEXT    NOT NULL,    -- the node that runs it, '' while nobody does
	created_ms  INTEGER NOT NULL,
	updated_ms  INTEGER NOT NULL     -- also the heartbeat of a running job
) STRICT;
CREATE INDEX job_progress_state ON job_progress (state, updated_ms);
