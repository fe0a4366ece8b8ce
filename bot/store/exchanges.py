"""Exchanges: questions with what was shown for them, and the conversations that they make up.

An exchange is found by its token, a random text that stands in the data of its buttons. A button
works only in the chat of its exchange, and for the person who asked.
"""

import secrets
import sqlite3
import time
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import TypeAdapter

from bot.store.database import Database
from retrieval.answers import RetrievedPassage
from retrieval.conversation import NO_CONVERSATION, Conversation, ConversationError

_TOKEN_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class ConversationKey:
    """Whose conversation it is: a person's in a chat.

    Attributes:
        chat_id: the chat.
        user_id: the person; in a private chat the same number; the chat's own where somebody
            writes in its name.
    """

    chat_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage that was shown; its text is in the index.

    Attributes:
        article_id: the article that it is in.
        paragraphs: their 0-based numbers; empty for an abstract.
        score: fused relevance.
    """

    article_id: str
    paragraphs: tuple[int, ...]
    score: float

    @classmethod
    def of(cls, passage: RetrievedPassage) -> "ShownPassage":
        """Return what is remembered of a passage."""
        return cls(passage.article_id, passage.paragraphs, round(passage.score, 4))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, and what was shown for it.

    Attributes:
        token: stands in its buttons' data.
        place: whose it is.
        question: as it was asked; "" where an article was opened without one.
        language: of the question.
        snapshot: name of the index snapshot that answered.
        before: the conversation before the question.
        agencies: the agencies that the asker has limited the search to.
        question_message: the message that asked; None where there is none.
        answer_messages: the messages that showed the answer, in order.
        found: whether the archive answers.
        probability: calibrated chance that it does.
        follows: the question that it was taken to follow up; None: none.
        passages: all that have been shown, in order.
        more: whether there are others.
        useful: what the asker has said of it; None: nothing yet.
        asked: when, in seconds since 1970.
    """

    token: str
    place: ConversationKey
    question: str
    language: str
    snapshot: str
    before: Conversation = NO_CONVERSATION
    agencies: tuple[str, ...] = ()
    question_message: int | None = None
    answer_messages: tuple[int, ...] = ()
    found: bool = False
    probability: float = 0.0
    follows: str | None = None
    passages: tuple[ShownPassage, ...] = ()
    more: bool = False
    useful: bool | None = None
    asked: float = field(default_factory=time.time)


_EXCHANGE: Final = TypeAdapter(Exchange)


def new_token() -> str:
    """Return a token that nobody can guess, 16 characters of A-Z, a-z, 0-9, "-" and "_"."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


class ExchangeStore:
    """All exchanges, and each person's conversation."""

    def __init__(self, database: Database, conversation_hours: float) -> None:
        """Keep them in `database`; a conversation older than `conversation_hours` is none."""
        self._database = database
        self._conversation_seconds = conversation_hours * 3600

    async def conversation(self, place: ConversationKey) -> Conversation:
        """Return the turns that a question may follow up."""
        oldest = time.time() - self._conversation_seconds

        def read(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(
                "SELECT value FROM conversations"
                " WHERE chat_id = ? AND user_id = ? AND changed >= ?",
                (place.chat_id, place.user_id, oldest),
            ).fetchone()
            return row[0] if row else None

        value = await self._database.run(read)
        try:
            return Conversation.from_json(value) if value else NO_CONVERSATION
        except ConversationError:  # an older Khazar's
            return NO_CONVERSATION

    async def add(
        self, exchange: Exchange, after: Conversation, *, instead_of: str | None = None
    ) -> None:
        """Keep an exchange, and the conversation after it.

        Args:
            exchange: the exchange.
            after: the conversation with it.
            instead_of: token of the exchange whose place it takes, its question having been
                edited; the conversation only changes if it ended with that one.
        """
        place = exchange.place

        def write(connection: sqlite3.Connection) -> None:
            _write(connection, exchange)
            if instead_of is not None:
                connection.execute("DELETE FROM exchanges WHERE token = ?", (instead_of,))
                row = connection.execute(
                    "SELECT token FROM conversations WHERE chat_id = ? AND user_id = ?",
                    (place.chat_id, place.user_id),
                ).fetchone()
                if row is None or row[0] != instead_of:
                    return
            connection.execute(
                "INSERT OR REPLACE INTO conversations VALUES (?, ?, ?, ?, ?)",
                (place.chat_id, place.user_id, time.time(), exchange.token, after.to_json()),
            )

        await self._database.run(write)

    async def keep(self, exchange: Exchange) -> None:
        """Keep an exchange as it is now, and leave the conversation as it is."""
        await self._database.run(lambda connection: _write(connection, exchange))

    async def find(self, token: str, place: ConversationKey) -> Exchange | None:
        """Return the exchange of a token if it is this person's in this chat."""
        exchange = await self._one("token = ?", (token,))
        return exchange if exchange is not None and exchange.place == place else None

    async def exists(self, token: str, chat_id: int) -> bool:
        """Tell whether a token is known in a chat, whoever's it is."""
        return await self._one("token = ? AND chat_id = ?", (token, chat_id)) is not None

    async def of_message(self, chat_id: int, message_id: int) -> Exchange | None:
        """Return the exchange that a message asked for."""
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
            exchange.place.chat_id,
            exchange.place.user_id,
            exchange.question_message,
            exchange.asked,
            _EXCHANGE.dump_json(exchange).decode(),
        ),
    )


def exchange_to_json(exchange: Exchange) -> str:
    """Return an exchange as JSON, without whose it is."""
    nobody = replace(
        exchange, place=ConversationKey(0, 0), question_message=None, answer_messages=()
    )
    return _EXCHANGE.dump_json(nobody).decode()


def exchange_from_json(text: str) -> Exchange:
    """Read what `exchange_to_json` returned."""
    return _EXCHANGE.validate_json(text)
