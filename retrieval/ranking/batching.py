"""Work of several threads done together.

A model takes less time for eight texts at once than for eight in turn. Nobody waits for others to
come: while one batch is computed, what is asked meanwhile gathers, and is the next one. Whoever
asks has the time until the result is there for something else.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Of more that wait, the last would wait for the batches of all.
_MOST = 16


class Batcher(Generic[Item, Result]):
    """Computes results in a thread of its own; any number of threads may submit at once."""

    def __init__(self, compute: Callable[[Sequence[Item]], Sequence[Result]], name: str) -> None:
        """Compute in one thread until this object is gone.

        Args:
            compute: returns one result for each item, in order.
            name: of the thread.
        """
        self._compute = compute
        self._waiting: deque[tuple[Item, Future[Result]]] = deque()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    @property
    def waiting(self) -> int:
        """How many items wait for the batch after the one that is being computed."""
        return len(self._waiting)

    def submit(self, item: Item) -> Future[Result]:
        """Have a result computed.

        Returns:
            The result to be, or what `compute` raised for the item.
        """
        result: Future[Result] = Future()
        self._waiting.append((item, result))
        self._pool.submit(self._compute_waiting)
        return result

    def _compute_waiting(self) -> None:
        """Compute what waits; nothing, where an earlier call has taken what this one was for."""
        count = min(len(self._waiting), _MOST)
        if batch := [self._waiting.popleft() for _ in range(count)]:
            self._compute_batch(batch)

    def _compute_batch(self, batch: Sequence[tuple[Item, Future[Result]]]) -> None:
        try:
            results = self._compute([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - raised again, for whoever asked
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            # One of them may be bad, of which only who asked it is to be told.
            for one in batch:
                self._compute_batch([one])
            return
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)
