-- What a case has in the lab: who asked for what, made of what, and what came of it. It is no fold: surfaces, guides and fields are made once and take minutes, and they stay at the hospital
-- that made them unless an entry of the case attaches one. An erasure of the images that they were made of destroys them. A run of this file that fails leaves nothing behind.

-- +goose Up
CREATE TABLE lab_artefact (
  id      TEXT    NOT NULL PRIMARY KEY,
  thread  BLOB    NOT NULL,
  kind    TEXT    NOT NULL, -- surface, plan, guide, model, strength, registration
  version INTEGER NOT NULL, -- counts up in each case and kind
  job     INTEGER NOT NULL, -- that makes it; 0: it was made at once
  entry   BLOB    NOT NULL, -- the images that it all comes from
  source  TEXT    NOT NULL, -- the artefact that it was made of; '' where none
  asked   TEXT    NOT NULL, -- JSON: what was asked for
  facts   TEXT    NOT NULL, -- JSON: what came of it; '' while nothing has
  person  TEXT    NOT NULL,
  name    TEXT    NOT NULL, -- of the person
  at_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX lab_artefact_thread ON lab_artefact (thread, at_ms);

CREATE TABLE lab_file (
  artefact TEXT    NOT NULL,
  ending   TEXT    NOT NULL, -- what it is: glb, 3mf, json, f32, seg.dcm
  hash     BLOB    NOT NULL,
  size     INTEGER NOT NULL,
  PRIMARY KEY (artefact, ending)
) STRICT;
CREATE INDEX lab_file_hash ON lab_file (hash);
