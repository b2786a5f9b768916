-- +goose Up
CREATE INDEX waiting_source ON waiting (source);
