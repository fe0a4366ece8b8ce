"""Followed subjects, and the notices of new articles about them.

A notice is stored before it is sent, and its state says how far that went:

    PENDING  -> waits for its time
    SENDING  -> its request is being made; what a killed bot leaves so is not sent again
    SENT     -> Telegram has it, or it will never be sent
"""

import secrets
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from bot.store.database import Database
from retrieval.answers import RetrievedPassage

DEFAULT_HOUR: Final = 8
_TOKEN_BYTES: Final = 12


class Frequency(StrEnum):
    """When new articles are sent."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"


class NoticeState(IntEnum):
    """How far the sending of a notice went."""

    PENDING = 0
    SENDING = 1
    SENT = 2


@dataclass(frozen=True, slots=True)
class Follow:
    """A subject that somebody follows in a chat.

    Attributes:
        token: identifies it in the data of buttons.
        chat_id: where new articles are sent.
        user_id: who follows; the id of a chat, for one who writes in its name.
        subject: a subject, a question or an agency, as it was typed; "": all posts of a channel.
        zone: time zone by its IANA name, in which hours are meant.
        language: language of the messages, "fa" or "en".
        topic_id: the forum topic or the thread; 0 for none.
        excluded: words that an article must not have.
        agencies: names, as in the index, of the agency that is followed; empty: a subject is.
        channel: number, as in exports, of the channel whose posts are followed; 0: those of all.
        channel_name: its name, for people.
        frequency: when new articles are sent.
        hour: of the daily list, 0 to 23.
        quiet: first hour of the time in which nothing is sent, and the first one after it; None:
            there is no such time.
        paused: whether nothing is sent until it goes on.
        feed: the secret name of its feed; "": it has none.
        created: when it was made.
    """

    token: str
    chat_id: int
    user_id: int
    subject: str
    zone: str
    language: Literal["fa", "en"] = "fa"
    topic_id: int = 0
    excluded: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    channel: int = 0
    channel_name: str = ""
    frequency: Frequency = Frequency.AT_ONCE
    hour: int = DEFAULT_HOUR
    quiet: tuple[int, int] | None = None
    paused: bool = False
    feed: str = ""
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def label(self) -> str:
        """What is followed, in one line: the channel and the subject."""
        return f"{self.channel_name} {self.subject}".strip()

    @property
    def is_source(self) -> bool:
        """Whether all articles of an agency or a channel are followed."""
        return bool(self.agencies) or not self.subject


@dataclass(frozen=True, slots=True)
class Notice:
    """A new article about a followed subject.

    Attributes:
        token: of the follow.
        passage: the article's passage that is shown.
        matched: when it was found, in seconds since 1970.
    """

    token: str
    passage: RetrievedPassage
    matched: float


_FOLLOW: Final = TypeAdapter(Follow)
_PASSAGE: Final = TypeAdapter(RetrievedPassage)


def new_token() -> str:
    """Return a random token of 16 characters: A-Z, a-z, 0-9, "-" and "_"."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def follow_to_json(follow: Follow) -> str:
    """Return a follow as it is stored."""
    return _FOLLOW.dump_json(follow).decode()


class FollowStore:
    """Stores follows, notices, and which articles of the index are known."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Follow]:
        """Return every follow."""
        return await self._select("1", ())

    async def of_chat(self, chat_id: int, topic_id: int = 0) -> list[Follow]:
        """Return the follows of a chat, or of one of its topics, in the order of their making."""
        found = await self._select("chat_id = ?", (chat_id,))
        return [follow for follow in found if follow.topic_id == topic_id]

    async def of_user(self, user_id: int) -> list[Follow]:
        """Return the follows that somebody made, in all chats."""
        return await self._select("user_id = ?", (user_id,))

    async def find(self, token: str, chat_id: int) -> Follow | None:
        """Return a token's follow if it belongs to this chat."""
        found = await self._select("token = ? AND chat_id = ?", (token, chat_id))
        return found[0] if found else None

    async def of_feed(self, feed: str) -> Follow | None:
        """Return the follow with a feed of this name."""
        found = await self._select("json_extract(value, '$.feed') = ?", (feed,)) if feed else []
        return found[0] if found else None

    async def save(self, follow: Follow) -> None:
        """Store a follow, or its changed choices."""
        value = follow_to_json(follow)
        await self._database.run(
            lambda connection: connection.execute(
                "INSERT INTO follows VALUES (?, ?, ?, ?)"
                " ON CONFLICT (token) DO UPDATE SET value = excluded.value",
                (follow.token, follow.chat_id, follow.user_id, value),
            )
        )

    async def remove(self, tokens: Collection[str]) -> None:
        """Delete follows with their notices."""
        rows = [(token,) for token in tokens]
        await self._database.run(
            lambda connection: connection.executemany("DELETE FROM follows WHERE token = ?", rows)
        )

    async def remove_chat(self, chat_id: int) -> None:
        """Delete the follows of a chat."""
        await self._database.run(
            lambda connection: connection.execute(
                "DELETE FROM follows WHERE chat_id = ?", (chat_id,)
            )
        )

    async def unknown_articles(self, article_ids: Sequence[str]) -> list[str] | None:
        """Return which articles of the index are not known yet, in their order.

        None where no article is known: the bot has never looked at an index.
        """

        def read(connection: sqlite3.Connection) -> list[str] | None:
            if connection.execute("SELECT 1 FROM known_articles LIMIT 1").fetchone() is None:
                return None
            query = "SELECT article_id FROM known_articles"
            known = {article_id for (article_id,) in connection.execute(query)}
            return [article_id for article_id in article_ids if article_id not in known]

        return await self._database.run(read)

    async def add_known(self, article_ids: Iterable[str]) -> None:
        """Remember articles as known. Removed ones stay known: one that comes back is not new."""
        rows = [(article_id,) for article_id in article_ids]
        await self._database.run(
            lambda connection: connection.executemany(
                "INSERT OR IGNORE INTO known_articles VALUES (?)", rows
            )
        )

    async def vectors(self) -> dict[bytes, NDArray[np.float32]]:
        """Return the stored vectors of subjects by their keys, which do not tell the words."""

        def read(connection: sqlite3.Connection) -> dict[bytes, NDArray[np.float32]]:
            rows = connection.execute("SELECT key, vector FROM subject_vectors")
            return {key: np.frombuffer(vector, np.float32) for key, vector in rows}

        return await self._database.run(read)

    async def keep_vectors(self, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
        """Store these vectors in place of all others."""
        rows = [(key, vector.tobytes()) for key, vector in vectors.items()]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM subject_vectors")
            connection.executemany("INSERT INTO subject_vectors VALUES (?, ?)", rows)

        await self._database.run(write)

    async def noticed(self) -> dict[str, list[str]]:
        """Return the articles of all notices, by the token of their follow, the newest last."""

        def read(connection: sqlite3.Connection) -> dict[str, list[str]]:
            found: dict[str, list[str]] = {}
            query = "SELECT token, article_id FROM notices ORDER BY matched, rowid"
            for token, article_id in connection.execute(query):
                found.setdefault(token, []).append(article_id)
            return found

        return await self._database.run(read)

    async def add_notices(self, notices: Sequence[Notice]) -> None:
        """Queue notices; a follow gets one of an article once, and none after it was removed."""
        rows = [
            (
                notice.passage.article_id,
                NoticeState.PENDING,
                notice.matched,
                _PASSAGE.dump_json(notice.passage).decode(),
                notice.token,
            )
            for notice in notices
        ]
        await self._database.run(
            lambda connection: connection.executemany(
                "INSERT OR IGNORE INTO notices SELECT token, ?, ?, ?, ? FROM follows"
                " WHERE token = ?",
                rows,
            )
        )

    async def pending(self) -> list[Notice]:
        """Return the notices that wait, in the order in which they were found."""
        return await self._notices("state = ?", (NoticeState.PENDING,))

    async def latest(self, token: str, limit: int) -> list[Notice]:
        """Return the newest notices of a follow, sent or not, the newest first."""
        return (await self._notices("token = ?", (token,)))[::-1][:limit]

    async def mark(self, notices: Sequence[Notice], state: NoticeState) -> None:
        """Change the state of notices."""
        rows = [(state, notice.token, notice.passage.article_id) for notice in notices]
        await self._database.run(
            lambda connection: connection.executemany(
                "UPDATE notices SET state = ? WHERE token = ? AND article_id = ?", rows
            )
        )

    async def give_up_unfinished(self) -> int:
        """Mark what a killed bot was sending as sent; return how many notices that are."""
        return await self._database.run(
            lambda connection: (
                connection.execute(
                    "UPDATE notices SET state = ? WHERE state = ?",
                    (NoticeState.SENT, NoticeState.SENDING),
                ).rowcount
            )
        )

    async def _notices(self, condition: str, values: tuple[object, ...]) -> list[Notice]:
        query = (
            f"SELECT token, matched, value FROM notices WHERE {condition} ORDER BY matched, rowid"
        )
        rows = await self._database.run(
            lambda connection: connection.execute(query, values).fetchall()
        )
        return [
            Notice(token, _PASSAGE.validate_json(value), matched) for token, matched, value in rows
        ]

    async def _select(self, condition: str, values: tuple[object, ...]) -> list[Follow]:
        query = f"SELECT chat_id, user_id, value FROM follows WHERE {condition} ORDER BY rowid"
        rows = await self._database.run(
            lambda connection: connection.execute(query, values).fetchall()
        )
        # A group that became a supergroup has another id than when the value was written.
        return [
            replace(_FOLLOW.validate_json(value), chat_id=chat_id, user_id=user_id)
            for chat_id, user_id, value in rows
        ]
