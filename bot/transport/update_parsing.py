"""Updates as Telegram sends them: read one by one, so that an odd one does not stop the others.

python-telegram-bot refuses a whole batch for one update in which something is missing, writes all
of it into the log, and is given the same batch again, for ever.
"""

import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from telegram import Bot, Update
from telegram.ext import ExtBot

_logger = logging.getLogger(__name__)


def read_update(content: object, bot: Bot) -> Update | None:
    """Read one update.

    Returns:
        An update with nothing but its number where the rest cannot be read, which no handler wants;
        None where there is not even a number.
    """
    number = content.get("update_id") if isinstance(content, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        _logger.warning("an update without a number was left out")
        return None
    try:
        return Update.de_json(_whole(content), bot)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, OSError) as error:
        # The class only: the message may quote what somebody wrote.
        _logger.warning("update %d cannot be read (%s)", number, type(error).__name__)
        return Update(number)


def _whole(content: Any) -> Any:
    """Return parsed JSON with halves of surrogate pairs replaced: no file or encoder takes them."""
    if isinstance(content, str):
        return content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(content, list):
        return [_whole(part) for part in content]
    if isinstance(content, dict):
        return {_whole(name): _whole(part) for name, part in content.items()}
    return content


class LenientBot(ExtBot[Any]):
    """python-telegram-bot's bot, with updates read by `read_update`."""

    __slots__ = ("_last_poll", "_reply_within", "_write_down")

    def __init__(
        self,
        *args: Any,
        reply_within: float,
        write_down: Callable[[Mapping[int, str]], Awaitable[None]] | None = None,
        **kwargs: Any,
    ) -> None:
        """Build the bot.

        Args:
            args: those of `ExtBot`.
            reply_within: seconds that a reply to a poll may take besides the poll's own time.
            write_down: is given the updates of each poll together, before they are queued: their
                numbers, and the JSON of each as it came.
            kwargs: those of `ExtBot`.
        """
        super().__init__(*args, **kwargs)
        self._reply_within = reply_within
        self._write_down = write_down
        self._last_poll: float | None = None

    @property
    def last_poll(self) -> float | None:
        """When Telegram last replied to a poll, on `time.monotonic`'s clock; None: not yet."""
        return self._last_poll

    async def get_updates(
        self,
        offset: int | None = None,
        limit: int | None = None,
        timeout: int | timedelta | None = None,
        allowed_updates: Sequence[str] | None = None,
        **_: Any,
    ) -> tuple[Update, ...]:
        """Ask for updates; see `telegram.Bot.get_updates`."""
        seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout or 0
        stated = {
            "offset": offset,
            "limit": limit,
            "timeout": int(seconds),
            "allowed_updates": allowed_updates,
        }
        # `do_api_request`, the public way, warns at every poll that `get_updates` exists.
        found = await self._post("getUpdates", stated, read_timeout=self._reply_within + seconds)
        assert isinstance(found, list)
        self._last_poll = time.monotonic()
        read = [(read_update(content, self), content) for content in found]
        updates = [(update, content) for update, content in read if update is not None]
        if updates and self._write_down is not None:
            await self._write_down(
                {update.update_id: json.dumps(content) for update, content in updates}
            )
        return tuple(update for update, _ in updates)
