"""What the bot stores about a person: /privacy says it, /export sends it, /forget deletes it."""

import json
from typing import Any, Final

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, filters

from bot.asking.message_parsing import conversation_key
from bot.context import HandlerContext
from bot.store.user_data import delete_user_data, read_user_data
from bot.transport import delivery
from retrieval.presentation.messages import Messages

_FILE_NAME: Final = "khazar.json"


class OwnDataHandlers:
    """Handles the commands about a person's own data."""

    def __init__(self, context: HandlerContext) -> None:
        self._context = context

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handlers."""
        written = filters.UpdateType.MESSAGE
        return [
            CommandHandler("privacy", self.privacy, written),
            CommandHandler("export", self._export, written),
            CommandHandler("forget", self._forget, written),
        ]

    async def privacy(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """Say what is stored."""
        message, messages = await self._message_and_texts(update)
        settings = self._context.settings
        hours = messages.text("hours", count=settings.conversation_hours)
        days = messages.text("days", count=settings.keep_days)
        text = messages.text("privacy", hours=hours, days=days)
        if settings.unanswered:
            text = f"{text.strip()}\n\n{messages.text('privacy_unanswered').strip()}"
        await delivery.send_text(message, text)

    async def _export(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """Send a person their data, where nobody else reads it."""
        message, messages = await self._message_and_texts(update)
        if message.chat.type != ChatType.PRIVATE:
            await delivery.send_text(message, messages.text("export_private"))
            return
        data = await read_user_data(self._context.database, message.chat_id)
        content = json.dumps(data, ensure_ascii=False, indent=2).encode()
        await message.reply_document(
            content, filename=_FILE_NAME, caption=messages.text("exported"), do_quote=True
        )

    async def _forget(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, messages = await self._message_and_texts(update)
        key = conversation_key(message)
        if key is not None:
            async with self._context.chat_locks.hold(key):
                await delete_user_data(self._context.database, key.user_id)
                await self._context.empty_logs()
        await delivery.send_text(message, messages.text("forgotten"))

    async def _message_and_texts(self, update: Update) -> tuple[Message, Messages]:
        message = update.effective_message
        assert message is not None  # the filters admit messages only
        return message, await self._context.messages_for(update)
