"""What people have chosen."""

import sqlite3
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import TypeAdapter

from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Preferences:
    """One person's choices; None leaves it to the bot.

    Attributes:
        language: of the bot's own words; None: as the question.
        passages: shown for a question; None: as configured.
        digits: Persian or Latin ones; None: as the language has them.
        calendar: of dates; None: as the language has it.
        agencies: the names that the archive has for the agency to search in; empty: all.
    """

    language: Literal["fa", "en"] | None = None
    passages: int | None = None
    digits: Literal["persian", "latin"] | None = None
    calendar: Literal["jalali", "gregorian"] | None = None
    agencies: tuple[str, ...] = ()


NO_PREFERENCES: Final = Preferences()
_PREFERENCES: Final = TypeAdapter(Preferences)


class PreferenceStore:
    """Everybody's preferences."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: int) -> Preferences:
        """Return a person's preferences."""

        def read(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(
                "SELECT value FROM preferences WHERE user_id = ?", (user_id,)
            ).fetchone()
            return row[0] if row else None

        value = await self._database.run(read)
        return _PREFERENCES.validate_json(value) if value else NO_PREFERENCES

    async def set(self, user_id: int, preferences: Preferences) -> None:
        """Keep a person's preferences."""
        value = _PREFERENCES.dump_json(preferences).decode()
        await self._database.run(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO preferences VALUES (?, ?)", (user_id, value)
            )
        )
