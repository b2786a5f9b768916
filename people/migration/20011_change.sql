-- +goose Up

-- What a person was after each change of who they are, what they may do and what lets them in, under a code that only the data folder's key makes. Rows are only ever added; each carries the code of
-- the one before, and the newest is signed beside the ends of the logs. A row of people, roles, privileges or scopes that no such change explains was written behind the program's back.
CREATE TABLE person_change (
    place  INTEGER NOT NULL PRIMARY KEY,  -- 1, 2, 3, …
    person TEXT NOT NULL,
    state  BLOB NOT NULL,                 -- SHA-256 of all that is kept of the person, sessions and last uses aside
    code   BLOB NOT NULL                  -- HMAC-SHA-256 over the code before, place, person and state
) STRICT;
CREATE INDEX person_change_by_person ON person_change (person, place);
