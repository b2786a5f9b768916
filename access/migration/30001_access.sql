-- +goose Up

-- Who read which case, when and why. Rows are only ever added: each holds the hash of the one before, so that a row
-- changed or removed behind the program's back shows (consilium verify).
CREATE TABLE access_log (
    place    INTEGER NOT NULL PRIMARY KEY, -- 1, 2, 3, …
    at_ms    INTEGER NOT NULL,
    thread   TEXT NOT NULL,
    person   TEXT NOT NULL,
    action   TEXT NOT NULL,     -- see, export, …
    why      TEXT NOT NULL,     -- the policy that allowed it, break-glass, or denied
    relation TEXT NOT NULL,     -- in which the person stood to the case, separated by spaces
    origin   TEXT NOT NULL,     -- address and session
    hash     BLOB NOT NULL      -- SHA-256 over the hash of the row before and this row
) STRICT;
CREATE INDEX access_log_by_thread ON access_log (thread, place);
CREATE INDEX access_log_by_person ON access_log (person, place);

-- Somebody without a relation to a case looked at it all the same, for a reason, and is asked about it.
CREATE TABLE break_glass (
    id          TEXT NOT NULL PRIMARY KEY,
    person      TEXT NOT NULL,
    thread      TEXT NOT NULL,
    reason      TEXT NOT NULL,
    origin      TEXT NOT NULL,
    created_ms  INTEGER NOT NULL,
    expires_ms  INTEGER NOT NULL,
    reviewer    TEXT NOT NULL,     -- '' until reviewed
    reviewed_ms INTEGER NOT NULL,  -- 0 until reviewed
    outcome     TEXT NOT NULL,     -- '', justified, unjustified
    note        TEXT NOT NULL
) STRICT;
CREATE INDEX break_glass_by_person ON break_glass (person, thread);
CREATE INDEX break_glass_by_review ON break_glass (reviewed_ms, created_ms);
