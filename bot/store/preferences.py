"""Preferences of users, and of groups for all their members."""

import datetime as dt
import sqlite3
from dataclasses import dataclass, replace
from typing import Final, Literal

from pydantic import TypeAdapter

from bot.store.database import Database
from index.search_index import Filter


@dataclass(frozen=True, slots=True)
class Preferences:
    """A user's choices; None stands for the default.

    Attributes:
        language: language of the bot's texts; None: that of the question.
        passages: number of passages in an answer; None: `[bot] passages`.
        digits: Persian or Latin digits; None: those of the language.
        calendar: calendar of dates; None: that of the language.
        agencies: names, as in the index, of the agency to search in; empty: all agencies.
        since: the first day to search in; None: no bound.
        until: the last day to search in; None: no bound.
    """

    language: Literal["fa", "en"] | None = None
    passages: int | None = None
    digits: Literal["persian", "latin"] | None = None
    calendar: Literal["jalali", "gregorian"] | None = None
    agencies: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def filter(self) -> Filter:
        """Return the limits of searches."""
        return Filter(self.since, self.until, self.agencies)

    def within(self, group: "Preferences") -> "Preferences":
        """Return a member's preferences in a group.

        What the member has not chosen is as in the group. Searches stay within the group's limits;
        a member's limits that leave nothing of them do not count there.
        """
        agencies = tuple(name for name in self.agencies if name in group.agencies)
        since = max((day for day in (self.since, group.since) if day), default=None)
        until = min((day for day in (self.until, group.until) if day), default=None)
        if since and until and since > until:
            since, until = group.since, group.until
        return replace(
            self,
            language=self.language or group.language,
            passages=self.passages or group.passages,
            digits=self.digits or group.digits,
            calendar=self.calendar or group.calendar,
            agencies=agencies or group.agencies or self.agencies,
            since=since,
            until=until,
        )


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
