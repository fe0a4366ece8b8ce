"""Changes of the index from within the bot, one at a time, each published as a snapshot."""

import asyncio
import json
import logging
import os
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from bot.transport.backoff import exponential_backoff
from index.encoders.encoder import EncoderLoader, PassageEncoder, load_encoder
from index.encoders.model_resolver import resolve_model
from index.errors import IndexBusyError
from index.files import atomic_write
from index.indexing.builder import BuildReport, ModelResolver, remove, update
from index.settings import IndexSettings

# Another command may hold the index's lock: a build does for hours.
_FIRST_PAUSE: Final = 2.0
_LONGEST_PAUSE: Final = 60.0

_logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class SharedEncoder:
    """The encoder, loaded once and shared by searches and indexing; safe for threads.

    Without `[index] threads` it uses half of the cores: searches need the others at the same time,
    and on two cores a second encoder thread costs a third more CPU time.
    """

    def __init__(self, load: EncoderLoader = load_encoder) -> None:
        """Load the encoder with `load` at the first call."""
        self._load = load
        self._loading = threading.Lock()
        self._encoder: PassageEncoder | None = None

    def __call__(self, settings: IndexSettings) -> PassageEncoder:
        """Return the encoder.

        Raises:
            EncoderError: it cannot be loaded.
        """
        with self._loading:
            if self._encoder is None:
                threads = settings.threads or max(1, (os.cpu_count() or 1) // 2)
                self._encoder = self._load(settings.model_copy(update={"threads": threads}))
            return self._encoder


class Indexer:
    """Adds articles to the index and removes them; open retrievers follow by themselves."""

    def __init__(
        self,
        settings: IndexSettings,
        load: EncoderLoader = load_encoder,
        resolve: ModelResolver = resolve_model,
        pause: float = _FIRST_PAUSE,
    ) -> None:
        """Change an index.

        Args:
            settings: the `[index]` table.
            load: loads the encoder when a text must be encoded; see `SharedEncoder`.
            resolve: finds the model without loading it.
            pause: seconds before the second attempt while another command changes the index;
                doubled after each attempt.
        """
        self.settings = settings
        self._load = load
        self._resolve = resolve
        self._pause = pause
        self._one_at_a_time = asyncio.Lock()

    async def add(self, path: Path) -> BuildReport:
        """Add the articles of a file, and publish them.

        Raises:
            KhazarError: the file or the index cannot be used.
        """
        return await self._change(
            partial(update, self.settings, [str(path)], load=self._load, find=self._resolve)
        )

    async def add_records(self, records: Sequence[dict[str, Any]], path: Path) -> BuildReport:
        """Add articles by way of a JSON Lines file.

        Args:
            records: the articles, in the format of `index.readers.formats.jsonl`.
            path: the file to write.

        Raises:
            KhazarError: the index cannot be used.
            OSError: the file cannot be written.
        """
        lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]

        def write_and_update() -> BuildReport:
            # A build of the folder skips hidden files: no build reads an incomplete one.
            with atomic_write(path) as partial_file:
                partial_file.write_text("".join(lines), encoding="utf-8")
            return update(
                self.settings,
                [str(path)],
                load=self._load,
                find=self._resolve,
                # An edited post is the post that it was, whatever it says now.
                trust_ids=True,
            )

        return await self._change(write_and_update)

    async def remove(self, article_ids: Sequence[str], *, undo: bool = False) -> BuildReport:
        """Remove articles for good, or re-admit removed ones (`undo`).

        Raises:
            KhazarError: the index cannot be used, or nothing would be left in it.
        """
        return await self._change(
            partial(
                remove, self.settings, article_ids, load=self._load, find=self._resolve, undo=undo
            )
        )

    async def _change(self, change: Callable[[], Result]) -> Result:
        async with self._one_at_a_time:
            pauses = exponential_backoff(self._pause, _LONGEST_PAUSE)
            while True:
                try:
                    return await asyncio.to_thread(change)
                except IndexBusyError as error:
                    _logger.info("another command is changing the index (%s); trying again", error)
                await asyncio.sleep(next(pauses))
