-- Publishers, what they uploaded, and what of it is published.
--
-- A version goes through three tables: its blobs are linked to the package, its component manifest gets the version as
-- a tag, and the row in `versions` makes it visible. That row is written last, in one transaction with the bundle.

CREATE TABLE publishers (
    name     TEXT    PRIMARY KEY NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;

-- Only the SHA-256 of a token is kept. A token has 256 random bits, so nothing slower than one hash is needed.
CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    publisher  TEXT    NOT NULL REFERENCES publishers (name),
    hash       BLOB    NOT NULL UNIQUE,
    added_at   INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE TABLE keys (
    publisher  TEXT    NOT NULL REFERENCES publishers (name),
    id         TEXT    NOT NULL,
    pem        TEXT    NOT NULL,
    added_at   INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (publisher, id)
) STRICT;

-- A row says that the file lies in the folder, whole and synced.
CREATE TABLE blobs (
    digest TEXT    PRIMARY KEY NOT NULL,
    size   INTEGER NOT NULL
) STRICT;

CREATE TABLE package_blobs (
    package   TEXT    NOT NULL,
    publisher TEXT    NOT NULL REFERENCES publishers (name),
    digest    TEXT    NOT NULL REFERENCES blobs (digest),
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (package, digest)
) STRICT;
CREATE INDEX package_blobs_by_digest ON package_blobs (digest);

-- `role` is `component`, `package` (inferno.toml and README) or `bundle`.
CREATE TABLE manifests (
    package       TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('component', 'package', 'bundle')),
    bytes         BLOB    NOT NULL,
    artifact_type TEXT    NOT NULL,
    annotations   TEXT    NOT NULL,
    subject       TEXT,
    pushed_at     INTEGER NOT NULL,
    PRIMARY KEY (package, digest),
    CHECK ((role = 'component') = (subject IS NULL)),
    FOREIGN KEY (package, subject) REFERENCES manifests (package, digest)
) STRICT;
CREATE INDEX manifests_by_subject ON manifests (package, subject);

CREATE TABLE manifest_blobs (
    package  TEXT NOT NULL,
    manifest TEXT NOT NULL,
    digest   TEXT NOT NULL,
    PRIMARY KEY (package, manifest, digest),
    FOREIGN KEY (package, manifest) REFERENCES manifests (package, digest) ON DELETE CASCADE,
    FOREIGN KEY (package, digest) REFERENCES package_blobs (package, digest)
) STRICT;
CREATE INDEX manifest_blobs_by_blob ON manifest_blobs (package, digest);

-- A version that can be pulled by its tag. Never changed and never deleted.
CREATE TABLE tags (
    package   TEXT    NOT NULL,
    publisher TEXT    NOT NULL REFERENCES publishers (name),
    version   TEXT    NOT NULL,
    manifest  TEXT    NOT NULL,
    component TEXT    NOT NULL,
    size      INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    pushed_at INTEGER NOT NULL,
    PRIMARY KEY (package, version),
    UNIQUE (package, manifest),
    FOREIGN KEY (package, manifest) REFERENCES manifests (package, digest)
) STRICT;

-- A version that is in the catalog. `sequence` grows with time, and within a package with the version.
CREATE TABLE versions (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    package      TEXT    NOT NULL,
    publisher    TEXT    NOT NULL REFERENCES publishers (name),
    version      TEXT    NOT NULL,
    bundle       TEXT    NOT NULL,
    signer       TEXT    NOT NULL,
    requests     TEXT    NOT NULL,
    description  TEXT    NOT NULL,
    license      TEXT    NOT NULL,
    readme       TEXT,
    published_at INTEGER NOT NULL,
    yanked_at    INTEGER,
    yank_reason  TEXT,
    UNIQUE (package, version),
    CHECK ((yanked_at IS NULL) = (yank_reason IS NULL)),
    FOREIGN KEY (package, version) REFERENCES tags (package, version),
    FOREIGN KEY (package, bundle) REFERENCES manifests (package, digest)
) STRICT;
CREATE INDEX versions_by_publisher ON versions (publisher);
