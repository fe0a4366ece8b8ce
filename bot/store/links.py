"""Deep links to articles, as in the results of inline mode."""

import re
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from bot.store.database import Database

# `t.me/bot?start=a-TOKEN` opens an article.
_PAYLOAD: Final = re.compile(r"a-([A-Za-z0-9_-]{16})", re.ASCII)


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
