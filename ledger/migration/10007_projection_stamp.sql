-- +goose Up
-- what the tables of each projection were made from, beside the version of the program's code
ALTER TABLE projection ADD COLUMN stamp TEXT NOT NULL DEFAULT '';           -- what else they depend on, such as the packs in force
ALTER TABLE projection ADD COLUMN form TEXT NOT NULL DEFAULT '';            -- the sum of their definitions; '': an older release made them
ALTER TABLE projection ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;    -- how many times they were folded anew

-- how far the folding anew of each projection is, into tables beside those in use
CREATE TABLE projection_refold (
  name       TEXT PRIMARY KEY,
  version    INTEGER NOT NULL,
  stamp      TEXT NOT NULL,
  form       TEXT NOT NULL,
  generation INTEGER NOT NULL,     -- ends the names of the tables that are being filled
  after      BLOB NOT NULL,        -- the last thread that this pass has folded
  since      INTEGER NOT NULL,     -- the pass folds threads that have changed since this place
  next       INTEGER NOT NULL,     -- the newest place when the pass began: the next one folds what has changed since
  done       INTEGER NOT NULL      -- threads folded, in all passes
) STRICT;
