-- +goose Up

-- When something of one sort happened last: the newest backup, the newest guessing.
CREATE INDEX security_log_by_event ON security_log (event, place);
