-- What sets a series of samples apart. Labels are a JSON array.
CREATE TABLE series (
    id     INTEGER PRIMARY KEY,
    metric TEXT NOT NULL,
    labels TEXT NOT NULL,
    UNIQUE (metric, labels)
) STRICT;

-- About ten minutes of one series, compressed.
CREATE TABLE block (
    series  INTEGER NOT NULL REFERENCES series (id),
    first   INTEGER NOT NULL,
    seconds INTEGER NOT NULL CHECK (seconds BETWEEN 1 AND 20000),
    samples BLOB NOT NULL,
    UNIQUE (series, first)
) STRICT;
CREATE INDEX block_by_age ON block (first);

-- The last few seconds of all series, until they are folded into blocks: `count` numbers of series, compressed, and
-- their samples, one series after another, compressed.
CREATE TABLE recent (
    first   INTEGER PRIMARY KEY,
    seconds INTEGER NOT NULL CHECK (seconds BETWEEN 1 AND 20000),
    count   INTEGER NOT NULL CHECK (count BETWEEN 0 AND 4000),
    series  BLOB NOT NULL,
    samples BLOB NOT NULL
) STRICT;

-- The one board. Items are a JSON array.
CREATE TABLE board (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL,
    items    TEXT NOT NULL
) STRICT;
INSERT INTO board (one, revision, items) VALUES (1, 0, '[]');

-- Plugins that are switched off, by the name of their package.
CREATE TABLE switched_off (
    package TEXT PRIMARY KEY
) STRICT;
