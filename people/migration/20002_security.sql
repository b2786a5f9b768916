-- +goose Up

-- What happened to the doors of this node: who came in and who did not, what opens them, who may do what. Rows are only ever added; each holds the hash of
-- the one before, and the newest hash is signed into a file beside the database, so that a row that was changed, removed or cut off shows (consilium verify).
CREATE TABLE security_log (
    place  INTEGER NOT NULL PRIMARY KEY,  -- 1, 2, 3, …
    at_ms  INTEGER NOT NULL,
    event  TEXT NOT NULL,
    actor  TEXT NOT NULL,                 -- the person who did it, 'local' the owner of the machine, '' nobody who is known
    about  TEXT NOT NULL,                 -- the person whose access it is about, or ''
    detail TEXT NOT NULL,
    origin TEXT NOT NULL,                 -- address, session, token or socket
    hash   BLOB NOT NULL                  -- SHA-256 over the hash of the row before and this row
) STRICT;
CREATE INDEX security_log_by_about ON security_log (about, place);

-- Up to where a person has read what others did to their access.
CREATE TABLE security_read (
    person TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    place  INTEGER NOT NULL
) STRICT;

-- Links with which a person chooses a password, once. Whoever made one never knows the password.
CREATE TABLE password_link (
    hash       BLOB NOT NULL PRIMARY KEY, -- SHA-256 of the secret in the link
    person     TEXT NOT NULL REFERENCES person (id),
    made_by    TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX password_link_by_person ON password_link (person);

-- Programs that act under a name of their own. They are people of the kind service, and somebody answers for each.
CREATE TABLE service_account (
    person  TEXT NOT NULL PRIMARY KEY REFERENCES person (id),
    sponsor TEXT NOT NULL REFERENCES person (id),
    ends_ms INTEGER NOT NULL,
    cases   TEXT NOT NULL                 -- the threads that it is named for, separated by spaces
) STRICT;

-- From which networks a person has signed in: guesses made elsewhere do not lock them out there.
CREATE TABLE known_address (
    person  TEXT NOT NULL REFERENCES person (id),
    address TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (person, address)
) STRICT;
