"""Limit on everything that makes the bot send something: one person's flood holds up nobody."""

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop, ContextTypes, TypeHandler

from bot.asking.message_parsing import content_of, is_group
from bot.asking.rate_limits import Decision
from bot.context import HandlerContext
from bot.transport import delivery

# Handler group; it comes after the gate of access and before all other handlers.
GROUP = -1


class RequestGate:
    """Admits as many messages, commands and presses of buttons as the limits allow.

    In a group those of all members count together, too. Messages there that are no commands are not
    counted here: most are not for the bot, and those that are count as questions.
    """

    def __init__(self, context: HandlerContext) -> None:
        self._context = context

    def handler(self) -> TypeHandler[Update, ContextTypes.DEFAULT_TYPE, None]:
        """Return the handler; it belongs to `GROUP`."""
        return TypeHandler(Update, self._check)

    async def _check(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, query = update.message or update.edited_message, update.callback_query
        if query is None and (message is None or not _may_be_answered(message)):
            return
        decision = self._decide(update)
        if decision is Decision.TAKEN:
            return
        self._context.metrics.refused()
        if query is not None:
            # Without an answer the app shows a waiting button for long.
            await delivery.answer_callback(query, await self._too_many(update))
        elif decision is Decision.REFUSED and message is not None and not is_group(message):
            await delivery.send_text(message, await self._too_many(update))
        raise ApplicationHandlerStop

    def _decide(self, update: Update) -> Decision:
        sender, chat = update.effective_sender, update.effective_chat
        limiter = self._context.request_rate_limiter
        decision = Decision.TAKEN
        # In a private chat the two ids are the same.
        for request_of in dict.fromkeys(one.id for one in (sender, chat) if one is not None):
            if decision is Decision.TAKEN:
                decision = limiter.take(request_of)
        return decision

    async def _too_many(self, update: Update) -> str:
        messages = await self._context.messages_for(update)
        return messages.text("too_many")


def _may_be_answered(message: Message) -> bool:
    if message.chat.type == ChatType.PRIVATE:
        return True
    return is_group(message) and content_of(message).lstrip().startswith("/")
