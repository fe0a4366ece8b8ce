"""Indexing of channel posts, in batches, by a background task."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.channels.indexing import Indexer
from bot.store.posts import PendingPost, PostState, PostStore
from bot.transport.background_task import BackgroundTask
from index.errors import SourceError

_BATCH_SIZE: Final = 1000
# Name of the file by way of which articles are indexed.
_FILE: Final = "channels.jsonl"

_logger = logging.getLogger(__name__)


class PostIndexer:
    """Applies the waiting changes of a `PostStore` to the index.

    Attributes:
        task: the task that does it.
    """

    def __init__(self, posts: PostStore, indexer: Indexer, directory: Path, delay: float) -> None:
        """Prepare the task; `open` starts it.

        Args:
            posts: holds the waiting changes.
            indexer: changes the index.
            directory: the bot's folder.
            delay: seconds to wait for more posts before indexing.
        """
        self._posts = posts
        self._indexer = indexer
        self._path = directory / _FILE
        self._delay = delay
        self._wakeup = asyncio.Event()
        self.task = BackgroundTask("indexing of posts", self._index_pending, self._wait)

    async def open(self) -> None:
        """Start the task; it begins with all posts, since a rebuilt index may lack them."""
        await self._posts.requeue_all()
        self.task.start()

    def notify(self) -> None:
        """Wake the task: there are new changes."""
        self._wakeup.set()

    async def close(self) -> None:
        """Stop the task; waiting changes are made after the next start."""
        await self.task.stop()

    async def _wait(self) -> None:
        await self._wakeup.wait()
        await asyncio.sleep(self._delay)

    async def _index_pending(self) -> None:
        self._wakeup.clear()
        while pending := await self._posts.pending(_BATCH_SIZE):
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
            # The index would be empty; trying again would not help.
            _logger.error("posts could not be removed: %s", error)
            return
        _logger.info("%d posts removed", report.changes.removed)
