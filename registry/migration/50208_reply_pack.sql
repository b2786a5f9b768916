-- By which version of the pathway's pack a patient's link asks: what was laid before somebody is what is answered, also when a newer pack comes meanwhile. '': the newest, of links made before this.

-- +goose Up
ALTER TABLE registry_reply ADD COLUMN pack TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE registry_reply DROP COLUMN pack;
