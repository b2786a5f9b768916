-- +goose Up
-- The index of the images that are kept here. The images themselves are blobs; every row can be made again from them.
-- Columns are what searches compare; "attributes" is a data set (Explicit VR Little Endian, UTF-8) of what a search answers with.

CREATE TABLE image_study (
    study_uid      TEXT NOT NULL PRIMARY KEY,
    patient_id     TEXT NOT NULL,
    patient_name   TEXT NOT NULL,      -- folded: '=' before, between and after the groups, small letters
    birth_date     TEXT NOT NULL,
    sex            TEXT NOT NULL,
    study_date     TEXT NOT NULL,      -- YYYYMMDD or ''
    study_time     TEXT NOT NULL,      -- HHMMSS.FFFFFF, as far as it was given, or ''
    accession      TEXT NOT NULL,
    study_id       TEXT NOT NULL,
    description    TEXT NOT NULL,
    referring      TEXT NOT NULL,      -- folded like patient_name
    modalities     TEXT NOT NULL,      -- of its series, '|' before, between and after
    series_count   INTEGER NOT NULL,
    instance_count INTEGER NOT NULL,
    attributes     BLOB NOT NULL,
    received_ms    INTEGER NOT NULL,   -- the first instance
    changed_ms     INTEGER NOT NULL    -- the newest
) STRICT;

CREATE INDEX image_study_by_date ON image_study (study_date, study_time, study_uid);
CREATE INDEX image_study_by_patient ON image_study (patient_id);
CREATE INDEX image_study_by_accession ON image_study (accession);

CREATE TABLE image_series (
    series_uid     TEXT NOT NULL PRIMARY KEY,
    study_uid      TEXT NOT NULL REFERENCES image_study (study_uid),
    modality       TEXT NOT NULL,
    number         TEXT NOT NULL,
    description    TEXT NOT NULL,
    body_part      TEXT NOT NULL,
    performed_date TEXT NOT NULL,      -- of the procedure step
    performed_time TEXT NOT NULL,
    instance_count INTEGER NOT NULL,
    attributes     BLOB NOT NULL
) STRICT;

CREATE INDEX image_series_by_study ON image_series (study_uid);

CREATE TABLE image_instance (
    sop_uid        TEXT NOT NULL PRIMARY KEY,
    series_uid     TEXT NOT NULL REFERENCES image_series (series_uid),
    study_uid      TEXT NOT NULL,
    sop_class      TEXT NOT NULL,
    transfer       TEXT NOT NULL,      -- transfer syntax it is kept in, as it was sent
    number         TEXT NOT NULL,
    position       INTEGER NOT NULL,   -- the number as a number, for the order of a series
    frames         INTEGER NOT NULL,   -- 0: it has no pixels
    blob           BLOB NOT NULL,      -- SHA-256 of its file
    size           INTEGER NOT NULL,   -- bytes of its file
    data_offset    INTEGER NOT NULL,   -- where the data set begins in it
    attributes     BLOB NOT NULL,
    received_ms    INTEGER NOT NULL,
    received_from  TEXT NOT NULL       -- AE title, address or what was imported
) STRICT;

CREATE INDEX image_instance_by_series ON image_instance (series_uid, position, sop_uid);
CREATE INDEX image_instance_by_study ON image_instance (study_uid);
