"""Patience: a request that met trouble on the way is made again, with growing pauses.

The pauses and the words are one rule for all requests. An outage is one line in the log when it
begins and one when it is over, however many requests wait for its end; the first that gets through
wakes the others.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from bot.transport.backoff import exponential_backoff

FIRST_PAUSE = 0.2
SECOND_PAUSE = 1.0
LONGEST_PAUSE = 30.0
# Those that an outage has held up do not all come at once: Telegram takes 30 messages a second.
_WOKEN_PER_SECOND = 30

_logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class TransientError(Exception):
    """Trouble that may pass.

    Attributes:
        error: what is raised when there is no more patience.
        most_tries: after so many tries that ended in such trouble it counts as lasting; None: it
            is waited for without end.
    """

    def __init__(self, error: Exception, most_tries: int | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.most_tries = most_tries


@dataclass(slots=True)
class Delivery:
    """What became of the requests made while one update was dealt with.

    Attributes:
        given_up: one of them was given up because the bot stops, not because it was refused.
    """

    given_up: bool = False


_delivery: ContextVar[Delivery | None] = ContextVar("delivery", default=None)


@contextmanager
def watched_delivery() -> Iterator[Delivery]:
    """Tell, of all requests made inside the block, whether one was given up."""
    delivery = Delivery()
    token = _delivery.set(delivery)
    try:
        yield delivery
    finally:
        _delivery.reset(token)


def pauses() -> Iterator[float]:
    """Yield the seconds to wait after the first failure, the second, and so on, without end."""
    yield FIRST_PAUSE
    yield from exponential_backoff(SECOND_PAUSE, LONGEST_PAUSE)


class RetryPolicy:
    """Repeats requests until they get through, or until there is no time left."""

    def __init__(self, route: str) -> None:
        """Know how Telegram is reached, in words, for the log."""
        self._route = route
        self._hurry = asyncio.Event()
        self._over = asyncio.Event()
        self._waiting = 0
        self._down_since: float | None = None

    @property
    def down_since(self) -> float | None:
        """When the outage began that lasts now, on `time.monotonic`'s clock; None: none does."""
        return self._down_since

    def stop_retrying(self) -> None:
        """Wait no more: what fails from now on, or waits now, is given up."""
        self._hurry.set()

    async def run(self, attempt: Callable[[], Awaitable[_Result]]) -> _Result:
        """Return what `attempt` returns once it meets no trouble.

        Raises:
            Exception: the `error` of the last `TransientError`, or what else `attempt` raises.
        """
        counted, woken = 0, False
        for number, pause in enumerate(pauses()):
            try:
                result = await attempt()
            except TransientError as trouble:
                counted += trouble.most_tries is not None
                if counted and counted == trouble.most_tries:
                    raise trouble.error from trouble
                # Once: where others get through and this one does not, it is not the outage.
                woken = await self._wait(trouble, number, pause, wakes=not woken) or woken
            else:
                self._passed()
                return result
        raise AssertionError("the pauses have no end")

    async def _wait(
        self, trouble: TransientError, number: int, pause: float, *, wakes: bool
    ) -> bool:
        """Wait before the next try; tell whether the outage was over before the pause was."""
        # A connection that was cut once is daily business: only the second failure is an outage.
        if trouble.most_tries is None and number and self._down_since is None:
            self._down_since = time.monotonic()
            _logger.warning(
                "cannot reach %s (%s); trying again with growing pauses", self._route, trouble
            )
        woken = await self._pause(pause, [self._hurry, *([self._over] if wakes else [])])
        if self._hurry.is_set():
            delivery = _delivery.get()
            if delivery is not None:
                delivery.given_up = True
            raise trouble.error from trouble
        return woken

    async def _pause(self, seconds: float, until: Sequence[asyncio.Event]) -> bool:
        """Wait so long, or until one of these has come; tell whether it has."""
        self._waiting += 1
        waiting = [asyncio.create_task(event.wait()) for event in until]
        try:
            done, _ = await asyncio.wait(
                waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if done and not self._hurry.is_set():
                await asyncio.sleep(random.uniform(0, self._waiting / _WOKEN_PER_SECOND))
            return bool(done)
        finally:
            self._waiting -= 1
            for task in waiting:
                task.cancel()

    def _passed(self) -> None:
        if self._down_since is not None:
            seconds = time.monotonic() - self._down_since
            self._down_since = None
            self._over.set()
            self._over = asyncio.Event()
            _logger.warning("%s is reached again, after %.0f s", self._route, seconds)
