"""Errors: logged first, then a polite word to the person whose message it was."""

import logging

from telegram import Update
from telegram.error import Forbidden, RetryAfter, TelegramError
from telegram.ext import ContextTypes

from bot import delivery, texts

_logger = logging.getLogger(__name__)


async def on_error(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Log an error and apologise, in the language of the message that met it.

    Nobody is told after `Forbidden` (they have blocked the bot) or `RetryAfter` (the bot is to
    send less).
    """
    error = context.error
    number = update.update_id if isinstance(update, Update) else None
    _logger.error("update %s failed", number, exc_info=error)
    if not isinstance(update, Update) or isinstance(error, Forbidden | RetryAfter):
        return
    message = update.effective_message
    if message is None:
        return
    words = texts.for_person(delivery.language_code(update), message.text)
    try:
        await delivery.say(message, words.say("failed"))
    except TelegramError as unsent:
        _logger.warning("update %s: nor could an apology be sent: %s", number, unsent)
