"""Watch over the archive: a new snapshot, feeds that fail, an index that grows old."""

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from telegram import Bot

from bot.monitoring.notices import OperatorNotices
from bot.transport.background_task import BackgroundTask
from index.operations.watch import WatchRound, read_summary
from index.search_index import IndexInfo
from retrieval.presentation import bidi

_EVERY: Final = 60.0
# Failures of background tasks, and snapshots that cannot be opened, are told after this time.
_PATIENCE: Final = 300.0
_MAX_REASON: Final = 300


class WatchedIndex(Protocol):
    """The part of `AsyncRetriever` that tells which snapshot is open."""

    @property
    def behind_seconds(self) -> float:
        """Seconds since a newer snapshot was published that is not open yet; 0: none."""

    async def index_info(self) -> IndexInfo:
        """Return facts about the open snapshot."""


class ArchiveWatch:
    """Tells operators what happens to the archive, without being asked.

    Attributes:
        task: the task that does it.
    """

    def __init__(
        self,
        notices: OperatorNotices,
        index: WatchedIndex,
        directory: Path | None,
        tasks: Sequence[BackgroundTask],
        stale_hours: float,
    ) -> None:
        """Prepare the task; `open` starts it.

        Args:
            notices: sends them.
            index: the index that answers.
            directory: its folder, where `python -m index watch` writes its summary; None: the bot
                does not know it.
            tasks: the background tasks to watch.
            stale_hours: hours without a successful round of `watch` that operators are told of.
        """
        self._notices = notices
        self._index = index
        self._directory = directory
        self._tasks = tasks
        self._stale_hours = stale_hours
        self._bot: Bot | None = None
        self.task = BackgroundTask("notices", self._look, partial(asyncio.sleep, _EVERY))

    async def open(self, bot: Bot) -> None:
        """Start the task."""
        self._bot = bot
        self.task.start()

    async def close(self) -> None:
        """Stop the task."""
        await self.task.stop()

    async def _look(self) -> None:
        bot, notices = self._bot, self._notices
        assert bot is not None  # `open` sets it before the task starts
        info = await self._index.index_info()
        if before := await notices.changed("articles", str(info.articles)):
            await notices.send(
                bot,
                "notice_built",
                articles=info.articles,
                change=bidi.isolate(f"{info.articles - int(before):+d}"),
                snapshot=bidi.isolate(info.snapshot),
            )
        behind = self._index.behind_seconds > _PATIENCE
        await notices.report(bot, "behind", behind, "notice_behind")
        now = time.monotonic()
        for task in self._tasks:
            since = task.failing_since
            failing = since is not None and now - since > _PATIENCE
            await notices.report(
                bot, f"task {task.name}", failing, "notice_task", task=bidi.isolate(task.name)
            )
        if self._directory is not None:
            last = await asyncio.to_thread(read_summary, self._directory)
            if last is not None:
                await self._report_round(bot, last)

    async def _report_round(self, bot: Bot, last: WatchRound) -> None:
        """Report the last round of `watch`."""
        reasons = [last.error] if last.error else list(last.first_problems)
        reason = bidi.isolate("\n".join(reasons)[:_MAX_REASON])
        await self._notices.report(bot, "feeds", bool(reasons), "notice_feeds", reason=reason)
        success = dt.datetime.fromisoformat(last.last_success or last.time)
        age = dt.datetime.now(dt.UTC) - success
        stale = age > dt.timedelta(hours=self._stale_hours)
        hours = round(age.total_seconds() / 3600)
        await self._notices.report(bot, "stale", stale, "notice_stale", hours=hours)
