"""Users' preferences."""

import sqlite3
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import TypeAdapter

from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Preferences:
    """A user's choices; None stands for the default.

    Attributes:
        language: language of the bot's texts; None: that of the question.
        passages: number of passages in an answer; None: `[bot] passages`.
        digits: Persian or Latin digits; None: those of the language.
        calendar: calendar of dates; None: that of the language.
        agencies: names, as in the index, of the agency to search in; empty: all agencies.
    """

    language: Literal["fa", "en"] | None = None
    passages: int | None = None
    digits: Literal["persian", "latin"] | None = None
    calendar: Literal["jalali", "gregorian"] | None = None
    agencies: tuple[str, ...] = ()


NO_PREFERENCES: Final = Preferences()
_PREFERENCES: Final = TypeAdapter(Preferences)


class PreferenceStore:
    """Stores users' preferences."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: int) -> Preferences:
        """Return a user's preferences."""

        def read(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(
                "SELECT value FROM preferences WHERE user_id = ?", (user_id,)
            ).fetchone()
            return row[0] if row else None

        value = await self._database.run(read)
        return _PREFERENCES.validate_json(value) if value else NO_PREFERENCES

    async def set(self, user_id: int, preferences: Preferences) -> None:
        """Store a user's preferences."""
        value = _PREFERENCES.dump_json(preferences).decode()
        await self._database.run(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO preferences VALUES (?, ?)", (user_id, value)
            )
        )
