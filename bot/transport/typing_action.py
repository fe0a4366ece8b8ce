"""The "typing…" action in a chat during a search."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from telegram import Message
from telegram.constants import ChatAction
from telegram.error import TelegramError

# Seconds. Most questions are answered sooner, without this request.
_DELAY = 0.5
# Telegram shows the action for five seconds.
_INTERVAL = 4.0

_logger = logging.getLogger(__name__)


@asynccontextmanager
async def typing(message: Message) -> AsyncIterator[None]:
    """Show "typing…" in a message's chat while the block runs, after a short delay."""
    showing = asyncio.create_task(_show(message))
    try:
        yield
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError):
            await showing


async def _show(message: Message) -> None:
    await asyncio.sleep(_DELAY)
    # A failure must not cost the answer.
    try:
        while True:
            await message.reply_chat_action(ChatAction.TYPING)
            await asyncio.sleep(_INTERVAL)
    except TelegramError as error:
        _logger.debug("typing could not be shown: %s", error)
