-- +goose Up
-- Files that a job was given or made and that no entry attaches: an import's table and mapping, the rows that it refused, the images that were sent to be filed.
-- They name patients, so they are looked through when one is erased, and go when nothing is said of their job any more. Of jobs of before, their reports name them.
CREATE TABLE job_file (
  job  INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (job, hash)
) STRICT;
CREATE INDEX job_file_hash ON job_file (hash);
-- Files that the erasure of a patient dooms. A row goes when its file is gone.
CREATE TABLE doomed_file (
  hash BLOB NOT NULL PRIMARY KEY
) STRICT;
-- Filings of before know whom they belong to.
UPDATE job_progress SET person = (SELECT f.person FROM image_filing f WHERE f.job = job_progress.job)
  WHERE kind = 'case.images' AND EXISTS (SELECT 1 FROM image_filing f WHERE f.job = job_progress.job);
