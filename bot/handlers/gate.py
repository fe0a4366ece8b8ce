"""The gate: what comes from people who are not answered goes no further."""

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop, ContextTypes, TypeHandler

from bot.asking.access import AccessDecision
from bot.asking.rate_limits import Decision, RateLimiter
from bot.context import HandlerContext
from bot.transport import delivery
from bot.views import messages

# Before all other handlers.
GROUP = -1
# Refusals a minute: of one person, and of all.
_REFUSALS = (1, 60)


class Gate:
    """Lets updates of admitted people through."""

    def __init__(self, services: HandlerContext) -> None:
        self._services = services
        self._refusals = RateLimiter(*_REFUSALS)

    def handler(self) -> TypeHandler[Update, ContextTypes.DEFAULT_TYPE, None]:
        """Return the handler, which belongs into `GROUP`."""
        return TypeHandler(Update, self._judge)

    async def _judge(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        if update.channel_post or update.edited_channel_post:
            return  # `bot.handlers.channels` knows which channels count.
        admission = self._services.access.admission(update)
        if admission is AccessDecision.ADMITTED:
            return
        if admission is AccessDecision.REFUSED:
            await self._refuse(update)
        raise ApplicationHandlerStop

    async def _refuse(self, update: Update) -> None:
        self._services.metrics.refused()
        words = messages.for_person(delivery.language_code(update))
        user, message = update.effective_user, update.message
        if update.callback_query:
            await delivery.answer_callback(update.callback_query, words.text("not_allowed"))
        elif update.inline_query:
            await update.inline_query.answer([], cache_time=0, is_personal=True)
        elif (
            message is not None
            and message.chat.type == ChatType.PRIVATE
            and user is not None
            and self._refusals.take(user.id) is Decision.TAKEN
        ):
            await delivery.send_text(message, words.text("not_allowed"))
