"""Pauses between tries: what fails again and again is tried less and less often."""

from collections.abc import Iterator


def exponential_backoff(first: float, longest: float) -> Iterator[float]:
    """Yield the seconds to wait after each failure, without end.

    Args:
        first: after the first one; each pause is twice the one before it.
        longest: none is longer.
    """
    pause = min(first, longest)
    while True:
        yield pause
        pause = min(2 * pause, longest)
