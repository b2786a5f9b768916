-- +goose Up
-- entries whose bodies are not here although nothing erased them: whoever takes part in the thread is asked. What an older release took without asking
-- is found here too, but for threads in which something was erased: those find theirs with their next entry.
CREATE TABLE wanted_body (
  thread BLOB NOT NULL,
  entry  BLOB NOT NULL,
  PRIMARY KEY (thread, entry)
) STRICT;
INSERT INTO wanted_body SELECT thread, hash FROM entry WHERE body IS NULL AND thread NOT IN (SELECT thread FROM entry WHERE kind = 'thread.erased');
ALTER TABLE thread ADD COLUMN lacks INTEGER NOT NULL DEFAULT 0; -- how many of them
UPDATE thread SET lacks = (SELECT COUNT(*) FROM wanted_body w WHERE w.thread = thread.thread);
