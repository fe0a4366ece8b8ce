"""The life of followed subjects beside the bot's other work: two background tasks."""

import asyncio
from functools import partial
from typing import Final

from telegram import Bot

from bot.following.matching import FollowMatcher
from bot.following.sending import NoticeSender
from bot.transport.background_task import BackgroundTask

# Seconds between two looks at the snapshot and the clock.
_PAUSE: Final = 1.0


class Following:
    """Matches new articles, and sends notices, until it is closed.

    Attributes:
        tasks: the tasks that do it.
    """

    def __init__(self, matcher: FollowMatcher, sender: NoticeSender, pause: float = _PAUSE) -> None:
        """Prepare the tasks; `open` starts them."""
        self._matcher = matcher
        self._sender = sender
        wait = partial(asyncio.sleep, pause)
        self.tasks = (
            BackgroundTask("matching of new articles", self._match, wait),
            BackgroundTask("sending of notices", sender.send_due, wait),
        )

    async def open(self, bot: Bot) -> None:
        """Start the tasks."""
        await self._sender.open(bot)
        for task in self.tasks:
            task.start()

    async def drain(self) -> None:
        """Begin no further message, while requests can still be made."""
        await self._sender.drain()

    async def close(self) -> None:
        """Stop the tasks; what waits is sent after the next start."""
        for task in self.tasks:
            await task.stop()

    async def _match(self) -> None:
        await self._matcher.match_new()
