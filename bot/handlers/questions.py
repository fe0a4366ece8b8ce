"""Questions: any text message in a private chat; other messages get a courteous line."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from typing import Any

from telegram import Message, Update
from telegram.constants import ChatAction
from telegram.error import TelegramError
from telegram.ext import BaseHandler, ContextTypes, MessageHandler, filters

from bot import delivery, texts
from bot.archive import Archive
from bot.render import render_answer
from retrieval.errors import QuestionError

# Telegram shows the action for five seconds.
_TYPING_EVERY = 4.0

_logger = logging.getLogger(__name__)


class Questions:
    """Answers questions from the archive."""

    def __init__(self, archive: Archive, passages: int) -> None:
        """Answer from `archive`, with at most `passages` passages a question."""
        self._archive = archive
        self._passages = passages

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handlers of messages in private chats that are not commands."""
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE & ~filters.COMMAND
        return [
            MessageHandler(private & filters.TEXT, self._answer),
            MessageHandler(private & ~filters.TEXT & ~filters.StatusUpdate.ALL, _refuse),
        ]

    async def _answer(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        assert message is not None
        assert message.text is not None  # the filters let nothing else through
        began = perf_counter()
        try:
            async with _typing(message):
                answer = await self._archive.ask(message.text, limit=self._passages)
        except QuestionError as error:
            _logger.info("update %d: refused: %s", update.update_id, error)
            words = texts.for_person(delivery.language_code(update), message.text)
            await delivery.say(message, words.say("question_refused"))
            return
        _logger.info(
            "update %d: %s, %d passages, %.2f s",
            update.update_id,
            "found" if answer.found else "not found",
            len(answer.passages),
            perf_counter() - began,
        )
        await delivery.reply(message, render_answer(answer))


async def _refuse(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    message = update.effective_message
    assert message is not None  # the filters let nothing else through
    words = texts.for_person(delivery.language_code(update), message.caption)
    await delivery.say(message, words.say("only_text"))


@asynccontextmanager
async def _typing(message: Message) -> AsyncIterator[None]:
    """Show in the chat that the bot is at work."""
    showing = asyncio.create_task(_show_typing(message))
    try:
        yield
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError):
            await showing


async def _show_typing(message: Message) -> None:
    # Not worth failing a question for.
    try:
        while True:
            await message.reply_chat_action(ChatAction.TYPING)
            await asyncio.sleep(_TYPING_EVERY)
    except TelegramError as error:
        _logger.debug("typing could not be shown: %s", error)
