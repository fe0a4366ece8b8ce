"""Errors in handlers: logged first, then an apology to the user."""

import logging

from telegram import Update
from telegram.error import Forbidden, RetryAfter, TelegramError
from telegram.ext import ContextTypes

from bot.monitoring.metrics import Metrics
from bot.transport import delivery
from bot.views.messages import for_person

_logger = logging.getLogger(__name__)


class ErrorHandler:
    """Handles the errors that other handlers raise."""

    def __init__(self, metrics: Metrics) -> None:
        """Count errors in `metrics`."""
        self._metrics = metrics

    async def on_error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Log an error and apologise in the user's language.

        There is no apology after `Forbidden` (the user has blocked the bot) or `RetryAfter`
        (Telegram wants fewer messages).
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
            _logger.warning("update %s: the apology could not be sent: %s", number, unsent)


async def _apologise(update: Update) -> None:
    query, message = update.callback_query, update.message
    if query is not None:
        messages = for_person(delivery.language_code(update))
        await delivery.answer_callback(query, messages.text("failed"))
    elif update.inline_query is not None:
        # No text can be shown here, but without an answer the app keeps waiting for one.
        await update.inline_query.answer([], cache_time=0, is_personal=True)
    elif message is not None:
        messages = for_person(delivery.language_code(update), message.text)
        await delivery.send_text(message, messages.text("failed"))
