"""Access control: updates of users and chats without access reach no other handler."""

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop, ContextTypes, TypeHandler

from bot.asking.access import AccessDecision
from bot.asking.rate_limits import Decision, RateLimiter
from bot.context import HandlerContext
from bot.transport import delivery
from bot.views.messages import for_person

# Handler group; it comes before all other handlers.
GROUP = -3
# Refusals per minute: to one user, and to all.
_REFUSALS = (1, 60)


class AccessGate:
    """Admits updates of users and chats that have access."""

    def __init__(self, context: HandlerContext) -> None:
        self._context = context
        self._refusals = RateLimiter(*_REFUSALS)

    def handler(self) -> TypeHandler[Update, ContextTypes.DEFAULT_TYPE, None]:
        """Return the handler; it belongs to `GROUP`."""
        return TypeHandler(Update, self._check)

    async def _check(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        if update.channel_post or update.edited_channel_post:
            return  # `bot.handlers.channel_posts` decides about these.
        decision = self._context.access.decide(update)
        if decision is AccessDecision.ADMITTED:
            return
        if decision is AccessDecision.REFUSED:
            await self._refuse(update)
        raise ApplicationHandlerStop

    async def _refuse(self, update: Update) -> None:
        self._context.metrics.refused()
        messages = for_person(delivery.language_code(update))
        user, message = update.effective_user, update.message
        if update.callback_query:
            await delivery.answer_callback(update.callback_query, messages.text("not_allowed"))
        elif update.inline_query:
            await update.inline_query.answer([], cache_time=0, is_personal=True)
        elif (
            message is not None
            and message.chat.type == ChatType.PRIVATE
            and user is not None
            and self._refusals.take(user.id) is Decision.TAKEN
        ):
            await delivery.send_text(message, messages.text("not_allowed"))
