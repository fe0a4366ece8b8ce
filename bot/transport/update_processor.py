"""Concurrent handling of updates; each is marked as done after its last handler."""

import logging
from collections.abc import Coroutine
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.transport.log_privacy import redact_update
from bot.transport.retry import track_delivery
from bot.transport.update_store import DurableQueue

_logger = logging.getLogger(__name__)


class UpdateProcessor(BaseUpdateProcessor):
    """Runs handlers concurrently and marks each update as done after its last handler.

    An update stays in the store for the next start when the bot stops before it was begun, or when
    its answer could not be sent for lack of a network. An update whose handler fails is done: the
    error handler has told the user.
    """

    __slots__ = ("_queue", "_stopping")

    def __init__(self, max_concurrent: int, queue: DurableQueue) -> None:
        """Handle at most `max_concurrent` updates of `queue` at once."""
        super().__init__(max_concurrent)
        self._queue = queue
        self._stopping = False

    def drain(self) -> None:
        """Start no more updates; those that have begun go on to their end."""
        self._stopping = True

    async def do_process_update(self, update: object, coroutine: Any) -> None:
        """Run the handlers of an update."""
        if self._stopping:
            if isinstance(coroutine, Coroutine):
                coroutine.close()
            return
        if not isinstance(update, Update):
            await coroutine
            return
        with track_delivery() as delivery, redact_update(update):
            await coroutine
        if delivery.given_up:
            _logger.warning("update %d is left for the next start", update.update_id)
        else:
            await self._queue.finish(update)

    async def initialize(self) -> None:
        """Do nothing: there is nothing to prepare."""

    async def shutdown(self) -> None:
        """Do nothing: there is nothing to close."""
