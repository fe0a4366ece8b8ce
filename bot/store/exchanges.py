"""Exchanges (a question and its answer) and the conversations that they form.

The buttons under an answer carry the exchange's token, a random text. A button works only in the
chat of its exchange, and only for the user who asked (`ConversationKey.admits`).
"""

import datetime as dt
import secrets
import sqlite3
import time
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

from pydantic import Field, TypeAdapter

from bot.store.database import Database
from index.search_index import Filter
from retrieval.answers import RetrievedPassage
from retrieval.conversation import NO_CONVERSATION, Conversation, ConversationError

_TOKEN_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class ConversationKey:
    """Key of a conversation: one user in one chat, or in one of its topics.

    Attributes:
        chat_id: the chat.
        user_id: the user; the same number in a private chat. For a message in the name of a chat it
            is that chat's id.
        topic_id: the topic or the thread; 0 for none.
    """

    chat_id: int
    user_id: int
    topic_id: int = 0

    def admits(self, user_id: int) -> bool:
        """Return whether the buttons of this conversation's answers are for a user.

        Nobody knows which person wrote in the name of a chat, so that everybody may be it. The ids
        of groups and channels are negative.
        """
        return self.user_id == user_id or self.user_id < 0


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage that was shown, without its text, which is in the index.

    Attributes:
        article_id: the passage's article.
        paragraphs: its 0-based paragraph numbers; empty for an abstract.
        score: the fused score.
    """

    article_id: str
    paragraphs: tuple[int, ...]
    score: float

    @classmethod
    def from_passage(cls, passage: RetrievedPassage) -> "ShownPassage":
        """Return a retrieved passage without its text."""
        return cls(passage.article_id, passage.paragraphs, round(passage.score, 4))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and the answer that was sent.

    Attributes:
        token: the id in the data of its buttons.
        conversation_key: the conversation; "place" in stored JSON.
        question: the question as asked; "" when an article was opened by a link.
        language: the question's language.
        snapshot: name of the index snapshot that answered.
        before: the conversation before the question.
        after: the conversation with it, which a reply to the answer continues.
        agencies: the agencies that the user limits searches to; empty: all.
        since: the first day that searches are limited to; None: no bound.
        until: the last day that searches are limited to; None: no bound.
        question_message: id of the message that asked; None: there is none.
        answer_messages: ids of the messages that showed the answer, in order.
        found: whether the archive answers the question.
        probability: calibrated probability that it does.
        follows: the question that this one follows up; None: none.
        passages: all passages shown so far, in order.
        more: whether there are more passages.
        useful: the user's feedback; None: none yet.
        asked: time of the question, in seconds since 1970.
    """

    token: str
    conversation_key: Annotated[ConversationKey, Field(alias="place")]
    question: str
    language: str
    snapshot: str
    before: Conversation = NO_CONVERSATION
    after: Conversation = NO_CONVERSATION
    agencies: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    question_message: int | None = None
    answer_messages: tuple[int, ...] = ()
    found: bool = False
    probability: float = 0.0
    follows: str | None = None
    passages: tuple[ShownPassage, ...] = ()
    more: bool = False
    useful: bool | None = None
    asked: float = field(default_factory=time.time)

    @property
    def filter(self) -> Filter:
        """Return the user's limits of the search."""
        return Filter(self.since, self.until, self.agencies)


_EXCHANGE: Final = TypeAdapter(Exchange)


def new_token() -> str:
    """Return a random token of 16 characters: A-Z, a-z, 0-9, "-" and "_"."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


class ExchangeStore:
    """Stores exchanges and conversations."""

    def __init__(self, database: Database, conversation_hours: float) -> None:
        """Use a database; conversations end after `conversation_hours` without a question."""
        self._database = database
        self._conversation_seconds = conversation_hours * 3600

    async def conversation(self, key: ConversationKey) -> Conversation:
        """Return the turns that a question may follow up; none of an expired conversation."""
        oldest = time.time() - self._conversation_seconds

        def read(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(
                "SELECT value FROM conversations"
                " WHERE chat_id = ? AND user_id = ? AND topic_id = ? AND changed >= ?",
                (*_columns(key), oldest),
            ).fetchone()
            return row[0] if row else None

        value = await self._database.run(read)
        try:
            return Conversation.from_json(value) if value else NO_CONVERSATION
        except ConversationError:  # the format of an older version
            return NO_CONVERSATION

    async def add(self, exchange: Exchange, *, replaces: Exchange | None = None) -> None:
        """Store an exchange and the conversation after it.

        Args:
            exchange: the exchange.
            replaces: the exchange whose question was edited. It is deleted; the conversation only
                changes if that exchange was its last.
        """
        key = exchange.conversation_key

        def write(connection: sqlite3.Connection) -> None:
            _write(connection, exchange)
            if replaces is not None:
                connection.execute("DELETE FROM exchanges WHERE token = ?", (replaces.token,))
                row = connection.execute(
                    "SELECT token FROM conversations"
                    " WHERE chat_id = ? AND user_id = ? AND topic_id = ?",
                    _columns(key),
                ).fetchone()
                if row is None or row[0] != replaces.token:
                    return
            connection.execute(
                "INSERT OR REPLACE INTO conversations VALUES (?, ?, ?, ?, ?, ?)",
                (*_columns(key), time.time(), exchange.token, exchange.after.to_json()),
            )

        await self._database.run(write)

    async def save(self, exchange: Exchange) -> None:
        """Store an exchange without changing the conversation."""
        await self._database.run(lambda connection: _write(connection, exchange))

    async def find(self, token: str, chat_id: int) -> Exchange | None:
        """Return a token's exchange if it belongs to this chat."""
        return await self._one("token = ? AND chat_id = ?", (token, chat_id))

    async def of_answer(self, chat_id: int, message_id: int) -> Exchange | None:
        """Return the exchange whose answer a message shows; None for any other message."""
        return await self._one(
            "token = (SELECT token FROM answer_messages WHERE chat_id = ? AND message_id = ?)",
            (chat_id, message_id),
        )

    async def of_message(self, chat_id: int, message_id: int) -> Exchange | None:
        """Return the latest exchange of a question's message."""
        return await self._one("chat_id = ? AND question_message = ?", (chat_id, message_id))

    async def _one(self, condition: str, values: tuple[object, ...]) -> Exchange | None:
        def read(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(
                f"SELECT value FROM exchanges WHERE {condition} ORDER BY asked DESC LIMIT 1",
                values,
            ).fetchone()
            return row[0] if row else None

        value = await self._database.run(read)
        return _EXCHANGE.validate_json(value) if value else None


def _write(connection: sqlite3.Connection, exchange: Exchange) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO exchanges VALUES (?, ?, ?, ?, ?, ?)",
        (
            exchange.token,
            exchange.conversation_key.chat_id,
            exchange.conversation_key.user_id,
            exchange.question_message,
            exchange.asked,
            _to_json(exchange),
        ),
    )
    chat_id = exchange.conversation_key.chat_id
    connection.executemany(
        "INSERT OR REPLACE INTO answer_messages VALUES (?, ?, ?)",
        [(chat_id, message, exchange.token) for message in exchange.answer_messages],
    )


def _columns(key: ConversationKey) -> tuple[int, int, int]:
    return key.chat_id, key.user_id, key.topic_id


def exchange_to_json(exchange: Exchange) -> str:
    """Return an exchange as JSON, without the ids of its user, chat and messages."""
    anonymous = replace(
        exchange, conversation_key=ConversationKey(0, 0), question_message=None, answer_messages=()
    )
    return _to_json(anonymous)


def exchange_from_json(text: str) -> Exchange:
    """Read the JSON that `exchange_to_json` returned."""
    return _EXCHANGE.validate_json(text)


def _to_json(exchange: Exchange) -> str:
    return _EXCHANGE.dump_json(exchange, by_alias=True).decode()
