"""Parsing of updates one by one, so that a malformed one does not stop the others.

python-telegram-bot rejects a whole batch because of one malformed update, logs all of it, and then
gets the same batch again, for ever.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from telegram import Bot, Update
from telegram.ext import ExtBot

from index.text.special_characters import replace_surrogates

# SQLite's integers have 64 bits; Telegram's numbers 32.
_LARGEST_NUMBER = 2**63 - 1
# What python-telegram-bot raises for an update with parts of wrong kinds.
_MALFORMED = (
    TypeError,
    ValueError,
    KeyError,
    AttributeError,
    OverflowError,
    OSError,
    RecursionError,
)

_logger = logging.getLogger(__name__)


def read_update(content: object, bot: Bot) -> Update | None:
    """Parse one update.

    Returns:
        The update; one with nothing but its number when the rest cannot be parsed, which no handler
        takes; None when there is no number.
    """
    number = content.get("update_id") if isinstance(content, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or abs(number) > _LARGEST_NUMBER:
        _logger.warning("an update without a number was ignored")
        return None
    try:
        return Update.de_json(_replace_surrogates(content), bot)
    except _MALFORMED as error:
        # The class only: the error's message may quote a user's text.
        _logger.warning("update %d cannot be read (%s)", number, type(error).__name__)
        return Update(number)


def _replace_surrogates(content: Any) -> Any:
    """Return parsed JSON without lone surrogates, which no file or encoder accepts."""
    if isinstance(content, str):
        return replace_surrogates(content)
    if isinstance(content, list):
        return [_replace_surrogates(part) for part in content]
    if isinstance(content, dict):
        return {
            _replace_surrogates(name): _replace_surrogates(part) for name, part in content.items()
        }
    return content


class LenientBot(ExtBot[Any]):
    """python-telegram-bot's bot, with updates parsed by `read_update`."""

    __slots__ = ("_last_poll", "_persist", "_read_timeout")

    def __init__(
        self,
        *args: Any,
        read_timeout: float,
        persist: Callable[[Mapping[int, str]], Awaitable[None]] | None = None,
        **kwargs: Any,
    ) -> None:
        """Build the bot.

        Args:
            args: arguments of `ExtBot`.
            read_timeout: seconds to wait for the reply to a poll, in addition to the poll's own
                time.
            persist: stores the updates of a poll before they are queued; it gets the JSON of each
                by number.
            kwargs: arguments of `ExtBot`.
        """
        super().__init__(*args, **kwargs)
        self._read_timeout = read_timeout
        self._persist = persist
        self._last_poll: float | None = None

    @property
    def last_poll(self) -> float | None:
        """Time of Telegram's last reply to a poll, on `time.monotonic`'s clock; None: none yet."""
        return self._last_poll

    async def get_updates(
        self,
        offset: int | None = None,
        limit: int | None = None,
        timeout: int | timedelta | None = None,
        allowed_updates: Sequence[str] | None = None,
        **_: Any,
    ) -> tuple[Update, ...]:
        """Poll for updates; see `telegram.Bot.get_updates`."""
        seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout or 0
        parameters = {
            "offset": offset,
            "limit": limit,
            "timeout": int(seconds),
            "allowed_updates": allowed_updates,
        }
        # The public `do_api_request` warns at every poll that `get_updates` exists.
        found = await self._post(
            "getUpdates", parameters, read_timeout=self._read_timeout + seconds
        )
        assert isinstance(found, list)
        self._last_poll = time.monotonic()
        read: list[tuple[Update | None, object]] = []
        for content in found:
            read.append((read_update(content, self), content))
            # Reading a hundred takes a fifth of a second, in which others' answers go out.
            await asyncio.sleep(0)
        updates = [(update, content) for update, content in read if update is not None]
        if updates and self._persist is not None:
            await self._persist(
                {update.update_id: json.dumps(content) for update, content in updates}
            )
        return tuple(update for update, _ in updates)
