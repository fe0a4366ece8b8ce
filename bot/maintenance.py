"""Maintenance: command menus at the start, deletion of old data every few hours."""

import asyncio
import logging
import sqlite3
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from telegram import Bot

from bot.store.database import Database
from bot.store.uploads import delete_expired_files
from bot.views.bot_commands import set_menus

_PRUNE_EVERY: Final = 6 * 3600.0

_logger = logging.getLogger(__name__)


class Maintenance:
    """Sets the command menus and deletes old data, in background tasks."""

    def __init__(self, database: Database, directory: Path, keep_days: int) -> None:
        """Prepare the tasks; `open` starts them.

        Args:
            database: the bot's file.
            directory: the bot's folder, with the files that operators have uploaded.
            keep_days: days that conversations and exchanges are kept.
        """
        self._database = database
        self._directory = directory
        self._keep_days = keep_days
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, bot: Bot, operators: Collection[int]) -> None:
        """Start the tasks, without waiting for them."""
        self._tasks = [
            asyncio.create_task(set_menus(bot, operators), name="menus"),
            asyncio.create_task(self._prune(), name="prune"),
        ]

    async def close(self) -> None:
        """Stop the tasks."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _prune(self) -> None:
        while True:
            try:
                await self._database.prune(self._keep_days)
                await asyncio.to_thread(delete_expired_files, self._directory)
            except (OSError, sqlite3.Error) as error:
                _logger.error("old data could not be deleted: %s", error)
            await asyncio.sleep(_PRUNE_EVERY)
