"""The bot is added to a group: it says how to ask there."""

from typing import Any, Final

from telegram import ChatMember, Update
from telegram.ext import BaseHandler, ChatMemberHandler, ContextTypes

from bot.asking.message_parsing import GROUPS
from bot.context import HandlerContext
from bot.transport import delivery
from retrieval.presentation import bidi

_OUTSIDE: Final = (ChatMember.LEFT, ChatMember.BANNED)
_INSIDE: Final = (ChatMember.MEMBER, ChatMember.ADMINISTRATOR)


class MembershipHandlers:
    """Greets the groups that the bot is added to."""

    def __init__(self, context: HandlerContext) -> None:
        self._context = context

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handler of changes of the bot's own membership."""
        return [ChatMemberHandler(self._greet, ChatMemberHandler.MY_CHAT_MEMBER)]

    async def _greet(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        change = update.my_chat_member
        assert change is not None  # the handler gets such updates only
        came = (
            change.old_chat_member.status in _OUTSIDE and change.new_chat_member.status in _INSIDE
        )
        if change.chat.type not in GROUPS or not came:
            return
        messages = await self._context.messages_for(update)
        text = messages.text("group_greeting", mention=bidi.isolate(f"@{context.bot.username}"))
        # An administrator gets all messages, whatever the privacy mode is.
        is_administrator = change.new_chat_member.status == ChatMember.ADMINISTRATOR
        if not is_administrator and not context.bot.can_read_all_group_messages:
            text = f"{text.strip()}\n\n{messages.text('group_privacy').strip()}"
        await delivery.send(context.bot, change.chat.id, text)
