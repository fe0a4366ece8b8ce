"""How updates are dealt with: side by side, and marked as done only once they are."""

import logging
from collections.abc import Coroutine
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.transport.log_privacy import redact_update
from bot.transport.retry import watched_delivery
from bot.transport.update_store import DurableQueue

_logger = logging.getLogger(__name__)


class UpdateProcessor(BaseUpdateProcessor):
    """Deals with updates side by side and marks each as done after its last handler.

    An update stays in the inbox, for the next start, when the bot stops before it was begun or
    when an answer to it was given up for lack of a network. An update whose handler fails is done:
    the error handler has told the person.
    """

    __slots__ = ("_queue", "_stopping")

    def __init__(self, most_at_once: int, queue: DurableQueue) -> None:
        """Deal with `most_at_once` updates at once, which come from `queue`."""
        super().__init__(most_at_once)
        self._queue = queue
        self._stopping = False

    def drain(self) -> None:
        """Begin nothing any more; what has begun goes on to its end."""
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
        with watched_delivery() as delivery, redact_update(update):
            await coroutine
        if delivery.given_up:
            _logger.warning("update %d is left for the next start", update.update_id)
        else:
            await self._queue.finish(update)

    async def initialize(self) -> None:
        """Do nothing: there is nothing to prepare."""

    async def shutdown(self) -> None:
        """Do nothing: there is nothing to let go of."""
