"""The feed: posts of channels are gathered for moments and then brought into the index."""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot.channels.indexing import Indexer
from bot.store.posts import PendingPost, PostState, PostStore
from bot.transport.backoff import exponential_backoff
from index.errors import KhazarError, SourceError

_MOST_AT_ONCE: Final = 1000
_FIRST_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 300.0
# Articles go to the index through a file of this name.
_FILE: Final = "channels.jsonl"

_logger = logging.getLogger(__name__)


class PostIndexer:
    """Brings what is in a `PostStore` into the index, in a task of its own."""

    def __init__(self, posts: PostStore, indexer: Indexer, directory: Path, delay: float) -> None:
        """Take note of what is needed.

        Args:
            posts: what is to be done.
            indexer: does it.
            directory: the bot's folder.
            delay: seconds in which posts are gathered.
        """
        self._posts = posts
        self._indexer = indexer
        self._path = directory / _FILE
        self._delay = delay
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin with what an earlier run has left, and what another build has left out."""
        await self._posts.requeue_all()
        self._news.set()
        self._task = asyncio.create_task(self._work(), name="feed")

    def notify(self) -> None:
        """Say that there is something to do."""
        self._news.set()

    async def close(self) -> None:
        """Stop; what is not done is done after the next start."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _work(self) -> None:
        pauses = exponential_backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
        while True:
            await self._news.wait()
            self._news.clear()
            await asyncio.sleep(self._delay)
            try:
                await self._bring()
                pauses = exponential_backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
            except (KhazarError, OSError, sqlite3.Error) as error:
                # A disk may be full for a while: posts are not to wait for the next start.
                pause = next(pauses)
                _logger.error("posts could not be indexed, trying again in %g s: %s", pause, error)
                await asyncio.sleep(pause)
                self._news.set()

    async def _bring(self) -> None:
        while pending := await self._posts.pending(_MOST_AT_ONCE):
            await self._remove([post for post in pending if post.state is PostState.REMOVE])
            readmitted = [post for post in pending if post.state is PostState.READMIT]
            if readmitted:
                await self._indexer.remove([post.article_id for post in readmitted], undo=True)
            records = [post.record for post in pending if post.record is not None]
            if records:
                report = await self._indexer.add_records(records, self._path)
                changes = report.changes
                if report.published:
                    _logger.info("%d posts added, %d replaced", changes.added, changes.replaced)
            await self._posts.mark_done(pending)

    async def _remove(self, posts: Sequence[PendingPost]) -> None:
        if not posts:
            return
        try:
            report = await self._indexer.remove([post.article_id for post in posts])
        except SourceError as error:
            # Nothing would be left of the archive; trying again would not help.
            _logger.error("posts could not be removed: %s", error)
            return
        _logger.info("%d posts removed", report.changes.removed)
