"""The article store: each article once, in one SQLite file; snapshots are made from it.

It is changed in transactions, so a command that is killed while reading leaves it as it was.
Articles are kept in the order in which they were read, and a replacement takes the place of the
article that it replaces. So reading the same sources again changes nothing.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Self

from index.article import Article
from index.indexing.article_key import article_key, checksum, to_json
from index.readers.formats.jsonl import from_record

ARTICLES = "articles.sqlite"
# Records read at once.
_BLOCK = 256
_SCHEMA = """
CREATE TABLE IF NOT EXISTS articles (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    code TEXT,
    link TEXT,
    blank INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_code ON articles (code) WHERE code IS NOT NULL;
CREATE INDEX IF NOT EXISTS by_link ON articles (link) WHERE link IS NOT NULL;
CREATE TABLE IF NOT EXISTS removed (id TEXT PRIMARY KEY, code TEXT, link TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY);
"""
_SAME = "id = :id OR code = :code OR link = :link"


class StoreOutcome(Enum):
    """The outcome of adding an article."""

    ADDED = auto()
    REPLACED = auto()
    UNCHANGED = auto()
    WITHHELD = auto()


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article with the checksum of its content."""

    article: Article
    checksum: bytes


class ArticleStore:
    """An open article store, for one thread; only one process at a time may change it."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it.

        Raises:
            sqlite3.Error: it cannot be opened or is not an article store.
        """
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def __len__(self) -> int:
        return int(self._value("SELECT count(*) FROM articles"))

    def __iter__(self) -> Iterator[StoredArticle]:
        """Yield the articles in their order."""
        last = 0
        query = (
            "SELECT place, checksum, record FROM articles WHERE place > ? ORDER BY place LIMIT ?"
        )
        while block := self._connection.execute(query, (last, _BLOCK)).fetchall():
            for _, known, record in block:
                yield StoredArticle(from_record(json.loads(record)), known)
            last = block[-1][0]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Apply all changes in the block or none, durably."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # A full disk has ended the transaction already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def clear(self) -> None:
        """Delete all articles and sources; removed articles stay removed."""
        self._connection.execute("DELETE FROM articles")
        self._connection.execute("DELETE FROM sources")

    def add(self, article: Article) -> StoreOutcome:
        """Add an article; it replaces those with the same `article_key`."""
        record = to_json(article)
        known = checksum(record)
        key = article_key(article)
        found = self._value("SELECT checksum FROM articles WHERE id = ?", key.id)
        if found == known:
            return StoreOutcome.UNCHANGED
        keys = {"id": key.id, "code": key.code, "link": key.link}
        if self._value(f"SELECT 1 FROM removed WHERE {_SAME}", **keys):
            return StoreOutcome.WITHHELD
        place = self._value(f"SELECT min(place) FROM articles WHERE {_SAME}", **keys)
        self._connection.execute(f"DELETE FROM articles WHERE {_SAME}", keys)
        self._connection.execute(
            "INSERT INTO articles (place, id, code, link, blank, checksum, record) "
            "VALUES (:place, :id, :code, :link, :blank, :checksum, :record)",
            {
                **keys,
                "place": place,
                "blank": _is_blank(article),
                "checksum": known,
                "record": record,
            },
        )
        return StoreOutcome.ADDED if place is None else StoreOutcome.REPLACED

    def remove(self, article_id: str) -> bool:
        """Remove an article for good; return whether it was there."""
        self._connection.execute(
            "INSERT OR REPLACE INTO removed SELECT id, code, link FROM articles WHERE id = ?",
            (article_id,),
        )
        gone = self._connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))
        return gone.rowcount > 0

    def unremove(self, article_id: str) -> bool:
        """Allow a removed article again; return whether it had been removed."""
        gone = self._connection.execute("DELETE FROM removed WHERE id = ?", (article_id,))
        return gone.rowcount > 0

    def replace_all(self, articles: Iterable[Article], sources: Sequence[str]) -> None:
        """Replace everything with these articles, in this order."""
        self.clear()
        for article in articles:
            self.unremove(article.id)
            self.add(article)
        self.add_sources(sources)

    def add_sources(self, names: Iterable[str]) -> None:
        """Add names of sources that were read."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO sources VALUES (?)", [(name,) for name in names]
        )

    def sources(self) -> list[str]:
        """Return the names of the sources that were read, in order."""
        query = "SELECT name FROM sources ORDER BY rowid"
        return [name for (name,) in self._connection.execute(query)]

    def has_text(self) -> bool:
        """Return whether any article has text."""
        return bool(self._value("SELECT EXISTS (SELECT 1 FROM articles WHERE NOT blank)"))

    def checksums(self) -> Iterator[tuple[str, bytes]]:
        """Yield every article's id and checksum, in order."""
        return iter(self._connection.execute("SELECT id, checksum FROM articles ORDER BY place"))

    def digest(self) -> str:
        """Return a digest of all articles and their order."""
        digest = hashlib.blake2b(digest_size=16)
        for article_id, known in self.checksums():
            digest.update(article_id.encode("utf-8") + b"\0" + known)
        return digest.hexdigest()

    def _value(self, query: str, *values: object, **named: object) -> Any:
        row = self._connection.execute(query, named or values).fetchone()
        return row[0] if row else None


def _is_blank(article: Article) -> bool:
    return not any(text.strip() for text in (article.title, article.abstract, *article.paragraphs))
