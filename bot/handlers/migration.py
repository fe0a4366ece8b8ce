"""Groups that become supergroups: their new id counts where the settings name the old one."""

import logging

from telegram import Bot, Update
from telegram.ext import ContextTypes, TypeHandler

from bot.context import HandlerContext
from bot.store.migrations import move_chat

# Handler group; it comes before the gate of access, which would refuse the new id.
GROUP = -4

_logger = logging.getLogger(__name__)


class MigrationHandler:
    """Follows groups to their new ids, and tells operators whose settings name the old one."""

    def __init__(self, context: HandlerContext) -> None:
        self._context = context

    def handler(self) -> TypeHandler[Update, ContextTypes.DEFAULT_TYPE, None]:
        """Return the handler; it belongs to `GROUP`."""
        return TypeHandler(Update, self._check)

    async def _check(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        # Telegram tells it in both chats, in any order.
        if message.migrate_to_chat_id is not None:
            old_id, new_id = message.chat_id, message.migrate_to_chat_id
        elif message.migrate_from_chat_id is not None:
            old_id, new_id = message.migrate_from_chat_id, message.chat_id
        else:
            return
        await self.follow(context.bot, old_id, new_id)

    async def follow(self, bot: Bot, old_id: int, new_id: int) -> None:
        """Follow a group to its new id, in the settings' lists and in all that is stored."""
        access = self._context.access
        access.follow(old_id, new_id)
        if not await move_chat(self._context.database, old_id, new_id):
            return
        _logger.warning("group %d has become supergroup %d", old_id, new_id)
        if not access.names(old_id):
            return
        await self._context.notices.send(bot, "group_moved", old=str(old_id), new=str(new_id))
