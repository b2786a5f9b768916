-- +goose Up
-- Who stands in for somebody who is away.
CREATE TABLE person_deputy (
    person   TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    deputy   TEXT NOT NULL REFERENCES person (id),
    from_ms  INTEGER NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX person_deputy_deputy ON person_deputy (deputy);
