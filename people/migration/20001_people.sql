-- +goose Up

-- Everyone who can say something at this hospital: staff, visitors from other hospitals, patients, systems.
CREATE TABLE person (
    id            TEXT NOT NULL PRIMARY KEY,   -- random, stands in signed entries; never a name
    kind          TEXT NOT NULL,               -- staff, visitor, patient, system
    username      TEXT UNIQUE,                 -- folded; NULL for those who do not sign in
    display_name  TEXT NOT NULL,               -- '' for patients: who they are stands in a sealed blob
    department    TEXT NOT NULL,
    language      TEXT NOT NULL,
    active        INTEGER NOT NULL,            -- 0 or 1
    home_hospital TEXT NOT NULL,               -- visitors: the hospital that vouches for them, else ''
    home_person   TEXT NOT NULL,               -- visitors: their id there, else ''
    created_ms    INTEGER NOT NULL
) STRICT;

CREATE INDEX person_by_kind ON person (kind, display_name);
CREATE UNIQUE INDEX person_by_home ON person (home_hospital, home_person) WHERE home_hospital <> '';

CREATE TABLE person_role (
    person TEXT NOT NULL REFERENCES person (id),
    role   TEXT NOT NULL,
    PRIMARY KEY (person, role)
) STRICT;

CREATE TABLE person_specialty (
    person    TEXT NOT NULL REFERENCES person (id),
    specialty TEXT NOT NULL,
    PRIMARY KEY (person, specialty)
) STRICT;

-- At most one row: the administrator who was made when the node was new. Two browsers cannot both be first.
CREATE TABLE first_administrator (
    one    INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    person TEXT NOT NULL REFERENCES person (id)
) STRICT;

CREATE TABLE person_password (
    person     TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    hash       TEXT NOT NULL,     -- argon2id with its parameters and salt
    temporary  INTEGER NOT NULL,  -- 1: given by an administrator, to be changed at the next sign-in
    changed_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE passkey (
    id         TEXT NOT NULL PRIMARY KEY,  -- credential id, base64url
    person     TEXT NOT NULL REFERENCES person (id),
    name       TEXT NOT NULL,
    credential TEXT NOT NULL,              -- public key, counter and flags as JSON; nothing secret
    created_ms INTEGER NOT NULL,
    used_ms    INTEGER NOT NULL            -- 0: not yet
) STRICT;

CREATE INDEX passkey_by_person ON passkey (person);

-- A registration or sign-in between its two steps.
CREATE TABLE passkey_ceremony (
    hash       BLOB NOT NULL PRIMARY KEY,  -- SHA-256 of the token that the browser brings back
    purpose    TEXT NOT NULL,              -- register, sign-in
    state      TEXT NOT NULL,              -- challenge and conditions as JSON
    expires_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE sign_in_session (
    hash       BLOB NOT NULL PRIMARY KEY,  -- SHA-256 of the token in the cookie
    id         TEXT NOT NULL UNIQUE,       -- shown in lists and used to end it; opens nothing
    person     TEXT NOT NULL REFERENCES person (id),
    method     TEXT NOT NULL,              -- password, passkey, …
    address    TEXT NOT NULL,
    agent      TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    used_ms    INTEGER NOT NULL
) STRICT;

CREATE INDEX sign_in_session_by_person ON sign_in_session (person);
CREATE INDEX sign_in_session_by_created ON sign_in_session (created_ms);

CREATE TABLE api_token (
    hash       BLOB NOT NULL PRIMARY KEY,  -- SHA-256 of the whole token
    id         TEXT NOT NULL UNIQUE,       -- shown in lists and used to revoke it; opens nothing
    person     TEXT NOT NULL REFERENCES person (id),
    name       TEXT NOT NULL,
    scopes     TEXT NOT NULL,              -- separated by spaces
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    used_ms    INTEGER NOT NULL            -- 0: never
) STRICT;

CREATE INDEX api_token_by_person ON api_token (person);

-- Who may do which procedure here, in which part, from when to when. Rows are ended, never removed.
CREATE TABLE privilege (
    id          TEXT NOT NULL PRIMARY KEY,
    person      TEXT NOT NULL REFERENCES person (id),
    procedure   TEXT NOT NULL,     -- code of the procedure, as in the pathway pack
    level       INTEGER NOT NULL,  -- surgical level 1 to 4
    part        TEXT NOT NULL,     -- advise, assist, operate
    from_ms     INTEGER NOT NULL,
    until_ms    INTEGER NOT NULL,  -- 0: lasting
    granted_by  TEXT NOT NULL REFERENCES person (id),
    visit       TEXT NOT NULL,     -- thread of the visit under which it was given, or ''
    created_ms  INTEGER NOT NULL,
    ended_ms    INTEGER NOT NULL,  -- 0: not ended early
    ended_by    TEXT NOT NULL,
    end_reason  TEXT NOT NULL
) STRICT;

CREATE INDEX privilege_by_person ON privilege (person);
CREATE INDEX privilege_by_procedure ON privilege (procedure);
