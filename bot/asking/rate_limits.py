"""Rate limits on questions and other requests, for each user or chat and for all together."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_MINUTE: Final = 60.0
# Users who have been quiet for long have a full bucket and can be forgotten.
_MAX_USERS: Final = 10_000
# A user is told about the limit at most this often: a flood gets no flood of replies.
_REFUSAL_EVERY: Final = 30.0


class Decision(Enum):
    """Decision about a request."""

    TAKEN = auto()
    REFUSED = auto()
    REFUSED_SILENTLY = auto()


@dataclass(slots=True)
class _Bucket:
    """A token bucket: filled at a constant rate up to a minute's tokens; a request takes one."""

    tokens: float
    filled: float
    refused: float = float("-inf")

    def fill(self, now: float, per_minute: int) -> None:
        self.tokens = min(per_minute, self.tokens + (now - self.filled) * per_minute / _MINUTE)
        self.filled = now


class RateLimiter:
    """Token buckets of users and of the whole bot, in memory only."""

    def __init__(
        self,
        per_user: int,
        total: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Limit requests per minute.

        Args:
            per_user: limit for one user, or for one group.
            total: limit for all of them together; None: there is none.
            clock: returns seconds.
        """
        self._per_user = per_user
        self._total = total
        self._clock = clock
        self._all = _Bucket(total or 0, clock())
        self._users: OrderedDict[int, _Bucket] = OrderedDict()

    def set_limits(self, per_user: int, total: int | None = None) -> None:
        """Change the limits; what has been counted stays counted."""
        self._per_user = per_user
        self._total = total

    def take(self, user_id: int) -> Decision:
        """Count a request of a user, or in a group, by its id; decide about it."""
        now = self._clock()
        bucket = self._users.pop(user_id, None) or _Bucket(self._per_user, now)
        self._users[user_id] = bucket
        while len(self._users) > _MAX_USERS:
            self._users.popitem(last=False)
        bucket.fill(now, self._per_user)
        if bucket.tokens >= 1 and self._take_of_all(now):
            bucket.tokens -= 1
            return Decision.TAKEN
        if now - bucket.refused >= _REFUSAL_EVERY:
            bucket.refused = now
            return Decision.REFUSED
        return Decision.REFUSED_SILENTLY

    def _take_of_all(self, now: float) -> bool:
        """Count a request of all together; return whether their limit allows it."""
        if self._total is None:
            return True
        self._all.fill(now, self._total)
        if self._all.tokens < 1:
            return False
        self._all.tokens -= 1
        return True
