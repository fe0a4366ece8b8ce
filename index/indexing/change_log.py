"""The log of changes: what commands replaced, removed and renamed, and earlier wordings.

Of an article that sources hold in several wordings, each reading replaces one wording by another
until the last one is back. Only what differs at the end of a command counts as a change.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from index.article import Article
from index.indexing.resemblance import are_related
from index.indexing.sound_records import DamagedLogError, is_sound_record
from index.indexing.store_schema import (
    COLUMNS,
    LOG_TABLES,
    VERSION,
    is_sound,
    seal_rows,
)
from index.readers.formats.jsonl import from_record
from index.sqlite_files import add_seal

# Earlier wordings that are kept of an article, runs and events that are kept in all.
MOST_WORDINGS = 5
_MOST_RUNS = 1_000
_MOST_EVENTS = 20_000


@dataclass(frozen=True, slots=True)
class Wording:
    """An earlier wording of an article.

    Attributes:
        replaced: when it was replaced, ISO 8601 in UTC.
        origin: the file or address that it was read from; None: unknown.
        article: the article as it was.
    """

    replaced: str
    origin: str | None
    article: Article


@dataclass(frozen=True, slots=True)
class Run:
    """A command that changed the store.

    Attributes:
        time: when it began, ISO 8601 in UTC.
        command: build, update, remove, restore or rollback.
        sources: what was read.
        counts: what changed: added, replaced, ... -> number of articles.
    """

    time: str
    command: str
    sources: tuple[str, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Event:
    """A change of one article.

    Attributes:
        time: the time of its run.
        action: replaced, repeated (the same sources hold it under another id or in an earlier
            wording too), renamed, removed or restored.
        id: the article's id after the change.
        origin: where its text is from now; None: unknown.
        previous_id: its id before.
        previous_origin: where its text was from.
    """

    time: str
    action: str
    id: str
    origin: str | None
    previous_id: str | None
    previous_origin: str | None


class ChangeLog:
    """The log in an article store's file; the store's transactions hold for it too.

    Attributes:
        now: the time of the current command, ISO 8601 in UTC.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._merged: dict[int, int] = {}
        self.now = _now()

    def begin(self) -> None:
        """Begin the changes of a command."""
        self.now = _now()
        self._merged.clear()
        self._connection.execute("DELETE FROM displaced")

    def displace(self, place: int | None = None) -> None:
        """Remember an article, or all of them, before something takes its place."""
        condition = "" if place is None else "WHERE place = :place"
        self._connection.execute(
            f"INSERT INTO displaced ({COLUMNS}, initial, cleared) SELECT {COLUMNS}, "
            f"changed IS NOT :now, :cleared FROM articles {condition}",
            {"now": self.now, "cleared": place is None, "place": place},
        )

    def merge(self, place: int, into: int) -> None:
        """Record that the article of one place went into that of another."""
        self._merged[place] = into

    def resolve(self, place: int) -> int:
        """Return the place that an article went to."""
        while place in self._merged:
            place = self._merged[place]
        return place

    def rename(self, article_id: str, new: str) -> None:
        """Let earlier wordings follow an article to another id, those that are sound."""
        moved = self._connection.execute(
            f"UPDATE OR REPLACE wordings SET id = ? WHERE id = ? AND {is_sound('wordings')} "
            "RETURNING rowid",
            (new, article_id),
        )
        for (row,) in moved.fetchall():
            seal_rows(self._connection, "wordings", "rowid = ?", row)

    def add_event(
        self,
        action: str,
        article_id: str,
        origin: str | None = None,
        previous_id: str | None = None,
        previous_origin: str | None = None,
    ) -> None:
        """Record a change of one article; see `Event`."""
        values = (self.now, action, article_id, origin, previous_id, previous_origin)
        row = self._connection.execute(
            "INSERT INTO events (time, action, id, origin, previous_id, previous_origin) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
        seal_rows(self._connection, "events", "number = ?", row)

    def add_run(self, command: str, sources: Sequence[str], counts: Mapping[str, int]) -> None:
        """Record a command that changed something."""
        row = self._connection.execute(
            "INSERT INTO runs (time, command, sources, counts) VALUES (?, ?, ?, ?)",
            (self.now, command, json.dumps(sources), json.dumps(counts)),
        ).lastrowid
        seal_rows(self._connection, "runs", "number = ?", row)

    def drop_damaged(self) -> int:
        """Delete what has changed since it was written; return how many rows that were.

        Without them, the rest of the log can be read again.
        """
        return sum(
            self._connection.execute(f"DELETE FROM {table} WHERE NOT {is_sound(table)}").rowcount
            for table in LOG_TABLES
        )

    def settle(self) -> None:
        """Keep the wordings that the command replaced, if they are sound; forget the oldest."""
        for place, known, *row in self._connection.execute(_REPLACED):
            if not is_sound_record(known, row[3]):
                continue
            current = self._connection.execute(
                "SELECT id, origin, content FROM articles WHERE place = ?", (self.resolve(place),)
            ).fetchone()
            if current is not None:
                self._keep(*row, *current)
        for known, *row in self._connection.execute(_CLEARED):
            if is_sound_record(known, row[3]) and are_related(
                *(from_record(json.loads(record)) for record in (row[3], row[8]))
            ):
                self._keep(*row[:8])
        self._forget()
        self._connection.execute("DELETE FROM displaced")
        self._merged.clear()

    def wordings(self, article_id: str) -> list[Wording]:
        """Return the earlier wordings of an article, the oldest first.

        Raises:
            DamagedLogError: one is not what was written.
        """
        rows = self._connection.execute(
            f"SELECT {is_sound('wordings')}, replaced, origin, record FROM wordings WHERE id = ? "
            "ORDER BY replaced, rowid",
            (article_id,),
        )
        return [
            Wording(replaced, origin, from_record(json.loads(record)))
            for replaced, origin, record in _sound(rows, f"an earlier wording of {article_id}")
        ]

    def runs(self, limit: int) -> Iterator[Run]:
        """Yield the last commands, the newest first.

        Raises:
            DamagedLogError: one is not what was written.
        """
        rows = self._connection.execute(
            f"SELECT {is_sound('runs')}, time, command, sources, counts FROM runs "
            "ORDER BY number DESC LIMIT ?",
            (limit,),
        )
        for time, command, sources, counts in _sound(rows, "an entry of the log"):
            yield Run(time, command, tuple(json.loads(sources)), json.loads(counts))

    def events(self, limit: int, article_id: str | None = None) -> list[Event]:
        """Return the last changes of all articles or of one, the newest first.

        Raises:
            DamagedLogError: one is not what was written.
        """
        rows = self._connection.execute(
            f"SELECT {is_sound('events')}, time, action, id, origin, previous_id, previous_origin "
            "FROM events WHERE :id IS NULL OR id = :id OR previous_id = :id "
            "ORDER BY number DESC LIMIT :limit",
            {"id": article_id, "limit": limit},
        )
        return [Event(*row) for row in _sound(rows, "an entry of the log")]

    def _keep(
        self,
        article_id: str,
        origin: str | None,
        content: bytes,
        record: str,
        initial: bool,
        new_id: str,
        new_origin: str | None,
        new_content: bytes,
    ) -> None:
        """Keep a wording that is not an article's current one, and record the change."""
        fresh = 0
        if content != new_content:
            kept = self._connection.execute(
                "INSERT OR IGNORE INTO wordings (id, content, replaced, origin, record) "
                "VALUES (?, ?, ?, ?, ?)",
                (new_id, content, self.now, origin, record),
            )
            if fresh := kept.rowcount:
                seal_rows(self._connection, "wordings", "rowid = ?", kept.lastrowid)
            self._connection.execute(
                "DELETE FROM wordings WHERE rowid IN (SELECT rowid FROM wordings WHERE id = ? "
                "ORDER BY replaced DESC, rowid DESC LIMIT -1 OFFSET ?)",
                (new_id, MOST_WORDINGS),
            )
        if initial and (content != new_content or article_id != new_id):
            self.add_event("replaced", new_id, new_origin, article_id, origin)
        elif fresh or (article_id != new_id and not self._knows_repetition(new_id, article_id)):
            self.add_event("repeated", new_id, new_origin, article_id, origin)

    def _knows_repetition(self, article_id: str, previous_id: str) -> bool:
        query = "SELECT 1 FROM events WHERE id = ? AND previous_id = ? AND action = 'repeated'"
        return self._connection.execute(query, (article_id, previous_id)).fetchone() is not None

    def _forget(self) -> None:
        self._connection.execute(
            "DELETE FROM wordings WHERE id NOT IN (SELECT id FROM articles) "
            "AND id NOT IN (SELECT id FROM removed)"
        )
        for table, most in (("runs", _MOST_RUNS), ("events", _MOST_EVENTS)):
            self._connection.execute(
                f"DELETE FROM {table} WHERE number <= (SELECT max(number) FROM {table}) - ?",
                (most,),
            )


def read_log(path: Path, events: int) -> tuple[Run | None, list[Event]]:
    """Return the last command in an article store's log, and its last events; nothing is written.

    Nothing was logged in a store that is missing, or that an earlier version made.
    """
    if not path.exists():
        return None, []
    # SQLite would make files beside one that it may not take for unchanging.
    mode = "mode=ro" if os.access(path.parent, os.W_OK) else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)) as connection:
        if connection.execute("PRAGMA user_version").fetchone() != (VERSION,):
            return None, []
        # See `ArticleStore`.
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        add_seal(connection)
        log = ChangeLog(connection)
        last = next(log.runs(1), None)
        return last, [one for one in log.events(events) if last and one.time == last.time]


# Articles that others replaced, and that did not come back.
_REPLACED = """
SELECT place, checksum, id, origin, content, record, initial FROM displaced d
WHERE NOT cleared
AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = d.id AND a.content = d.content)
ORDER BY rowid
"""
# Articles that a build read anew: by their id, or else by their address or agency and code.
_CLEARED = """
SELECT d.checksum, d.id, d.origin, d.content, d.record, d.initial,
a.id, a.origin, a.content, a.record
FROM displaced d JOIN articles a ON a.id = d.id
WHERE d.cleared AND a.content != d.content
UNION ALL
SELECT d.checksum, d.id, d.origin, d.content, d.record, d.initial,
a.id, a.origin, a.content, a.record
FROM displaced d JOIN articles a ON a.link = d.link OR a.code = d.code
WHERE d.cleared AND d.id NOT IN (SELECT id FROM articles)
"""


def _sound(rows: Iterable[tuple[Any, ...]], name: str) -> Iterator[tuple[Any, ...]]:
    """Yield rows without their first column, which tells whether they are sound."""
    for sound, *row in rows:
        if not sound:
            raise DamagedLogError(f"{name} has changed since it was written")
        yield tuple(row)


def _now() -> str:
    return datetime.now(UTC).isoformat()
