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
  research  INTEGER NOT NULL,     -- what the patient said about research: 1 agreed, 0 not asked, -1 declined
  history   INTEGER NOT NULL,     -- taken over from before
  layout    INTEGER NOT NULL,     -- which columns it has, see registry_layout
  visits    BLOB NOT NULL,        -- what became of each appointment: the beginning of its fill
  cells     BLOB NOT NULL,        -- its cells in the order of those columns, see packCells
  PRIMARY KEY (thread, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX registry_row_pathway ON registry_row (pathway, day, thread, place);

-- Which columns rows have. Rows of one pack name the same; while all are folded anew for another pack, those of the one before are still read.
CREATE TABLE registry_layout (
  layout INTEGER PRIMARY KEY,     -- a sum of the names
  names  TEXT NOT NULL            -- of the columns in order, a line each
) STRICT;

-- How each row is filled in, in few bytes: what the page of data quality is counted from. It stands apart, so that counting does not read all cells.
CREATE TABLE registry_fill (
  thread    BLOB NOT NULL,
  place     INTEGER NOT NULL,
  pathway   TEXT NOT NULL,
  research  INTEGER NOT NULL,
  day       TEXT NOT NULL,
  operator  TEXT NOT NULL,
  procedure TEXT NOT NULL,
  fill      BLOB NOT NULL,
  fill_sum  INTEGER NOT NULL,     -- of all that this row says: where the sums of all rows agree, nothing changed
  PRIMARY KEY (thread, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX registry_fill_sum ON registry_fill (pathway, research, fill_sum);

-- Forms that two people entered from the same papers.
CREATE TABLE registry_double (
  thread    BLOB NOT NULL,
  nth       INTEGER NOT NULL,     -- which of the case, from 0
  pathway   TEXT NOT NULL,
  operation INTEGER NOT NULL,     -- of the case, from 1, which the form is of or comes before
  first     BLOB NOT NULL,        -- the entry
  second    BLOB NOT NULL,        -- and the one that repeats it
  answers   TEXT NOT NULL,        -- JSON: of each variable what both said first, and what stands now
  PRIMARY KEY (thread, nth)
) STRICT, WITHOUT ROWID;
CREATE INDEX registry_double_pathway ON registry_double (pathway);
