-- +goose Up
-- Links with which patients answer a follow-up on a phone. A link is opened by what is signed with the node's secret, not by anything that stands here. Answers stand here
-- until they are sent; then they are an entry of the case, and nothing of them is left.
CREATE TABLE registry_reply (
  id          TEXT PRIMARY KEY,
  thread      BLOB NOT NULL,
  place       INTEGER NOT NULL,   -- operation of the case
  pathway     TEXT NOT NULL,
  schedule    TEXT NOT NULL,      -- appointment of the pathway
  lang        TEXT NOT NULL,
  born        INTEGER NOT NULL,   -- the date of birth is asked first
  tries       INTEGER NOT NULL,   -- wrong dates of birth so far
  by_person   TEXT NOT NULL,
  made_ms     INTEGER NOT NULL,
  expires_ms  INTEGER NOT NULL,
  opened_ms   INTEGER NOT NULL,   -- 0: not yet
  answered_ms INTEGER NOT NULL,   -- 0: not yet
  revoked_ms  INTEGER NOT NULL,   -- 0: not
  answers     TEXT NOT NULL       -- JSON: question to answer
) STRICT;
CREATE INDEX registry_reply_thread ON registry_reply (thread, schedule, made_ms);
CREATE INDEX registry_reply_pathway ON registry_reply (pathway, made_ms);

-- +goose Down
DROP TABLE registry_reply;
