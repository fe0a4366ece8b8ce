"""Reactions to answers: thumbs up and down count as the buttons of feedback do, and mark them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from telegram import (
    Chat,
    MessageReactionUpdated,
    ReactionType,
    ReactionTypeEmoji,
    Update,
    User,
)
from telegram.constants import ReactionEmoji
from telegram.error import BadRequest
from telegram.ext import BaseHandler, ContextTypes, MessageReactionHandler

from bot.context import HandlerContext
from bot.handlers.answer_buttons import first_keyboard
from bot.store.exchanges import Exchange
from bot.store.feedback import delete_feedback, save_feedback
from bot.transport import delivery
from bot.views.messages import for_answer

_MEANINGS: Final[dict[str, bool]] = {
    ReactionEmoji.THUMBS_UP: True,
    ReactionEmoji.THUMBS_DOWN: False,
}


class ReactionHandlers:
    """Stores reactions to answers as feedback."""

    def __init__(self, context: HandlerContext) -> None:
        self._context = context

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handler of reactions; in groups an administrator bot gets them only."""
        return [
            MessageReactionHandler(
                self._react,
                message_reaction_types=MessageReactionHandler.MESSAGE_REACTION_UPDATED,
            )
        ]

    async def _react(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        reaction = update.message_reaction
        assert reaction is not None  # the handler gets reactions only
        before, now = _meaning(reaction.old_reaction), _meaning(reaction.new_reaction)
        actor = reaction.user or reaction.actor_chat
        if before == now or actor is None:
            return
        exchange = await self._context.exchanges.of_answer(reaction.chat.id, reaction.message_id)
        if exchange is None or not exchange.question:
            return
        async with self._context.chat_locks.hold(exchange.conversation_key):
            exchange = await self._context.exchanges.find(exchange.token, reaction.chat.id)
            # As with buttons, what counts is what the person says who asked.
            if exchange is None or not exchange.conversation_key.admits(actor.id):
                return
            exchange = replace(exchange, useful=now)
            if now is None:
                await delete_feedback(self._context.database, exchange.token)
            else:
                await save_feedback(self._context.database, exchange, useful=now)
            await self._context.exchanges.save(exchange)
            await self._mark(reaction, exchange, actor)

    async def _mark(
        self, reaction: MessageReactionUpdated, exchange: Exchange, actor: User | Chat
    ) -> None:
        """Show the feedback below an answer.

        Telegram does not tell which buttons a message has: those of an answer with several
        messages, or further pages, are not known.
        """
        if exchange.answer_messages != (reaction.message_id,) or not exchange.passages:
            return
        preferences = await self._context.preferences_of(actor, reaction.chat)
        messages = for_answer(exchange.language, preferences)
        keyboard = await first_keyboard(self._context, exchange, messages)
        try:
            await reaction.get_bot().edit_message_reply_markup(
                reaction.chat.id, reaction.message_id, reply_markup=keyboard
            )
        except BadRequest as error:
            if not delivery.is_not_modified(error):
                raise


def _meaning(reactions: Sequence[ReactionType]) -> bool | None:
    """Return whether reactions say that an answer was useful; None where they say neither."""
    meanings = {
        _MEANINGS.get(one.emoji) for one in reactions if isinstance(one, ReactionTypeEmoji)
    } - {None}
    return meanings.pop() if len(meanings) == 1 else None
