"""Maintenance: menus and descriptions at the start, deletion of old data every few hours."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from telegram import Bot

from bot.store.database import Database
from bot.store.uploads import delete_expired_files
from bot.transport.background_task import BackgroundTask
from bot.views.bot_profile import set_profile

_PRUNE_EVERY: Final = 6 * 3600.0


class Maintenance:
    """Sets menus and descriptions and deletes old data, in background tasks.

    Attributes:
        task: the task that deletes old data.
    """

    def __init__(
        self,
        database: Database,
        directory: Path,
        keep_days: int,
        empty_logs: Callable[[], Awaitable[None]],
        operator_commands: Collection[str],
    ) -> None:
        """Prepare the tasks; `open` starts them.

        Args:
            database: the bot's file.
            directory: the bot's folder, with the files that operators have uploaded.
            keep_days: days that conversations and exchanges are kept.
            empty_logs: removes what was deleted from the write-ahead logs, too.
            operator_commands: names of the commands in operators' menus.
        """
        self._database = database
        self._directory = directory
        self._keep_days = keep_days
        self._empty_logs = empty_logs
        self._operator_commands = operator_commands
        self.task = BackgroundTask("maintenance", self._prune, partial(asyncio.sleep, _PRUNE_EVERY))
        self._profile: asyncio.Task[None] | None = None

    async def open(self, bot: Bot, operators: Collection[int]) -> None:
        """Start the tasks, without waiting for them."""
        self._profile = asyncio.create_task(
            set_profile(bot, operators, self._operator_commands), name="profile"
        )
        self.task.start()

    async def drain(self) -> None:
        """Send nothing more."""
        if self._profile is not None:
            self._profile.cancel()
            with suppress(asyncio.CancelledError):
                await self._profile

    async def close(self) -> None:
        """Stop the tasks."""
        await self.drain()
        await self.task.stop()

    async def _prune(self) -> None:
        await self._database.prune(self._keep_days)
        await self._empty_logs()
        await asyncio.to_thread(delete_expired_files, self._directory)
