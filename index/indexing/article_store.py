"""The article store: each article once, in one SQLite file; snapshots are made from it.

It is changed in transactions, so a command that is killed while reading leaves it as it was.
Articles are kept in the order in which they were read, and a replacement takes the place of the
article that it replaces. So reading the same sources again changes nothing.
"""

import hashlib
import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self

from index.article import Article
from index.indexing.article_key import article_key, checksum, is_blank, to_json
from index.indexing.change_log import ChangeLog
from index.indexing.identity import (
    ArticleIdentity,
    Origin,
    clash_message,
    depth_of,
    is_same,
    qualified_id,
)
from index.indexing.sound_records import sound_article, sound_entry, sound_identity
from index.indexing.store_schema import (
    COLUMNS,
    is_sound,
    lookup_conditions,
    prepare,
    seal_rows,
)
from index.indexing.stored_articles import Addition, ArticleEntry, StoredArticle, StoreOutcome

ARTICLES = "articles.sqlite"
# Records read at once.
_BLOCK = 256
_CLAIMS = (
    "id = :id OR (own = :id AND NOT made_up) OR (own = :own AND origin IS :origin "
    "AND made_up = :made_up) OR code = :code OR link = :link"
)
_IDENTITY = "checksum, place, id, origin, own, made_up, code, link, content, record"
_ENTRY = "record, checksum, id, origin, changed"


class ArticleStore:
    """An open article store, for one thread; only one process at a time may change it.

    Attributes:
        path: the file.
        log: what commands changed, and earlier wordings.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, create it, or migrate it from an earlier version.

        Raises:
            sqlite3.Error: it cannot be opened or is not an article store.
            KhazarError: a later version made it.
        """
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        # What is no UTF-8 was damaged, which the checksum tells; SQLite's own error does not.
        self._connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        self._connection.execute("PRAGMA journal_mode=WAL")
        prepare(self._connection)
        self.log = ChangeLog(self._connection)
        # The places of articles that this command has read, and where merged articles went.
        self._read: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def __len__(self) -> int:
        return int(self._value("SELECT count(*) FROM articles"))

    def __iter__(self) -> Iterator[StoredArticle]:
        """Yield the articles in their order.

        Raises:
            sqlite3.DatabaseError: an article is not what was written.
        """
        last = 0
        query = (
            "SELECT place, id, checksum, record FROM articles WHERE place > ? "
            "ORDER BY place LIMIT ?"
        )
        while block := self._connection.execute(query, (last, _BLOCK)).fetchall():
            for _, article_id, known, record in block:
                yield StoredArticle(sound_article(article_id, known, record), known)
            last = block[-1][0]

    def entries(self, *, removed: bool = False) -> Iterator[ArticleEntry]:
        """Yield what is known of the articles, or of the removed ones, in their order."""
        table, when = ("removed", "removed") if removed else ("articles", "NULL")
        for row in self._connection.execute(
            f"SELECT {is_sound(table)}, {_ENTRY}, {when} FROM {table} ORDER BY place, id"
        ):
            yield sound_entry(*row)

    def entry(self, article_id: str) -> ArticleEntry:
        """Return what is known of an article.

        Raises:
            KeyError: no article has this id.
        """
        if (entry := self._entry("articles", article_id)) is None:
            raise KeyError(article_id)
        return entry

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Apply all changes in the block or none, durably."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._read.clear()
            self.log.begin()
            yield
            self.log.settle()
        except BaseException:
            # A full disk has ended the transaction already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def clear(self) -> None:
        """Delete all articles and sources; removed articles stay removed."""
        self.log.displace()
        self._connection.execute("DELETE FROM articles")
        self._connection.execute("DELETE FROM sources")

    def add(
        self, article: Article, origin: Origin | None = None, *, trust_ids: bool = False
    ) -> Addition:
        """Add an article; it replaces those that are the same one: see `is_same`.

        Args:
            article: the article.
            origin: what it was read from; None: unknown.
            trust_ids: see `is_same`.
        """
        new = ArticleIdentity.of(article, article_key(article), origin)
        known = self._identities("articles", new)
        kept = [one for one in known if one.content == new.content and one.shares_id_with(new)]
        if not kept and new.made_up:
            kept = self._moved(new)
        if kept:
            return self._keep(max(kept, key=lambda one: one.has_own_id_of(new)), new)
        same_as_new = partial(is_same, new=new, trust_ids=trust_ids)
        if any(map(same_as_new, self._identities("removed", new))):
            return Addition(StoreOutcome.WITHHELD)
        if same := [one for one in known if same_as_new(one)]:
            return Addition(StoreOutcome.REPLACED, self._replace(same, new))
        added, renamed = self._with_free_id(new)
        place = self._insert(None, added)
        return Addition(StoreOutcome.ADDED, place, clash_message(added, known, renamed))

    def remove(self, article_id: str) -> bool:
        """Remove an article for good; return whether it was there."""
        if self._entry("articles", article_id) is None:
            return False
        self._connection.execute(
            f"INSERT OR REPLACE INTO removed ({COLUMNS}, removed) SELECT {COLUMNS}, ? "
            "FROM articles WHERE id = ?",
            (self.log.now, article_id),
        )
        seal_rows(self._connection, "removed", "id = ?", article_id)
        self._connection.execute("DELETE FROM articles WHERE id = ?", (article_id,))
        self.log.add_event("removed", article_id)
        return True

    def find(self, reference: str, *, removed: bool = False) -> list[str]:
        """Return the ids of the articles that a text names, in order.

        Args:
            reference: an id, also one that an article had before; an address; a link to a
                Telegram post; or an agency's code, in any digits.
            removed: look among the removed articles instead.
        """
        table = "removed" if removed else "articles"
        for condition, value in lookup_conditions(reference):
            query = f"SELECT id FROM {table} WHERE {condition} ORDER BY place"
            if value and (found := [one for (one,) in self._connection.execute(query, (value,))]):
                return found
        query = (
            "SELECT DISTINCT id FROM events WHERE previous_id = ? AND id != previous_id "
            f"AND id IN (SELECT id FROM {table}) AND {is_sound('events')}"
        )
        return [one for (one,) in self._connection.execute(query, (reference,))]

    def unremove(self, article_id: str) -> bool:
        """Allow a removed article again; return whether it had been removed."""
        gone = self._connection.execute("DELETE FROM removed WHERE id = ?", (article_id,))
        return gone.rowcount > 0

    def restore(self, article_id: str) -> bool:
        """Put a removed article back in its place; return whether it could be.

        An article that an earlier version removed was not kept, and is only allowed again.
        """
        self._entry("removed", article_id)
        fits = "id = ? AND record IS NOT NULL AND id NOT IN (SELECT id FROM articles)"
        free = "CASE WHEN place IN (SELECT place FROM articles) THEN NULL ELSE place END"
        back = self._connection.execute(
            f"INSERT INTO articles ({COLUMNS}) SELECT {free}, {COLUMNS.partition(', ')[2]} "
            f"FROM removed WHERE {fits}",
            (article_id,),
        )
        if back.rowcount:
            seal_rows(self._connection, "articles", "id = ?", article_id)
            self.log.add_event("restored", article_id)
        self.unremove(article_id)
        return back.rowcount > 0

    def replace_all(self, articles: Iterable[Article], sources: Sequence[str]) -> None:
        """Replace everything with these articles, in this order, under the ids that they have."""
        self.clear()
        for article in articles:
            known = self._connection.execute(
                "SELECT origin, own, made_up FROM displaced WHERE id = :id AND cleared "
                f"AND {is_sound('articles')} UNION ALL SELECT origin, own, made_up FROM removed "
                f"WHERE id = :id AND {is_sound('removed')}",
                {"id": article.id},
            ).fetchone()
            self.unremove(article.id)
            new = ArticleIdentity.of(article, article_key(article), None)
            if known:
                new = replace(new, origin=known[0], own=known[1], made_up=bool(known[2]))
            self._insert(None, new)
        self.add_sources(sources)

    def add_sources(self, names: Iterable[str]) -> None:
        """Add names of sources that were read."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO sources (name) VALUES (?)", [(name,) for name in names]
        )
        seal_rows(self._connection, "sources", "seal IS NULL")

    def sources(self) -> list[str]:
        """Return the names of the sources that were read, in order.

        Raises:
            sqlite3.DatabaseError: one is not what was written.
        """
        query = f"SELECT name, {is_sound('sources')} FROM sources ORDER BY rowid"
        rows = self._connection.execute(query).fetchall()
        if not all(sound for _, sound in rows):
            raise sqlite3.DatabaseError("the name of a source has changed since it was written")
        return [name for name, _ in rows]

    def has_text(self) -> bool:
        """Return whether any article has text."""
        return bool(self._value("SELECT EXISTS (SELECT 1 FROM articles WHERE NOT blank)"))

    def checksums(self) -> Iterator[tuple[str, bytes]]:
        """Yield every article's id and checksum, in order."""
        return iter(self._connection.execute("SELECT id, checksum FROM articles ORDER BY place"))

    def contents(self) -> Iterator[tuple[int, bytes]]:
        """Yield every article's place and the checksum of all but its id, in order."""
        return iter(self._connection.execute("SELECT place, content FROM articles ORDER BY place"))

    def ids(self, places: Iterable[int]) -> list[str]:
        """Return the ids of the articles in some places."""
        query = "SELECT id FROM articles WHERE place = ?"
        return [self._value(query, place) for place in places]

    def digest(self) -> str:
        """Return a digest of all articles and their order."""
        digest = hashlib.blake2b(digest_size=16)
        for article_id, known in self.checksums():
            digest.update(article_id.encode("utf-8") + b"\0" + known)
        return digest.hexdigest()

    def _identities(self, table: str, new: ArticleIdentity) -> list[ArticleIdentity]:
        """Return the articles of a table that share an id, a code or an address with another."""
        rows = self._connection.execute(
            f"SELECT {is_sound(table)}, {_IDENTITY} FROM {table} WHERE {_CLAIMS} ORDER BY place",
            {
                **{"id": new.id, "own": new.own, "origin": new.origin, "made_up": new.made_up},
                **{"code": new.code, "link": new.link},
            },
        )
        return [sound_identity(*row) for row in rows]

    def _moved(self, new: ArticleIdentity) -> list[ArticleIdentity]:
        """Return the row of a table that has moved, since others were inserted before it."""
        rows = self._connection.execute(
            f"SELECT {is_sound('articles')}, {_IDENTITY} FROM articles "
            "WHERE content = ? AND origin = ? AND made_up",
            (new.content, new.origin),
        )
        found = (sound_identity(*row) for row in rows)
        return [one for one in found if one.place not in self._read][:1]

    def _keep(self, known: ArticleIdentity, new: ArticleIdentity) -> Addition:
        """Leave an article as it is; where it came from may be told better now."""
        if known.origin is None or (known.origin == new.origin and known.own != new.own):
            self._connection.execute(
                "UPDATE articles SET origin = ?, own = ?, made_up = ? WHERE place = ?",
                (new.origin, new.own, new.made_up, known.place),
            )
            seal_rows(self._connection, "articles", "place = ?", known.place)
        assert known.place is not None
        self._read.add(known.place)
        return Addition(StoreOutcome.UNCHANGED, known.place)

    def _replace(self, same: Sequence[ArticleIdentity], new: ArticleIdentity) -> int:
        """Put an article in the place of those that it replaces."""
        own = next((one for one in same if one.has_own_id_of(new)), None)
        place = min(one.place for one in same if one.place is not None)
        for one in same:
            self.log.displace(one.place)
            self._connection.execute("DELETE FROM articles WHERE place = ?", (one.place,))
            if one.place is not None and one.place != place:
                self.log.merge(one.place, place)
        added = replace(new, id=own.id) if own else self._with_free_id(new)[0]
        for one in same:
            if one.id != added.id:
                self.log.rename(one.id, added.id)
        return self._insert(place, added)

    def _insert(self, place: int | None, new: ArticleIdentity) -> int:
        article = replace(new.article(), id=new.id)
        record = to_json(article)
        values = {
            **{"place": place, "id": new.id, "origin": new.origin, "own": new.own},
            **{"made_up": new.made_up, "code": new.code, "link": new.link},
            **{"blank": is_blank(article), "content": new.content, "checksum": checksum(record)},
            **{"changed": self.log.now, "record": record, "seal": None},
        }
        names = ", ".join(f":{name.strip()}" for name in COLUMNS.split(","))
        row = self._connection.execute(f"INSERT INTO articles ({COLUMNS}) VALUES ({names})", values)
        assert row.lastrowid is not None
        seal_rows(self._connection, "articles", "place = ?", row.lastrowid)
        self._read.add(row.lastrowid)
        return row.lastrowid

    def _with_free_id(self, new: ArticleIdentity) -> tuple[ArticleIdentity, dict[str, str]]:
        """Return an article under an id that no other has, and who was renamed for that.

        Of two articles of different files, both get ids that say where they are from.
        """
        if not self._is_taken(new.id):
            return new, {}
        row = self._connection.execute(
            f"SELECT {is_sound('articles')}, {_IDENTITY} FROM articles WHERE id = ?", (new.id,)
        ).fetchone()
        holder = sound_identity(*row) if row else None
        if new.origin is not None and (holder is None or holder.origin != new.origin):
            for depth in range(1, depth_of(new) + 1):
                own = qualified_id(new, depth)
                if holder is None or holder.origin is None:
                    if not self._is_taken(own):
                        return replace(new, id=own), {}
                    continue
                others = qualified_id(holder, depth)
                if own != others and not self._is_taken(own) and not self._is_taken(others):
                    self._rename(holder, others)
                    return replace(new, id=own), {holder.id: others}
        numbered = (f"{new.id}-{number}" for number in itertools.count(2))
        return replace(new, id=next(one for one in numbered if not self._is_taken(one))), {}

    def _is_taken(self, article_id: str) -> bool:
        """Return whether an article has an id, or gave it up when another one had it too."""
        query = "SELECT 1 FROM articles WHERE id = :id OR (own = :id AND NOT made_up) LIMIT 1"
        return self._value(query, id=article_id) is not None

    def _rename(self, known: ArticleIdentity, article_id: str) -> None:
        record = to_json(replace(known.article(), id=article_id))
        self._connection.execute(
            "UPDATE articles SET id = ?, record = ?, checksum = ? WHERE place = ?",
            (article_id, record, checksum(record), known.place),
        )
        seal_rows(self._connection, "articles", "place = ?", known.place)
        self.log.rename(known.id, article_id)
        self.log.add_event("renamed", article_id, known.origin, known.id, known.origin)

    def _entry(self, table: str, article_id: str) -> ArticleEntry | None:
        """Return what is known of an article of a table, or None.

        Raises:
            sqlite3.DatabaseError: it is not what was written.
        """
        query = f"SELECT {is_sound(table)}, {_ENTRY} FROM {table} WHERE id = ?"
        row = self._connection.execute(query, (article_id,)).fetchone()
        return sound_entry(*row) if row else None

    def _value(self, query: str, *values: object, **named: object) -> Any:
        row = self._connection.execute(query, named or values).fetchone()
        return row[0] if row else None
