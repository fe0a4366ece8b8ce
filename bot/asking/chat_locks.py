"""Turns: what one person does in one chat is handled in the order in which it was done.

A follow-up needs the answer before it, and an edited question the one that it replaces.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.store.exchanges import ConversationKey


class ChatLocks:
    """A lock for each place that something is being done for."""

    def __init__(self) -> None:
        self._locks: dict[ConversationKey, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, place: ConversationKey) -> AsyncIterator[None]:
        """Wait until all that was begun before at this place is done; first come, first served."""
        lock, users = self._locks.get(place, (asyncio.Lock(), 0))
        self._locks[place] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(place)
            if users > 1:
                self._locks[place] = (lock, users - 1)
