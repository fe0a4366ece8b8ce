"""Background tasks that live as long as the bot, whatever goes wrong in them."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Final

from bot.transport.backoff import exponential_backoff
from index.errors import KhazarError

_FIRST_PAUSE: Final = 5.0
_LONGEST_PAUSE: Final = 300.0
# What operators can mend: a full disk, a lock. Anything else is a bug and gets its traceback.
_EXPECTED: Final = (KhazarError, OSError, sqlite3.Error)

_logger = logging.getLogger(__name__)


class BackgroundTask:
    """Repeats a step for ever; a failed step is logged, and tried again after growing pauses.

    Attributes:
        name: what the task does, for the log, /health and the metrics.
        failing_since: time of the first of the failures without a success between them, on
            `time.monotonic`'s clock; None: the last step succeeded.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[None]],
        wait: Callable[[], Awaitable[object]],
    ) -> None:
        """Prepare a task; `start` starts it.

        Args:
            name: what the task does.
            step: does it once.
            wait: waits until it is to be done again.
        """
        self.name = name
        self.failing_since: float | None = None
        self._step = step
        self._wait = wait
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the task."""
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Stop the task, in the middle of a step if need be."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        pauses, told = _pauses(), ""
        while True:
            try:
                await self._step()
            except Exception as error:  # noqa: BLE001
                # The task must outlive every error: nobody would notice its end.
                pause = next(pauses)
                if self.failing_since is None:
                    self.failing_since = time.monotonic()
                if told != repr(error):
                    told = repr(error)
                    self._tell(error, pause)
                await asyncio.sleep(pause)
            else:
                if self.failing_since is not None:
                    _logger.warning("%s: works again", self.name)
                self.failing_since = None
                pauses, told = _pauses(), ""
                await self._wait()

    def _tell(self, error: Exception, pause: float) -> None:
        bug = None if isinstance(error, _EXPECTED) else error
        line = "%s: failed, trying again in %g s, then with growing pauses: %s"
        _logger.error(line, self.name, pause, error, exc_info=bug)


def _pauses() -> Iterator[float]:
    return exponential_backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
