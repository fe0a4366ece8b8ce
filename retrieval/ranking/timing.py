"""Time that each stage of answering a question takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal

Stage = Literal["understand", "encode", "meaning", "words", "candidates", "judge", "rerank", "show"]
# In the order of a question's path. Their names are keys of JSON output.
STAGES: Final[tuple[Stage, ...]] = (
    *("understand", "encode", "meaning", "words", "candidates", "judge", "rerank", "show"),
)
Timings = dict[Stage, float]

# Timings of the question that this thread or task is answering.
_current: ContextVar[Timings | None] = ContextVar("timings", default=None)


@contextmanager
def timed() -> Iterator[Timings]:
    """Collect the seconds that each stage takes inside the block."""
    timings: Timings = {}
    token = _current.set(timings)
    try:
        yield timings
    finally:
        _current.reset(token)


@contextmanager
def stage(name: Stage) -> Iterator[None]:
    """Time the block as one stage; stages must not be nested."""
    timings = _current.get()
    if timings is None:
        yield
        return
    begun = time.perf_counter()
    try:
        yield
    finally:
        timings[name] = timings.get(name, 0.0) + time.perf_counter() - begun
