"""A user's data, read and deleted, and usage statistics."""

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from bot.store.database import Database

_DAY = 86_400.0
# Tables with rows of users, and the column that says whose a row is.
_TABLES = {
    "preferences": "user_id",
    "conversations": "user_id",
    "exchanges": "user_id",
    "feedback": "user_id",
    "question_links": "user_id",
    "follows": "user_id",
    "uploads": "operator",
}


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
        for table, column in _TABLES.items():
            connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (user_id,))

    await database.run(delete)


async def read_user_data(database: Database, user_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return everything that is stored about a user, in all chats: each table's rows."""

    def read(connection: sqlite3.Connection) -> dict[str, list[dict[str, Any]]]:
        found = {}
        for table, column in _TABLES.items():
            cursor = connection.execute(f"SELECT * FROM {table} WHERE {column} = ?", (user_id,))
            names = [description[0] for description in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            found[table] = [
                {
                    name: json.loads(content) if name == "value" else content
                    for name, content in row.items()
                }
                for row in rows
            ]
        return found

    return await database.run(read)


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
