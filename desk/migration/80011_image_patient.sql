-- +goose Up
-- Who the headers of a case's images say that the patient is, as keyed hashes: the next images are compared with them, and nobody reads a name here.
CREATE TABLE image_patient (
  thread BLOB NOT NULL,
  says   TEXT NOT NULL, -- number, name, birth, sex
  print  BLOB NOT NULL, -- HMAC of the value with the case's key
  PRIMARY KEY (thread, says, print)
) STRICT;
