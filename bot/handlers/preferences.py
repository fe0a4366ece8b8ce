"""What people choose: /settings, /language and /source, and the buttons of their panels."""

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
from bot.views import bidi
from bot.views.messages import Messages
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

Panel = tuple[str, InlineKeyboardMarkup | None]


class PreferencePanels:
    """Shows panels and does what their buttons say.

    In a group the panels would be everybody's; there a button leads to the private chat.
    """

    def __init__(self, services: HandlerContext) -> None:
        self._services = services

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
        """Show all that can be chosen."""
        await self._show(update, context, "settings")

    async def language(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Show the languages."""
        await self._show(update, context, "language")

    async def source(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Show the agencies, or choose the one that is named."""
        message = update.effective_message
        user = update.effective_user
        assert message is not None  # the filters let nothing else through
        text = message.text or ""
        # A deep link's own word is no agency's name.
        typed = "" if text.startswith("/start") else after_command(text)
        if typed and user is not None:
            await self._choose_source(update, message, typed, user.id)
        else:
            await self._show(update, context, "agency")

    async def _choose_source(
        self, update: Update, message: Message, typed: str, user_id: int
    ) -> None:
        words = await self._services.words(update, typed)
        try:
            agencies = await self._services.archive.resolve_agency(typed)
        except QuestionError:
            await delivery.send_text(
                message, words.text("source_unknown", source=bidi.isolate(typed))
            )
            return
        before = await self._services.preferences.get(user_id)
        chosen = replace(before, agencies=agencies)
        await self._services.preferences.set(user_id, chosen)
        await delivery.send_text(message, source_text(chosen, words))

    async def _show(self, update: Update, context: ContextTypes.DEFAULT_TYPE, field: str) -> None:
        message = update.effective_message
        assert message is not None  # the filters let nothing else through
        words = await self._services.words(update)
        if is_group(message):
            link = create_deep_linked_url(context.bot.username, _LINKS[field])
            button = InlineKeyboardButton(words.text("settings_open"), url=link)
            keyboard = InlineKeyboardMarkup([[button]])
            await delivery.send_text(message, words.text("settings_private"), keyboard)
            return
        choices = await self._services.choices(update.effective_user)
        text, panel = await self._panel(field, choices, words)
        await delivery.send_text(message, text, panel)

    async def _choose(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None  # the handler lets nothing else through
        match = PATTERN.fullmatch(query.data or "")
        message = query.message
        if match is None or not isinstance(message, Message):
            words = await self._services.words(update)
            await delivery.answer_callback(query, words.text("stale"), alert=True)
            return
        async with self._services.turns.of(ConversationKey(message.chat_id, query.from_user.id)):
            before = await self._services.choices(query.from_user)
            agencies = [name for name, _ in await self._services.archive.agencies()]
            chosen = choose(before, match["field"], match["value"], agencies)
            if chosen is None:
                words = await self._services.words(update)
                await delivery.answer_callback(query, words.text("stale"), alert=True)
                return
            await self._services.preferences.set(query.from_user.id, chosen)
            words = await self._services.words(update)
            await delivery.answer_callback(query)
            # /language and /settings both have the languages.
            rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
            field = "settings" if len(rows) > 1 and match["field"] != "agency" else match["field"]
            text, keyboard = await self._panel(field, chosen, words)
            await delivery.replace(message, [message.message_id], render_text(text), keyboard)

    async def _panel(self, field: str, choices: Preferences, words: Messages) -> Panel:
        if field == "agency":
            return source_panel(choices, words, await self._services.archive.agencies())
        if field == "language":
            return language_panel(choices, words)
        return settings_panel(choices, words, self._services.settings.passages)


_LINKS = {"settings": "settings", "language": "language", "agency": "source"}
