"""Questions that the archive did not answer, asked by several people."""

import asyncio
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from bot.store.database import Database
from index.text.encoder_text import encoder_text

# Fewer people may be recognised by what they ask.
MIN_PEOPLE: Final = 3
_EDGES: Final = " \t\n?؟!.،,؛;:«»\"'()"


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    """A question without an answer.

    Attributes:
        question: its words, in one spelling.
        people: number of people who asked it.
    """

    question: str
    people: int


async def read_unanswered(database: Database, limit: int) -> list[UnansweredQuestion]:
    """Return the questions that at least `MIN_PEOPLE` asked in vain, most people first.

    They are those of the stored exchanges: what is old or was forgotten does not count. Follow-ups
    do not count either, since their words say little.
    """

    def read(connection: sqlite3.Connection) -> list[tuple[str, int]]:
        return connection.execute(
            "SELECT json_extract(value, '$.question'), user_id FROM exchanges"
            " WHERE NOT json_extract(value, '$.found')"
            " AND json_extract(value, '$.follows') IS NULL"
        ).fetchall()

    rows = await database.run(read)
    # Analysing thousands of questions would hold up the event loop, and the database's thread.
    return await asyncio.to_thread(_asked_by_several, rows, limit)


def normalised(question: str) -> str:
    """Return a question's words in one spelling, without the punctuation around them."""
    return " ".join(encoder_text(question).casefold().split()).strip(_EDGES)


def _asked_by_several(rows: list[tuple[str, int]], limit: int) -> list[UnansweredQuestion]:
    people: defaultdict[str, set[int]] = defaultdict(set)
    for question, user_id in rows:
        if words := normalised(question):
            people[words].add(user_id)
    found = [
        UnansweredQuestion(question, len(who))
        for question, who in people.items()
        if len(who) >= MIN_PEOPLE
    ]
    return sorted(found, key=lambda one: (-one.people, one.question))[:limit]
