"""Work in a second thread: in order, bounded, and every failure arrives."""

import threading
import time
from collections.abc import Generator

import pytest

from index.indexing.prefetch import prefetch


def test_items_come_in_their_order_from_another_thread() -> None:
    threads = set()

    def numbers() -> Generator[int, None, None]:
        for number in range(100):
            threads.add(threading.current_thread())
            yield number

    assert list(prefetch(numbers, 7)) == list(range(100))
    assert len(threads) == 1
    assert threading.current_thread() not in threads


def test_no_more_than_the_limit_is_made_ahead() -> None:
    made = []
    sixth = threading.Event()

    def numbers() -> Generator[int, None, None]:
        for number in range(50):
            made.append(number)
            if len(made) == 6:
                sixth.set()
            yield number

    items = prefetch(numbers, 5)
    assert next(items) == 0
    assert sixth.wait(60)
    # Nothing should happen. Too short a time could hide a fault, but never reports one.
    time.sleep(0.05)
    assert len(made) == 6
    assert list(items) == list(range(1, 50))


def test_a_failure_arrives_after_the_items_before_it() -> None:
    def failing() -> Generator[int, None, None]:
        yield 1
        raise MemoryError("no room")

    items = prefetch(failing, 4)
    assert next(items) == 1
    with pytest.raises(MemoryError, match="no room"):
        next(items)


def test_what_is_given_up_is_closed_where_it_ran() -> None:
    ended = []

    def numbers() -> Generator[int, None, None]:
        try:
            yield from range(1000)
        finally:
            ended.append(threading.current_thread())

    items = prefetch(numbers, 3)
    assert next(items) == 0
    items.close()
    assert len(ended) == 1
    assert ended[0] is not threading.current_thread()
    assert not ended[0].is_alive()


def test_nothing_to_do() -> None:
    assert list(prefetch(lambda: (number for number in ()), 3)) == []
