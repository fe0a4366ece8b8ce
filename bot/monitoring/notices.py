"""Notices to operators: each trouble once, and again only after a pause."""

import logging
import sqlite3
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Final

from telegram import Bot
from telegram.error import TelegramError

from bot.store.database import Database
from bot.store.preferences import PreferenceStore
from bot.transport import delivery
from bot.views.messages import for_person

# Seconds before the same notice is sent again: what comes and goes would fill the chat.
_PAUSE: Final = 6 * 3600.0
_HOLDS: Final = "holds"
_OVER: Final = "over"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Told:
    """What operators were told last about something, and when."""

    value: str
    at: float = field(default_factory=time.time)

    def is_old(self) -> bool:
        """Return whether they may be told again."""
        return time.time() - self.at >= _PAUSE


class OperatorNotices:
    """Sends notices to the operators, and remembers them across restarts."""

    def __init__(
        self,
        database: Database,
        preferences: PreferenceStore,
        operators: Callable[[], Collection[int]],
    ) -> None:
        """Prepare notices; `operators` returns the user ids of those who get them."""
        self._database = database
        self._preferences = preferences
        self._operators = operators

    async def send(self, bot: Bot, text_key: str, **values: str | int) -> None:
        """Send a text to all operators, each in their language; who has no chat gets none."""
        for operator in sorted(self._operators()):
            messages = for_person(None, None, await self._preferences.get(operator))
            try:
                await delivery.send(bot, operator, messages.text(text_key, **values))
            except TelegramError as error:
                _logger.warning("an operator could not be told of %s: %s", text_key, error)

    async def report(
        self, bot: Bot, key: str, holds: bool, text_key: str = "", **values: str | int
    ) -> None:
        """Tell operators of a trouble when it begins, unless they were told of it lately.

        Args:
            bot: sends the notice.
            key: name of the trouble.
            holds: whether there is such trouble now.
            text_key: what to say about it.
            values: what the text's placeholders stand for.
        """

        def decide(told: _Told | None) -> _Told | None:
            if not holds:
                return replace(told, value=_OVER) if told and told.value == _HOLDS else None
            is_due = told is None or (told.value == _OVER and told.is_old())
            return _Told(_HOLDS) if is_due else None

        _, now = await self._update(key, decide)
        if now is not None and holds:
            await self.send(bot, text_key, **values)

    async def changed(self, key: str, value: str) -> str | None:
        """Return the value that operators know where it has changed and they may be told again.

        The first value is remembered without a notice.
        """

        def decide(told: _Told | None) -> _Told | None:
            is_due = told is None or (told.value != value and told.is_old())
            return _Told(value) if is_due else None

        told, now = await self._update(key, decide)
        return None if told is None or now is None else told.value

    async def _update(
        self, key: str, decide: Callable[[_Told | None], _Told | None]
    ) -> tuple[_Told | None, _Told | None]:
        """Decide from what was told about something what is told now, and store it.

        Returns:
            What was told before, and what is told now; None where nothing is.
        """

        def update(connection: sqlite3.Connection) -> tuple[_Told | None, _Told | None]:
            row = connection.execute(
                "SELECT value, told FROM operator_notices WHERE key = ?", (key,)
            ).fetchone()
            before = _Told(*row) if row else None
            now = decide(before)
            if now is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO operator_notices VALUES (?, ?, ?)",
                    (key, now.value, now.at),
                )
            return before, now

        return await self._database.run(update)
