"""The time of day, which tests set."""

from collections.abc import Callable
from datetime import UTC, datetime

# Returns the time, with its zone.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
