-- One row for each case: what lists show and filter by. Rows stand in the order of the numbers that cases are given in turn: a new case writes at the end.
CREATE TABLE case_row (
  n             INTEGER PRIMARY KEY,  -- of case_number
  thread        BLOB NOT NULL UNIQUE,
  pathway       TEXT NOT NULL,
  sub_specialty TEXT NOT NULL,
  title         TEXT NOT NULL,
  find_text     TEXT NOT NULL,        -- all by which it is found, as searched
  side          TEXT NOT NULL,
  urgency       TEXT NOT NULL,
  sex           TEXT NOT NULL,
  age           INTEGER NOT NULL,     -- years; -1: not known
  home          BLOB NOT NULL,
  steward       BLOB NOT NULL,
  verb          TEXT NOT NULL,
  state         TEXT NOT NULL,        -- "open", "closed"
  opened_ms     INTEGER NOT NULL,
  changed_ms    INTEGER NOT NULL,
  next_what_en  TEXT NOT NULL,
  next_what_zh  TEXT NOT NULL,
  next_role     TEXT NOT NULL,        -- the first of the roles whose task it is
  next_hospital BLOB NOT NULL,
  next_person   TEXT NOT NULL,
  next_by_ms    INTEGER NOT NULL,     -- 9007199254740991: no date
  marks         INTEGER NOT NULL,
  entries       INTEGER NOT NULL,
  demo          INTEGER NOT NULL,
  row_sum       TEXT NOT NULL,        -- of what this row, case_task and case_person say, so that they are written anew only when they change
  tasks_sum     TEXT NOT NULL,
  people_sum    TEXT NOT NULL
) STRICT;
CREATE INDEX case_row_changed ON case_row (state, changed_ms, n);
CREATE INDEX case_row_verb ON case_row (verb, state, changed_ms, n);
CREATE INDEX case_row_pathway ON case_row (pathway, state, changed_ms, n);
CREATE INDEX case_row_specialty ON case_row (sub_specialty, state, changed_ms, n);
CREATE INDEX case_row_urgency ON case_row (urgency, state, changed_ms, n);
CREATE INDEX case_row_steward ON case_row (steward, state, changed_ms, n);
CREATE INDEX case_row_due ON case_row (state, next_by_ms, n);

-- how many cases stand where
CREATE TABLE case_count (
  verb  TEXT NOT NULL,
  state TEXT NOT NULL,
  cases INTEGER NOT NULL,
  PRIMARY KEY (verb, state)
) STRICT, WITHOUT ROWID;

-- which cases have which letters in what they are found by (see termsIn)
CREATE TABLE case_term (
  term  BLOB NOT NULL,                -- UTF-8: bytes have one order in every database
  part  INTEGER NOT NULL,             -- of 4,096 cases by their numbers
  cases BLOB NOT NULL,                -- their places in the part, two bytes each, or 512 bytes with a bit for each place
  PRIMARY KEY (term, part)
) STRICT, WITHOUT ROWID;

-- who is to do what: one row for each role that may
CREATE TABLE case_task (
  thread   BLOB NOT NULL,
  place    INTEGER NOT NULL,          -- in the case's own order
  role     TEXT NOT NULL,
  verb     TEXT NOT NULL,
  hospital BLOB NOT NULL,
  person   TEXT NOT NULL,             -- empty: anybody in the role
  what_en  TEXT NOT NULL,
  what_zh  TEXT NOT NULL,
  by_ms    INTEGER NOT NULL,          -- 9007199254740991: no date
  kind     TEXT NOT NULL,
  refs     TEXT NOT NULL,             -- hashes, separated by spaces
  PRIMARY KEY (thread, place, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_task_role ON case_task (hospital, role, person, by_ms);
CREATE INDEX case_task_person ON case_task (hospital, person, by_ms);

-- who has to do with the case
CREATE TABLE case_person (
  thread   BLOB NOT NULL,
  hospital BLOB NOT NULL,
  person   TEXT NOT NULL,
  relation TEXT NOT NULL,             -- "author", "asked", "operator", "signer", "assigned"
  PRIMARY KEY (thread, hospital, person, relation)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_person_person ON case_person (person, hospital, thread);
