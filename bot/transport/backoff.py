"""Exponential backoff: growing pauses between attempts."""

from collections.abc import Iterator


def exponential_backoff(first: float, longest: float) -> Iterator[float]:
    """Yield the seconds to wait after each failure, without end.

    Args:
        first: the first pause; each pause is twice the previous one.
        longest: the longest pause.
    """
    pause = min(first, longest)
    while True:
        yield pause
        pause = min(2 * pause, longest)
