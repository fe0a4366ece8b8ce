"""Channel posts and their state in the index.

Posts are kept, so that they can be added again to an index that was rebuilt from other sources.
"""

import json
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from bot.store.database import Database
from index.article import Article
from index.readers.formats.jsonl import to_record

_logger = logging.getLogger(__name__)


class PostState(StrEnum):
    """State of a post: waiting for a change of the index, or done."""

    ADD = "add"
    READMIT = "readmit"
    ADDED = "added"
    REMOVE = "remove"
    REMOVED = "removed"


_DONE = {
    PostState.ADD: PostState.ADDED,
    PostState.READMIT: PostState.ADDED,
    PostState.REMOVE: PostState.REMOVED,
}
_REMOVALS = (PostState.REMOVE, PostState.REMOVED)


@dataclass(frozen=True, slots=True)
class PendingPost:
    """A post that waits to be added, re-admitted or removed.

    Attributes:
        number: a serial number, higher after each change.
        article_id: the article's id.
        state: the change to make.
        record: the article in the format of `index.readers.formats.jsonl`; None for a removal.
    """

    number: int
    article_id: str
    state: PostState
    record: dict[str, Any] | None


class PostStore:
    """Stores posts, each in the state of its last change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, article: Article) -> None:
        """Queue a post to be added or replaced.

        One that was removed because it lost its text is re-admitted; one that an operator removed
        only once it differs from what was removed.
        """
        record = json.dumps(to_record(article), ensure_ascii=False)

        def write(connection: sqlite3.Connection) -> None:
            row = connection.execute(
                "SELECT state, record FROM posts WHERE article_id = ?", (article.id,)
            ).fetchone()
            if row is not None and row[0] in _REMOVALS and row[1] == _digest(record):
                return
            # A removal that is still marked as waiting may have been made just now.
            present = row is None or row[0] in (PostState.ADD, PostState.ADDED)
            state = PostState.ADD if present else PostState.READMIT
            _set(connection, article.id, state, record)

        await self._database.run(write)

    async def remove(self, article_id: str, *, keep_out: bool = False) -> None:
        """Queue a post, or another article, to be removed.

        Args:
            article_id: its id.
            keep_out: whether an edit that changes nothing leaves it removed.
        """

        def write(connection: sqlite3.Connection) -> None:
            row = connection.execute(
                "SELECT state, record FROM posts WHERE article_id = ?", (article_id,)
            ).fetchone()
            removed = None
            if keep_out and row is not None and row[1] is not None:
                # Of a removed text only the digest is kept.
                removed = row[1] if row[0] in _REMOVALS else _digest(row[1])
            _set(connection, article_id, PostState.REMOVE, removed)

        await self._database.run(write)

    async def requeue_all(self) -> None:
        """Queue all added posts again; those that are in the index already change nothing there."""
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE posts SET state = ? WHERE state = ?", (PostState.ADD, PostState.ADDED)
            )
        )

    async def pending(self, limit: int) -> list[PendingPost]:
        """Return waiting posts in order of their changes, at most `limit`."""
        states = tuple(_DONE)

        def read(connection: sqlite3.Connection) -> list[PendingPost]:
            rows = connection.execute(
                "SELECT number, article_id, state, record FROM posts WHERE state IN (?, ?, ?)"
                " ORDER BY number LIMIT ?",
                (*states, limit),
            )
            return [post for row in rows.fetchall() if (post := _pending(connection, row))]

        return await self._database.run(read)

    async def mark_done(self, posts: Sequence[PendingPost]) -> None:
        """Mark posts as done, except those that have changed in the meantime."""
        rows = [(_DONE[post.state], post.number, post.state) for post in posts]
        await self._database.run(
            lambda connection: connection.executemany(
                "UPDATE posts SET state = ? WHERE number = ? AND state = ?", rows
            )
        )


def _pending(
    connection: sqlite3.Connection, row: tuple[int, str, str, str | None]
) -> PendingPost | None:
    """Return a waiting post; one whose record is damaged is dropped, for it would stop the rest."""
    number, article_id, state, record = row
    try:
        content = json.loads(record) if record and state not in _REMOVALS else None
    except ValueError as error:
        _logger.error("the post %s is damaged and was dropped: %s", article_id, error)
        connection.execute("DELETE FROM posts WHERE number = ?", (number,))
        return None
    return PendingPost(number, article_id, PostState(state), content)


def _digest(record: str) -> str:
    """Return a digest of a record but for its time, which older records do not have."""
    try:
        content = {name: value for name, value in json.loads(record).items() if name != "time"}
        record = json.dumps(content, ensure_ascii=False)
    except ValueError:
        _logger.warning("a removed post has a damaged record")
    return blake2b(record.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _set(
    connection: sqlite3.Connection, article_id: str, state: PostState, record: str | None
) -> None:
    # Replacing a row gives it a new number.
    connection.execute(
        "INSERT OR REPLACE INTO posts (article_id, state, record) VALUES (?, ?, ?)",
        (article_id, state, record),
    )
