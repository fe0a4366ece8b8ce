"""Prefetching: items are made in a second thread while the first one uses earlier items."""

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class _End:
    """The end of the items."""


def prefetch(items: Callable[[], Generator[T, None, None]], limit: int) -> Generator[T, None, None]:
    """Yield the items of a generator that runs in a second thread, in order.

    Its exceptions are raised here, after the items before them.

    Args:
        items: makes the generator; called, run and closed in that thread.
        limit: how many items it may be ahead.
    """
    end = _End()
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        generator = pool.submit(items).result()
        pending: deque[Future[T | _End]] = deque()
        try:
            for _ in range(limit):
                pending.append(pool.submit(next, generator, end))
            while not isinstance(item := pending.popleft().result(), _End):
                pending.append(pool.submit(next, generator, end))
                yield item
        finally:
            for future in pending:
                future.cancel()
            pool.submit(generator.close).result()
