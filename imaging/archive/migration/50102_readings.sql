-- +goose Up
-- Who did what with the images of which study, once an hour. Rows are never changed. They are not part of the access log of cases, because a
-- study in the archive belongs to no case until somebody files it there.
CREATE TABLE image_reading (
    at_ms     INTEGER NOT NULL,
    person    TEXT NOT NULL,
    origin    TEXT NOT NULL,       -- address and session or token
    action    TEXT NOT NULL,       -- search, retrieve, store
    study_uid TEXT NOT NULL        -- '' is a search over all
) STRICT;

CREATE INDEX image_reading_by_study ON image_reading (study_uid, at_ms);
