"""Feedback on answers, and its export as questions for `python -m retrieval eval`."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.store.database import FILE, Database, connect
from bot.store.exchanges import Exchange, exchange_from_json, exchange_to_json
from index.errors import KhazarError
from retrieval.query.query import ENGLISH, LATIN_PERSIAN

Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class Feedback:
    """A user's feedback on an answer.

    Attributes:
        useful: whether the answer was useful.
        given: time of the feedback, in seconds since 1970.
        exchange: the question and its answer, without the user's id.
    """

    useful: bool
    given: float
    exchange: Exchange


async def save_feedback(database: Database, exchange: Exchange, *, useful: bool) -> None:
    """Store feedback on an answer, replacing earlier feedback on it."""
    row = (
        exchange.token,
        exchange.conversation_key.user_id,
        time.time(),
        useful,
        exchange_to_json(exchange),
    )
    await database.run(
        lambda connection: connection.execute(
            "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?)", row
        )
    )


async def delete_feedback(database: Database, token: str) -> None:
    """Delete the feedback on an answer, if there is any."""
    await database.run(
        lambda connection: connection.execute("DELETE FROM feedback WHERE token = ?", (token,))
    )


def read_feedback(directory: Path) -> list[Feedback]:
    """Return all feedback, oldest first; the bot may be running.

    Raises:
        KhazarError: the bot's file does not exist or cannot be read.
    """
    path = directory / FILE
    if not path.is_file():
        raise KhazarError(f"{path}: no such file; has the bot run with this configuration?")
    try:
        with closing(connect(path)) as connection:
            rows = connection.execute("SELECT useful, given, value FROM feedback ORDER BY given")
            return [Feedback(bool(row[0]), row[1], exchange_from_json(row[2])) for row in rows]
    except sqlite3.Error as error:
        raise KhazarError(f"{path}: cannot be read: {error}") from error


def evaluation_records(feedback: list[Feedback]) -> Iterator[Record]:
    """Yield useful answers as lines of an evaluation file; see `retrieval.evaluation.questions`.

    The first passage of a useful answer counts as the right one. An answer that was not useful does
    not say which passage would be right: see `review_records`.
    """
    for one in feedback:
        exchange = one.exchange
        if not (one.useful and exchange.question and exchange.passages):
            continue
        first = exchange.passages[0]
        if not first.paragraphs:  # A lead has no number to cite.
            continue
        number, *also = first.paragraphs
        record: Record = {
            "kind": "answerable" if exchange.follows is None else "followup",
            "article": first.article_id,
            "paragraph": number,
            "also": also,
            "style": "feedback" if exchange.follows is None else "followup",
        }
        if exchange.follows is not None:
            # The format has both; `eval` reads the one in the question's language.
            record |= {"first_fa": exchange.follows, "first_en": exchange.follows}
        yield record | {_key(exchange.language): exchange.question}


def review_records(feedback: list[Feedback]) -> Iterator[Record]:
    """Yield answers rated not useful, to be labelled by hand."""
    for one in feedback:
        exchange = one.exchange
        if one.useful or not exchange.question:
            continue
        yield {
            "question": exchange.question,
            "language": exchange.language,
            "after": [turn.question for turn in exchange.before.turns],
            "found": exchange.found,
            "probability": round(exchange.probability, 4),
            "snapshot": exchange.snapshot,
            "passages": [
                {
                    "article": passage.article_id,
                    "paragraphs": list(passage.paragraphs),
                    "score": passage.score,
                }
                for passage in exchange.passages
            ],
        }


def _key(language: str) -> str:
    return {ENGLISH: "q_en", LATIN_PERSIAN: "q_latn"}.get(language, "q_fa")
