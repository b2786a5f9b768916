-- +goose Up
-- What people have typed and not sent, by person and line. A line is one tab's filling in of one form about one matter: two tabs write two drafts, and what was
-- typed for one patient never fills the form of the next. The version counts the writes, so that words older than those that are here are not kept over them.
CREATE TABLE draft_line (
  person     TEXT NOT NULL,
  line       TEXT NOT NULL,
  form       TEXT NOT NULL,
  url        TEXT NOT NULL,           -- where it is continued; empty: at the form's own address
  version    INTEGER NOT NULL,
  fields     TEXT NOT NULL,           -- JSON: name to list of values
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (person, line)
) STRICT;
CREATE INDEX draft_line_form ON draft_line (person, form);
INSERT INTO draft_line (person, line, form, url, version, fields, updated_ms) SELECT person, form, form, '', 1, fields, updated_ms FROM draft;
DROP TABLE draft;

-- Lines that have ended: what they led to, or nothing where somebody discarded them. A browser that still holds their words is told so, and they never come back.
CREATE TABLE draft_end (
  person TEXT NOT NULL,
  line   TEXT NOT NULL,
  entry  TEXT NOT NULL,               -- the hash of the entry, or what else was made; empty: discarded
  at     TEXT NOT NULL,               -- the address where it is seen
  at_ms  INTEGER NOT NULL,
  PRIMARY KEY (person, line)
) STRICT;
