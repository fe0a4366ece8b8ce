"""Deletion of a user's data, and usage statistics."""

import sqlite3
import time
from dataclasses import dataclass

from bot.store.database import Database

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Usage of the bot.

    Attributes:
        questions: number of questions in the last 24 hours.
        found: number of these that the archive answered.
        people: number of users who asked them.
        useful: answers rated useful, since the beginning.
        not_useful: answers rated not useful, since the beginning.
    """

    questions: int
    found: int
    people: int
    useful: int
    not_useful: int


async def delete_user_data(database: Database, user_id: int) -> None:
    """Delete everything that is stored about a user, in all chats."""

    def delete(connection: sqlite3.Connection) -> None:
        for table in ("preferences", "conversations", "exchanges", "feedback", "follows"):
            connection.execute(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))
        connection.execute("DELETE FROM uploads WHERE operator = ?", (user_id,))

    await database.run(delete)


async def read_usage(database: Database) -> Usage:
    """Return usage statistics."""

    def count(connection: sqlite3.Connection) -> Usage:
        questions, found, people = connection.execute(
            "SELECT count(*), coalesce(sum(json_extract(value, '$.found')), 0),"
            " count(DISTINCT user_id) FROM exchanges"
            " WHERE asked >= ? AND json_extract(value, '$.question') != ''",
            (time.time() - _DAY,),
        ).fetchone()
        useful, not_useful = connection.execute(
            "SELECT coalesce(sum(useful), 0), coalesce(sum(NOT useful), 0) FROM feedback"
        ).fetchone()
        return Usage(questions, found, people, useful, not_useful)

    return await database.run(count)
