"""Retries of failed requests, with growing pauses.

All requests share one policy. An outage is one line in the log when it begins and one when it ends,
however many requests wait for its end; the first request that succeeds wakes the others.
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
# After an outage the waiting requests are spread: Telegram accepts 30 messages per second.
_WOKEN_PER_SECOND = 30

_logger = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class TransientError(Exception):
    """An error that a later attempt may not meet.

    Attributes:
        error: the error to raise when the attempts end.
        max_attempts: number of attempts with such an error after which they end; None: they never
            end.
    """

    def __init__(self, error: Exception, max_attempts: int | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.max_attempts = max_attempts


@dataclass(slots=True)
class Delivery:
    """Outcome of the requests that were made while an update was handled.

    Attributes:
        given_up: whether a request was given up because the bot is stopping.
    """

    given_up: bool = False


_delivery: ContextVar[Delivery | None] = ContextVar("delivery", default=None)


@contextmanager
def track_delivery() -> Iterator[Delivery]:
    """Track whether a request that is made in the block is given up."""
    delivery = Delivery()
    token = _delivery.set(delivery)
    try:
        yield delivery
    finally:
        _delivery.reset(token)


def mark_given_up() -> None:
    """Note that a request of the update that is being handled was given up."""
    delivery = _delivery.get()
    if delivery is not None:
        delivery.given_up = True


def pauses() -> Iterator[float]:
    """Yield the seconds to wait after each failure, without end."""
    yield FIRST_PAUSE
    yield from exponential_backoff(SECOND_PAUSE, LONGEST_PAUSE)


class RetryPolicy:
    """Retries requests until they succeed or the bot stops."""

    def __init__(self, route: str) -> None:
        """Start without an outage; `route` describes the way to Telegram in the log."""
        self._route = route
        self._stopped = asyncio.Event()
        self._recovered = asyncio.Event()
        self._waiting = 0
        self._down_since: float | None = None

    @property
    def down_since(self) -> float | None:
        """Start of the current outage on `time.monotonic`'s clock; None: there is none."""
        return self._down_since

    def stop_retrying(self) -> None:
        """Give up requests that wait now or fail from now on."""
        self._stopped.set()

    async def run(self, attempt: Callable[[], Awaitable[_Result]]) -> _Result:
        """Call `attempt` until it raises no `TransientError`, and return its result.

        Raises:
            Exception: the `error` of the last `TransientError`, or another error of `attempt`.
        """
        limited_attempts, woken = 0, False
        for number, pause in enumerate(pauses()):
            try:
                result = await attempt()
            except TransientError as failure:
                limited_attempts += failure.max_attempts is not None
                if limited_attempts and limited_attempts == failure.max_attempts:
                    raise failure.error from failure
                # Woken once only: if others succeed and this one fails, it is not the outage.
                woken = await self._wait(failure, number, pause, wakes=not woken) or woken
            else:
                self._end_outage()
                return result
        raise AssertionError("the pauses have no end")

    async def _wait(
        self, failure: TransientError, number: int, pause: float, *, wakes: bool
    ) -> bool:
        """Wait before the next attempt; return whether the end of the outage cut the wait short."""
        # A single cut connection is normal: an outage begins with the second failure.
        if failure.max_attempts is None and number and self._down_since is None:
            self._down_since = time.monotonic()
            _logger.warning(
                "cannot reach %s (%s); trying again with growing pauses", self._route, failure
            )
        woken = await self._pause(pause, [self._stopped, *([self._recovered] if wakes else [])])
        if self._stopped.is_set():
            mark_given_up()
            raise failure.error from failure
        return woken

    async def _pause(self, seconds: float, until: Sequence[asyncio.Event]) -> bool:
        """Wait for some seconds or until an event is set; return whether one was set."""
        self._waiting += 1
        waiting = [asyncio.create_task(event.wait()) for event in until]
        try:
            done, _ = await asyncio.wait(
                waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if done and not self._stopped.is_set():
                await asyncio.sleep(random.uniform(0, self._waiting / _WOKEN_PER_SECOND))
            return bool(done)
        finally:
            self._waiting -= 1
            for task in waiting:
                task.cancel()

    def _end_outage(self) -> None:
        if self._down_since is not None:
            seconds = time.monotonic() - self._down_since
            self._down_since = None
            self._recovered.set()
            self._recovered = asyncio.Event()
            _logger.warning("%s is reached again, after %.0f s", self._route, seconds)
