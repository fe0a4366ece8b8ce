"""Where the time of a question goes, by stage."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal

Stage = Literal["understand", "encode", "meaning", "words", "candidates", "judge", "show"]
# In the order in which a question goes through them.
STAGES: Final[tuple[Stage, ...]] = (
    *("understand", "encode", "meaning", "words", "candidates", "judge", "show"),
)
Timings = dict[Stage, float]

# Of the question that this thread, or this task, is answering.
_current: ContextVar[Timings | None] = ContextVar("timings", default=None)


@contextmanager
def timed() -> Iterator[Timings]:
    """Gather, into what is given, the seconds that each stage takes inside."""
    timings: Timings = {}
    token = _current.set(timings)
    try:
        yield timings
    finally:
        _current.reset(token)


@contextmanager
def stage(name: Stage) -> Iterator[None]:
    """Count what happens inside as a stage; stages must not lie inside each other."""
    timings = _current.get()
    if timings is None:
        yield
        return
    begun = time.perf_counter()
    try:
        yield
    finally:
        timings[name] = timings.get(name, 0.0) + time.perf_counter() - begun
