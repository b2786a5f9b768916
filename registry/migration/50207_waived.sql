-- Under which waiver of consent rows were frozen or taken out, beside its number: two waivers may have one number. '': none, or a release before this wrote the line.

-- +goose Up
ALTER TABLE registry_freeze ADD COLUMN waived TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_export ADD COLUMN waived TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE registry_export DROP COLUMN waived;
ALTER TABLE registry_freeze DROP COLUMN waived;
