"""Commands: /start, /help, and those that do not exist."""

from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot import delivery, texts


def handlers() -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
    """Return the handlers of commands in private chats."""
    private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
    return [
        CommandHandler("start", _start, private),
        CommandHandler("help", _help, private),
        MessageHandler(private & filters.COMMAND, _unknown),
    ]


async def _start(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    await _say(update, "start")


async def _help(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    await _say(update, "help")


async def _unknown(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    await _say(update, "unknown_command")


async def _say(update: Update, key: str) -> None:
    message = update.effective_message
    assert message is not None  # the filters let nothing else through
    words = texts.for_person(delivery.language_code(update))
    await delivery.say(message, words.say(key))
