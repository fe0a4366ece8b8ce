"""Errors: logged first, then a polite word to the person whose message it was."""

import logging

from telegram import Update
from telegram.error import Forbidden, RetryAfter, TelegramError
from telegram.ext import ContextTypes

from bot.monitoring.metrics import Metrics
from bot.transport import delivery
from bot.views import messages

_logger = logging.getLogger(__name__)


class Errors:
    """Takes what handlers did not."""

    def __init__(self, metrics: Metrics) -> None:
        """Count errors in `metrics`."""
        self._metrics = metrics

    async def on_error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Log an error and apologise, in the language of the message or button that met it.

        Nobody is told after `Forbidden` (they have blocked the bot) or `RetryAfter` (the bot is to
        send less).
        """
        error = context.error
        number = update.update_id if isinstance(update, Update) else None
        _logger.error("update %s failed", number, exc_info=error)
        if error is not None:
            self._metrics.count_error(error)
        if isinstance(update, Update) and update.message:
            self._metrics.failed()
        if not isinstance(update, Update) or isinstance(error, Forbidden | RetryAfter):
            return
        try:
            await _apologise(update)
        except TelegramError as unsent:
            _logger.warning("update %s: nor could an apology be sent: %s", number, unsent)


async def _apologise(update: Update) -> None:
    query, message = update.callback_query, update.message
    if query is not None:
        words = messages.for_person(delivery.language_code(update))
        await delivery.answer_callback(query, words.text("failed"))
    elif update.inline_query is not None:
        # There is no room for words; without an answer the app would go on waiting for one.
        await update.inline_query.answer([], cache_time=0, is_personal=True)
    elif message is not None:
        words = messages.for_person(delivery.language_code(update), message.text)
        await delivery.send_text(message, words.text("failed"))
