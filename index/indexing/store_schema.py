"""The tables of `articles.sqlite`, and the migration of a file that an earlier version made."""

import json
import re
import sqlite3
from collections.abc import Iterator

from index.errors import KhazarError
from index.identifiers import canonical_url, news_code
from index.indexing.article_key import article_key, content_checksum
from index.readers.formats.jsonl import from_record
from index.sqlite_files import add_seal, seal

VERSION = 3
# What is sealed of an article; its record has the checksum, and its place may change.
_FACTS = "id, origin, own, made_up, code, link, blank, content, checksum, changed"
# The columns of an article, here and among the removed ones.
COLUMNS = f"place, {_FACTS}, record, seal"
# Link to a post of a chat without a public name: the chat's number, the post's number.
_POST = re.compile(r"(?:https?://)?t(?:elegram)?\.me/c/([0-9]{1,16})/([0-9]{1,10})/?(?:\?\S*)?")
# The version whose tables differ in nothing but seals.
_UNSEALED = 2
# What is sealed of the rows of each table.
_SEALED = {
    "articles": _FACTS,
    "removed": f"{_FACTS}, removed",
    "sources": "name",
    "wordings": "id, content, replaced, origin, record",
    "runs": "number, time, command, sources, counts",
    "events": "number, time, action, id, origin, previous_id, previous_origin",
}
# Tables whose damaged rows an update deletes: the archive does not depend on them.
LOG_TABLES = ("wordings", "runs", "events")
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
    record TEXT NOT NULL,
    seal BLOB
"""
# id: the article's id. origin: the file or address that it was read from; NULL: unknown. own: its
# id there, or of one that a reader made up, the part within that file. content: checksum without
# the id. changed: when the article was read first or last replaced. seal: see `seal_of`.
_SCHEMA = f"""
CREATE TABLE articles ({_ARTICLES});
CREATE INDEX by_own ON articles (own);
CREATE INDEX by_code ON articles (code) WHERE code IS NOT NULL;
CREATE INDEX by_link ON articles (link) WHERE link IS NOT NULL;
CREATE INDEX by_content ON articles (content);
CREATE TABLE removed (
    id TEXT PRIMARY KEY, place INTEGER, origin TEXT, own TEXT, made_up INTEGER, code TEXT,
    link TEXT, blank INTEGER, content BLOB, checksum BLOB, changed TEXT, record TEXT, seal BLOB,
    removed TEXT
);
CREATE TABLE sources (name TEXT PRIMARY KEY, seal BLOB);
CREATE TABLE wordings (
    id TEXT NOT NULL, content BLOB NOT NULL, replaced TEXT NOT NULL, origin TEXT,
    record TEXT NOT NULL, seal BLOB, PRIMARY KEY (id, content)
);
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, command TEXT NOT NULL,
    sources TEXT NOT NULL, counts TEXT NOT NULL, seal BLOB
);
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, action TEXT NOT NULL,
    id TEXT NOT NULL, origin TEXT, previous_id TEXT, previous_origin TEXT, seal BLOB
);
CREATE INDEX events_by_id ON events (id);
"""
# Articles that a command replaced or cleared so far; initial: they were there when it began.
_TEMPORARY = f"CREATE TEMP TABLE IF NOT EXISTS displaced ({COLUMNS}, initial, cleared)"


def lookup_conditions(reference: str) -> tuple[tuple[str, str | None], ...]:
    """Return what is true of the articles that a text names, the surest first.

    Returns:
        Conditions in SQL with their values; None: the text cannot mean that.
    """
    post = _POST.fullmatch(reference.strip())
    link = canonical_url(reference if "://" in reference else f"//{reference.strip()}")
    return (
        ("id = ?", reference),
        ("own = ? AND made_up IS NOT 1", reference),
        ("id = ?", f"telegram-{post[1]}-{post[2]}" if post else None),
        ("link = ?", link),
        # Telegram does not tell large letters in names from small ones.
        ("link = ? COLLATE NOCASE", link and re.sub(r"^telegram\.me/", "t.me/", link)),
        ("substr(code, instr(code, char(10)) + 1) = ?", news_code(reference)),
    )


def seal_of(table: str) -> str:
    """Return the SQL expression of the seal of a table's rows; see `index.sqlite_files`."""
    return seal(_SEALED[table])


def is_sound(table: str) -> str:
    """Return the SQL condition that a row is what was written."""
    return f"seal IS {seal_of(table)}"


def seal_rows(connection: sqlite3.Connection, table: str, condition: str, *values: object) -> None:
    """Seal the rows of a table that meet a condition."""
    connection.execute(f"UPDATE {table} SET seal = {seal_of(table)} WHERE {condition}", values)


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file, or bring those of an earlier version up to date.

    Raises:
        KhazarError: a later version made the file.
        sqlite3.Error: it is not an article store, or cannot be written.
    """
    add_seal(connection)
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
            if _version(connection) == _UNSEALED:
                for table in _SEALED:
                    connection.execute(f"ALTER TABLE {table} ADD COLUMN seal BLOB")
            else:
                _migrate(connection)
            for table in _SEALED:
                seal_rows(connection, table, "seal IS NULL")
            connection.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection) -> None:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'table' "
        "AND name IN ('articles', 'removed', 'sources')"
    )
    earlier = {name for (name,) in connection.execute(query)}
    for name in earlier:
        connection.execute(f"ALTER TABLE {name} RENAME TO earlier_{name}")
    for index in ("by_code", "by_link"):
        connection.execute(f"DROP INDEX IF EXISTS {index}")
    for statement in _SCHEMA.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    if "articles" in earlier:
        marks = ", ".join("?" * len(COLUMNS.split(",")))
        rows = _rows(connection)
        connection.executemany(f"INSERT INTO articles ({COLUMNS}) VALUES ({marks})", rows)
    if "removed" in earlier:
        connection.execute(
            "INSERT INTO removed (id, own, code, link) SELECT id, id, code, link "
            "FROM earlier_removed"
        )
    if "sources" in earlier:
        connection.execute("INSERT INTO sources (name) SELECT name FROM earlier_sources")
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
            *(blank, content, checksum, None, record, None),
        )
