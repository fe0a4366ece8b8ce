"""The tables of `articles.sqlite`, and the migration of a file that an earlier version made."""

import json
import sqlite3
from collections.abc import Iterator

from index.errors import KhazarError
from index.indexing.article_key import article_key, content_checksum
from index.readers.formats.jsonl import from_record

VERSION = 2
# The columns of an article, here and among the removed ones.
COLUMNS = "place, id, origin, own, made_up, code, link, blank, content, checksum, changed, record"
_ARTICLES = """
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    origin TEXT,
    own TEXT NOT NULL,
    made_up INTEGER NOT NULL,
    code TEXT,
    link TEXT,
    blank INTEGER NOT NULL,
    content BLOB NOT NULL,
    checksum BLOB NOT NULL,
    changed TEXT,
    record TEXT NOT NULL
"""
# id: the article's id. origin: the file or address that it was read from; NULL: unknown. own: its
# id there, or of one that a reader made up, the part within that file. content: checksum without
# the id. changed: when the article was read first or last replaced.
_SCHEMA = f"""
CREATE TABLE articles ({_ARTICLES});
CREATE INDEX by_own ON articles (own);
CREATE INDEX by_code ON articles (code) WHERE code IS NOT NULL;
CREATE INDEX by_link ON articles (link) WHERE link IS NOT NULL;
CREATE INDEX by_content ON articles (content);
CREATE TABLE removed (
    id TEXT PRIMARY KEY, place INTEGER, origin TEXT, own TEXT, made_up INTEGER, code TEXT,
    link TEXT, blank INTEGER, content BLOB, checksum BLOB, changed TEXT, record TEXT, removed TEXT
);
CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY);
CREATE TABLE wordings (
    id TEXT NOT NULL, content BLOB NOT NULL, replaced TEXT NOT NULL, origin TEXT,
    record TEXT NOT NULL, PRIMARY KEY (id, content)
);
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, command TEXT NOT NULL,
    sources TEXT NOT NULL, counts TEXT NOT NULL
);
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, action TEXT NOT NULL,
    id TEXT NOT NULL, origin TEXT, previous_id TEXT, previous_origin TEXT
);
CREATE INDEX events_by_id ON events (id);
"""
# Articles that a command replaced or cleared so far; initial: they were there when it began.
_TEMPORARY = f"CREATE TEMP TABLE IF NOT EXISTS displaced ({COLUMNS}, initial, cleared)"


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file, or bring those of an earlier version up to date.

    Raises:
        KhazarError: a later version made the file.
        sqlite3.Error: it is not an article store, or cannot be written.
    """
    connection.execute(_TEMPORARY)
    connection.execute("CREATE INDEX IF NOT EXISTS temp.displaced_by_id ON displaced (id)")
    if (version := _version(connection)) == VERSION:
        return
    if version > VERSION:
        raise KhazarError("the article store was made by a later version of Khazar")
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it meanwhile.
        if _version(connection) < VERSION:
            _migrate(connection)
            connection.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection) -> None:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('articles','removed')"
    earlier = {name for (name,) in connection.execute(query)}
    for name in earlier:
        connection.execute(f"ALTER TABLE {name} RENAME TO earlier_{name}")
    for index in ("by_code", "by_link"):
        connection.execute(f"DROP INDEX IF EXISTS {index}")
    for statement in _SCHEMA.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    if "articles" in earlier:
        marks = ", ".join("?" * 12)
        rows = _rows(connection)
        connection.executemany(f"INSERT INTO articles ({COLUMNS}) VALUES ({marks})", rows)
    if "removed" in earlier:
        connection.execute(
            "INSERT INTO removed (id, own, code, link) SELECT id, id, code, link "
            "FROM earlier_removed"
        )
    for name in earlier:
        connection.execute(f"DROP TABLE earlier_{name}")


def _rows(connection: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """Yield the articles of version 1: where they came from is unknown."""
    query = "SELECT place, id, blank, checksum, record FROM earlier_articles"
    for place, article_id, blank, checksum, record in connection.execute(query):
        article = from_record(json.loads(record))
        key = article_key(article)
        content = content_checksum(article)
        yield (
            *(place, article_id, None, article_id, 0, key.code, key.link),
            *(blank, content, checksum, None, record),
        )
