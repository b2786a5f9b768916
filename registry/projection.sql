-- One row for each operation of a case that was worked on here. What a statistician sees of it is made of cells when it is read.
CREATE TABLE registry_row (
  thread    BLOB NOT NULL,
  place     INTEGER NOT NULL,     -- which operation of the case, from 1
  pathway   TEXT NOT NULL,
  pack      TEXT NOT NULL,        -- version whose columns the row has
  day       TEXT NOT NULL,        -- of the operation, 2026-11-21; empty: not known to the day
  operator  TEXT NOT NULL,        -- hospital and person, or empty
  expert    TEXT NOT NULL,
  procedure TEXT NOT NULL,
  research  INTEGER NOT NULL,     -- the patient agreed to research
  history   INTEGER NOT NULL,     -- taken over from before
  cells     TEXT NOT NULL,        -- JSON: column to value, as bodies of entries have them; a column that is not there was not recorded
  PRIMARY KEY (thread, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX registry_row_pathway ON registry_row (pathway, day, thread, place);
