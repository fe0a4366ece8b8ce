"""Posts of channels on their way into the index, and those that are there.

They stay, so that an index that was built anew, of other sources, gets them again.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.store.database import Database
from index.article import Article
from index.readers.formats.jsonl import to_record


class PostState(StrEnum):
    """What is to become, or has become, of a post."""

    ADD = "add"
    READMIT = "readmit"
    ADDED = "added"
    REMOVE = "remove"
    REMOVED = "removed"


_SETTLED = {
    PostState.ADD: PostState.ADDED,
    PostState.READMIT: PostState.ADDED,
    PostState.REMOVE: PostState.REMOVED,
}


@dataclass(frozen=True, slots=True)
class PendingPost:
    """A post that is to be added, let in again, or removed.

    Attributes:
        number: grows with each change.
        article_id: its id.
        state: what is to become of it.
        record: the article as `index.readers.formats.jsonl` has it; None where it is to be removed.
    """

    number: int
    article_id: str
    state: PostState
    record: dict[str, Any] | None


class PostStore:
    """All posts, each in the state of its last change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, article: Article) -> None:
        """Let a post be added or replaced; one that the bot has removed is let in again."""
        record = json.dumps(to_record(article), ensure_ascii=False)

        def write(connection: sqlite3.Connection) -> None:
            row = connection.execute(
                "SELECT state FROM posts WHERE article_id = ?", (article.id,)
            ).fetchone()
            withheld = row is not None and row[0] in (PostState.REMOVED, PostState.READMIT)
            state = PostState.READMIT if withheld else PostState.ADD
            _set(connection, article.id, state, record)

        await self._database.run(write)

    async def remove(self, article_id: str) -> None:
        """Let a post, or another article, be removed."""
        await self._database.run(
            lambda connection: _set(connection, article_id, PostState.REMOVE, None)
        )

    async def requeue_all(self) -> None:
        """Let everything that was added be added again; what is there already changes nothing."""
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE posts SET state = ? WHERE state = ?", (PostState.ADD, PostState.ADDED)
            )
        )

    async def pending(self, most: int) -> list[PendingPost]:
        """Return what is to be done, in order of the changes, `most` at most."""
        states = tuple(_SETTLED)

        def read(connection: sqlite3.Connection) -> list[PendingPost]:
            rows = connection.execute(
                "SELECT number, article_id, state, record FROM posts WHERE state IN (?, ?, ?)"
                " ORDER BY number LIMIT ?",
                (*states, most),
            )
            return [
                PendingPost(number, name, PostState(state), json.loads(record) if record else None)
                for number, name, state, record in rows
            ]

        return await self._database.run(read)

    async def mark_done(self, posts: Sequence[PendingPost]) -> None:
        """Take note that posts have been dealt with; one that has changed since is still to be."""
        rows = [(_SETTLED[post.state], post.number, post.state) for post in posts]
        await self._database.run(
            lambda connection: connection.executemany(
                "UPDATE posts SET state = ? WHERE number = ? AND state = ?", rows
            )
        )


def _set(
    connection: sqlite3.Connection, article_id: str, state: PostState, record: str | None
) -> None:
    # A row that is replaced gets a new number.
    connection.execute(
        "INSERT OR REPLACE INTO posts (article_id, state, record) VALUES (?, ?, ?)",
        (article_id, state, record),
    )
