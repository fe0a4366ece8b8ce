"""The word "typing…" in a chat while its question is searched."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from telegram import Message
from telegram.constants import ChatAction
from telegram.error import TelegramError

# Most questions are answered before; then it would only cost a request.
_AFTER = 0.5
# Telegram shows the action for five seconds.
_EVERY = 4.0

_logger = logging.getLogger(__name__)


@asynccontextmanager
async def typing(message: Message) -> AsyncIterator[None]:
    """Show in a message's chat that the bot is at work, once that lasts."""
    showing = asyncio.create_task(_show(message))
    try:
        yield
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError):
            await showing


async def _show(message: Message) -> None:
    await asyncio.sleep(_AFTER)
    # Not worth failing a question for.
    try:
        while True:
            await message.reply_chat_action(ChatAction.TYPING)
            await asyncio.sleep(_EVERY)
    except TelegramError as error:
        _logger.debug("typing could not be shown: %s", error)
