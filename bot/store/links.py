"""Deep links: to articles, as in the results of inline mode, and with questions.

`t.me/bot?start=` takes 64 of A-Z, a-z, 0-9, "-" and "_". A short question is in the link itself, in
base64url; a longer one is stored, and the link has its token.
"""

import re
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from bot.store.database import Database
from index.text.persian import ZWNJ

# `t.me/bot?start=a-TOKEN` opens an article.
_PAYLOAD: Final = re.compile(r"a-([A-Za-z0-9_-]{16})", re.ASCII)
# `t.me/bot?start=q-TOKEN` asks a stored question.
_QUESTION_PAYLOAD: Final = re.compile(r"q-([A-Za-z0-9_-]{16})", re.ASCII)
_MAX_PAYLOAD: Final = 64
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
# Letters and digits; campaign names in links decode to fewer.
_MIN_LETTERS: Final = 3


def link_token(article_id: str) -> str:
    """Return an article's short token, of characters that a deep link may contain."""
    digest = blake2b(article_id.encode("utf-8", "replace"), digest_size=12).digest()
    return urlsafe_b64encode(digest).decode()


def article_link_payload(token: str) -> str:
    """Return the `?start=` payload of a deep link to an article."""
    return f"a-{token}"


def payload_token(payload: str) -> str | None:
    """Return the token in a `?start=` payload; None for one that names no article."""
    link = _PAYLOAD.fullmatch(payload)
    return link.group(1) if link else None


async def remember_links(database: Database, article_ids: Sequence[str]) -> None:
    """Store the articles' tokens, so that their links can be opened."""
    rows = [(link_token(article_id), article_id) for article_id in article_ids]
    await database.run(
        lambda connection: connection.executemany("INSERT OR IGNORE INTO links VALUES (?, ?)", rows)
    )


async def linked_article(database: Database, token: str) -> str | None:
    """Return the article id of a token; None for an unknown token."""

    def read(connection: sqlite3.Connection) -> str | None:
        row = connection.execute(
            "SELECT article_id FROM links WHERE token = ?", (token,)
        ).fetchone()
        return row[0] if row else None

    return await database.run(read)


def question_payload(question: str) -> str | None:
    """Return the `?start=` payload that carries a question; None for one that is too long."""
    coded = urlsafe_b64encode(question.encode("utf-8", "replace")).decode().rstrip("=")
    return coded if len(coded) <= _MAX_PAYLOAD else None


def payload_question(payload: str) -> str | None:
    """Return the question in a `?start=` payload; None for one that carries none.

    Anybody makes such links: in base64url of UTF-8, without padding.
    """
    if not _BASE64URL.fullmatch(payload):
        return None
    try:
        content = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        question = content.decode("utf-8").strip()
    except ValueError:
        return None
    readable = all(one.isprintable() or one.isspace() or one == ZWNJ for one in question)
    letters = sum(one.isalnum() for one in question)
    return question if readable and letters >= _MIN_LETTERS else None


async def remember_question(database: Database, user_id: int, question: str) -> str:
    """Store a user's question; return the `?start=` payload of a link that asks it."""
    token = link_token(question)
    await database.run(
        lambda connection: connection.execute(
            "INSERT OR IGNORE INTO question_links VALUES (?, ?, ?)", (token, user_id, question)
        )
    )
    return f"q-{token}"


async def linked_question(database: Database, payload: str) -> str | None:
    """Return the question that a `?start=` payload carries; None for one without a question."""
    link = _QUESTION_PAYLOAD.fullmatch(payload)
    if link is None:
        return payload_question(payload)

    def read(connection: sqlite3.Connection) -> str | None:
        row = connection.execute(
            "SELECT question FROM question_links WHERE token = ?", (link.group(1),)
        ).fetchone()
        return row[0] if row else None

    return await database.run(read)
