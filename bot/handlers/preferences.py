"""Preferences: /settings, /language and /source, and the buttons under them."""

from dataclasses import replace
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    filters,
)
from telegram.helpers import create_deep_linked_url

from bot.asking.message_parsing import after_command, is_group
from bot.context import HandlerContext
from bot.store.exchanges import ConversationKey
from bot.store.preferences import Preferences
from bot.transport import delivery
from bot.views.preference_keyboards import (
    PATTERN,
    choose,
    language_panel,
    settings_panel,
    source_panel,
    source_text,
)
from bot.views.render import render_text
from retrieval.errors import QuestionError
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages

# A message's text and its buttons.
Panel = tuple[str, InlineKeyboardMarkup | None]


class PreferenceHandlers:
    """Shows users' preferences and changes them.

    In a group, where everybody could press the buttons, a link to the private chat is sent.
    """

    def __init__(self, context: HandlerContext) -> None:
        self._context = context

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handlers of the commands and the buttons."""
        written = filters.UpdateType.MESSAGE
        return [
            CommandHandler("settings", self.settings, written),
            CommandHandler("language", self.language, written),
            CommandHandler("source", self.source, written),
            CallbackQueryHandler(self._choose, PATTERN),
        ]

    async def settings(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Show all preferences."""
        await self._show(update, context, "settings")

    async def language(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Show the choice of language."""
        await self._show(update, context, "language")

    async def source(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Show the agencies, or choose the agency in the message."""
        message = update.effective_message
        sender = update.effective_sender
        assert message is not None  # the filters admit messages only
        text = message.text or ""
        # The payload of a deep link is not an agency.
        typed = "" if text.startswith("/start") else after_command(text)
        if typed and sender is not None:
            await self._choose_source(update, message, typed, sender.id)
        else:
            await self._show(update, context, "agency")

    async def _choose_source(
        self, update: Update, message: Message, typed: str, sender_id: int
    ) -> None:
        messages = await self._context.messages_for(update, typed)
        try:
            agencies = await self._context.retriever.resolve_agency(typed)
        except QuestionError:
            await delivery.send_text(
                message, messages.text("source_unknown", source=bidi.isolate(typed))
            )
            return
        before = await self._context.preferences.get(sender_id)
        chosen = replace(before, agencies=agencies)
        await self._context.preferences.set(sender_id, chosen)
        await delivery.send_text(message, source_text(chosen, messages))

    async def _show(self, update: Update, context: ContextTypes.DEFAULT_TYPE, field: str) -> None:
        message = update.effective_message
        assert message is not None  # the filters admit messages only
        messages = await self._context.messages_for(update)
        if is_group(message):
            link = create_deep_linked_url(context.bot.username, _LINKS[field])
            button = InlineKeyboardButton(messages.text("settings_open"), url=link)
            keyboard = InlineKeyboardMarkup([[button]])
            await delivery.send_text(message, messages.text("settings_private"), keyboard)
            return
        choices = await self._context.preferences_of(update.effective_sender)
        text, panel = await self._panel(field, choices, messages)
        await delivery.send_text(message, text, panel)

    async def _choose(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None  # the handler gets callback queries only
        match = PATTERN.fullmatch(query.data or "")
        message = query.message
        if match is None or not isinstance(message, Message):
            messages = await self._context.messages_for(update)
            await delivery.answer_callback(query, messages.text("stale"), alert=True)
            return
        async with self._context.chat_locks.hold(
            ConversationKey(message.chat_id, query.from_user.id)
        ):
            before = await self._context.preferences_of(query.from_user)
            agencies = [name for name, _ in await self._context.retriever.agencies()]
            chosen = choose(before, match["field"], match["value"], agencies)
            if chosen is None:
                messages = await self._context.messages_for(update)
                await delivery.answer_callback(query, messages.text("stale"), alert=True)
                return
            await self._context.preferences.set(query.from_user.id, chosen)
            messages = await self._context.messages_for(update)
            await delivery.answer_callback(query)
            # /language and /settings both offer the language.
            rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
            field = "settings" if len(rows) > 1 and match["field"] != "agency" else match["field"]
            text, keyboard = await self._panel(field, chosen, messages)
            await delivery.replace(message, [message.message_id], render_text(text), keyboard)

    async def _panel(self, field: str, choices: Preferences, messages: Messages) -> Panel:
        if field == "agency":
            return source_panel(choices, messages, await self._context.retriever.agencies())
        if field == "language":
            return language_panel(choices, messages)
        return settings_panel(choices, messages, self._context.settings.passages)


_LINKS = {"settings": "settings", "language": "language", "agency": "source"}
