"""The bot's own membership: it greets groups, and tells operators of channels."""

from typing import Any, Final

from telegram import Bot, ChatMember, ChatMemberUpdated, Update
from telegram.constants import ChatType
from telegram.ext import BaseHandler, ChatMemberHandler, ContextTypes

from bot.asking.message_parsing import GROUPS
from bot.context import HandlerContext
from bot.transport import delivery
from retrieval.presentation import bidi

_MAX_TITLE: Final = 100
_OUTSIDE: Final = (ChatMember.LEFT, ChatMember.BANNED)
_INSIDE: Final = (ChatMember.MEMBER, ChatMember.ADMINISTRATOR)


class MembershipHandlers:
    """Greets the groups that the bot is added to, and tells of channels that it administers."""

    def __init__(self, context: HandlerContext) -> None:
        self._context = context

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handler of changes of the bot's own membership."""
        return [ChatMemberHandler(self._on_change, ChatMemberHandler.MY_CHAT_MEMBER)]

    async def _on_change(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        change = update.my_chat_member
        assert change is not None  # the handler gets such updates only
        if change.chat.type == ChatType.CHANNEL:
            await self._tell_of_channel(context.bot, change)
        else:
            await self._greet(update, context, change)

    async def _tell_of_channel(self, bot: Bot, change: ChatMemberUpdated) -> None:
        """Tell operators that the bot gets the posts of a channel, and whether it indexes them."""
        chat = change.chat
        names = {chat.id, (chat.username or "").lower()}
        is_indexed = bool(names & set(self._context.settings.channels))
        await self._context.notices.report(
            bot,
            f"channel {chat.id}",
            change.new_chat_member.status == ChatMember.ADMINISTRATOR,
            "notice_channel_indexed" if is_indexed else "notice_channel",
            title=bidi.isolate((chat.title or "")[:_MAX_TITLE]),
            id=bidi.isolate(str(chat.id)),
        )

    async def _greet(
        self, update: Update, context: ContextTypes.DEFAULT_TYPE, change: ChatMemberUpdated
    ) -> None:
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
