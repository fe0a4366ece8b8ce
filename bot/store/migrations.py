"""Groups that have become supergroups, which have new ids."""

import sqlite3

from bot.store.database import Database


async def move_chat(database: Database, old_id: int, new_id: int) -> bool:
    """Store that a group has a new id, and move its choices, conversations and follows there.

    Exchanges stay: the messages of a supergroup have other numbers, so that nothing leads to them.

    Returns:
        Whether this was not known before.
    """

    def move(connection: sqlite3.Connection) -> bool:
        added = connection.execute(
            "INSERT OR IGNORE INTO migrations VALUES (?, ?)", (old_id, new_id)
        ).rowcount
        for table, column in (
            ("preferences", "user_id"),
            ("conversations", "chat_id"),
            ("conversations", "user_id"),
            ("follows", "chat_id"),
            ("follows", "user_id"),
        ):
            connection.execute(
                f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {column} = ?", (new_id, old_id)
            )
        return added > 0

    return await database.run(move)


async def read_migrations(database: Database) -> dict[int, int]:
    """Return the earlier id of each supergroup that was a group, by its id now."""
    return await database.run(
        lambda connection: {
            new: old
            for old, new in connection.execute("SELECT old_id, new_id FROM migrations").fetchall()
        }
    )
