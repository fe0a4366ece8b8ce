"""Limits: how many questions are taken, of one person and of everybody."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_MINUTE: Final = 60.0
# People who have asked nothing for long have a full bucket, and need not be remembered.
_REMEMBERED: Final = 10_000
# Who asks too much is told so once in a while: a flood is not answered with a flood.
_TOLD_EVERY: Final = 30.0


class Decision(Enum):
    """What becomes of a question."""

    TAKEN = auto()
    REFUSED = auto()
    REFUSED_SILENTLY = auto()


@dataclass(slots=True)
class _Bucket:
    """A token bucket: it fills with time, up to a minute's worth, and each question takes one."""

    left: float
    seen: float
    told: float = float("-inf")

    def fill(self, now: float, per_minute: int) -> None:
        self.left = min(per_minute, self.left + (now - self.seen) * per_minute / _MINUTE)
        self.seen = now


class RateLimiter:
    """Counts questions; kept in memory only, so that a restart forgives everybody."""

    def __init__(
        self, per_person: int, of_all: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take so many questions a minute.

        Args:
            per_person: of one person.
            of_all: of everybody together.
            clock: tells seconds.
        """
        self._per_person = per_person
        self._of_all = of_all
        self._clock = clock
        self._all = _Bucket(of_all, clock())
        self._people: OrderedDict[int, _Bucket] = OrderedDict()

    def change(self, per_person: int, of_all: int) -> None:
        """Take so many from now on; what has been counted stays counted."""
        self._per_person = per_person
        self._of_all = of_all

    def take(self, person: int) -> Decision:
        """Count a question of a person, and tell what becomes of it."""
        now = self._clock()
        self._all.fill(now, self._of_all)
        bucket = self._people.pop(person, None) or _Bucket(self._per_person, now)
        self._people[person] = bucket
        while len(self._people) > _REMEMBERED:
            self._people.popitem(last=False)
        bucket.fill(now, self._per_person)
        if bucket.left >= 1 and self._all.left >= 1:
            bucket.left -= 1
            self._all.left -= 1
            return Decision.TAKEN
        if now - bucket.told >= _TOLD_EVERY:
            bucket.told = now
            return Decision.REFUSED
        return Decision.REFUSED_SILENTLY
