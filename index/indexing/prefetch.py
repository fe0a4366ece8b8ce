"""Work that goes on in a second thread while the first is busy with what is done already."""

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class _End:
    """Comes after the last item."""


def prefetch(items: Callable[[], Generator[T, None, None]], limit: int) -> Generator[T, None, None]:
    """Yield the items of a generator that runs in a thread of its own, in their order.

    What it raises is raised here, once the items before are handed on.

    Args:
        items: makes the generator; it is called, run and closed in that thread.
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
