"""Upkeep: what is done once after the start, and now and then while the bot runs."""

import asyncio
import logging
import sqlite3
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from telegram import Bot

from bot.store.database import Database
from bot.store.uploads import clear_waiting
from bot.views.bot_commands import set_menus

_PRUNE_EVERY: Final = 6 * 3600.0

_logger = logging.getLogger(__name__)


class Maintenance:
    """Sets the menus of commands, and deletes what has been kept long enough."""

    def __init__(self, database: Database, directory: Path, keep_days: int) -> None:
        """Delete what is old.

        Args:
            database: what is older than `keep_days` is deleted from it.
            directory: the bot's folder, with the files that wait for an operator's word.
            keep_days: how long most is kept.
        """
        self._database = database
        self._directory = directory
        self._keep_days = keep_days
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, bot: Bot, operators: Collection[int]) -> None:
        """Begin; nobody's question waits for it."""
        self._tasks = [
            asyncio.create_task(set_menus(bot, operators), name="menus"),
            asyncio.create_task(self._prune(), name="prune"),
        ]

    async def close(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _prune(self) -> None:
        while True:
            try:
                await self._database.prune(self._keep_days)
                await asyncio.to_thread(clear_waiting, self._directory)
            except (OSError, sqlite3.Error) as error:
                _logger.error("what is old could not be deleted: %s", error)
            await asyncio.sleep(_PRUNE_EVERY)
