"""Preferences: /settings, /language, /source and /period, and the buttons under them.

In a group its administrators set them for all members.
"""

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

from bot.asking.administrators import administers
from bot.asking.message_parsing import after_command, conversation_key, is_group
from bot.context import HandlerContext
from bot.store.exchanges import ConversationKey
from bot.store.preferences import Preferences
from bot.transport import delivery
from bot.views.preference_keyboards import (
    GROUP_SCOPE,
    PATTERN,
    choose,
    for_group,
    language_panel,
    period_panel,
    period_text,
    settings_panel,
    source_panel,
    source_text,
)
from bot.views.render import render_text
from index.search_index import NO_FILTER
from retrieval.errors import QuestionError
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages

# A message's text and its buttons.
Panel = tuple[str, InlineKeyboardMarkup | None]


class PreferenceHandlers:
    """Shows preferences of users and groups and changes them.

    In a group an administrator gets the group's; everybody else, who could press no button there,
    gets a link to the private chat.
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
            CommandHandler("period", self.period, written),
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
        typed = _typed(message)
        if typed and sender is not None:
            await self._choose_source(update, message, typed)
        else:
            await self._show(update, context, "agency")

    async def _choose_source(self, update: Update, message: Message, typed: str) -> None:
        messages = await self._context.messages_for(update, typed)
        try:
            agencies = await self._context.retriever.resolve_agency(typed)
        except QuestionError:
            await delivery.send_text(
                message, messages.text("source_unknown", source=bidi.isolate(typed))
            )
            return
        await self._change(update, message, messages, agencies=agencies)

    async def period(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Show the days that are searched, or choose those in the message."""
        message = update.effective_message
        assert message is not None  # the filters admit messages only
        typed = _typed(message)
        if not typed:
            await self._show(update, context, "period")
            return
        messages = await self._context.messages_for(update, typed)
        try:
            limits = await self._context.retriever.read_filter(typed)
        except QuestionError:
            limits = NO_FILTER
        if not (limits.since or limits.until):
            await delivery.send_text(message, messages.text("period_unknown"))
            return
        await self._change(update, message, messages, since=limits.since, until=limits.until)

    async def _change(
        self, update: Update, message: Message, messages: Messages, **changes: Any
    ) -> None:
        """Change the preferences of the sender, or of the group whose administrator wrote."""
        sender = update.effective_sender
        if sender is None:
            return
        is_for_group = await _is_from_administrator(message)
        owner = message.chat_id if is_for_group else sender.id
        async with self._context.chat_locks.hold(ConversationKey(message.chat_id, owner)):
            chosen = replace(await self._context.preferences.get(owner), **changes)
            await self._context.preferences.set(owner, chosen)
        shown = period_text if "since" in changes else source_text
        text = shown(chosen, messages)
        await delivery.send_text(
            message, messages.text("settings_group", text=text) if is_for_group else text
        )

    async def _show(self, update: Update, context: ContextTypes.DEFAULT_TYPE, field: str) -> None:
        message = update.effective_message
        assert message is not None  # the filters admit messages only
        messages = await self._context.messages_for(update)
        if await _is_from_administrator(message):
            group = await self._context.preferences.get(message.chat_id)
            text, panel = await self._panel(field, group, messages)
            await delivery.send_text(
                message, messages.text("settings_group", text=text), for_group(panel)
            )
            return
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
        is_for_group = match["scope"] == GROUP_SCOPE
        if is_for_group and not await administers(query.from_user.id, message):
            messages = await self._context.messages_for(update)
            await delivery.answer_callback(query, messages.text("not_administrator"), alert=True)
            return
        owner = message.chat_id if is_for_group else query.from_user.id
        async with self._context.chat_locks.hold(ConversationKey(message.chat_id, owner)):
            before = await self._context.preferences.get(owner)
            agencies = [name for name, _ in await self._context.retriever.agencies()]
            chosen = choose(before, match["field"], match["value"], agencies)
            if chosen is None:
                messages = await self._context.messages_for(update)
                await delivery.answer_callback(query, messages.text("stale"), alert=True)
                return
            await self._context.preferences.set(owner, chosen)
            messages = await self._context.messages_for(update)
            await delivery.answer_callback(query)
            # /language and /settings both offer the language.
            rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
            field = match["field"]
            if len(rows) > 1 and field not in ("agency", "period"):
                field = "settings"
            text, keyboard = await self._panel(field, chosen, messages)
            if is_for_group:
                text, keyboard = messages.text("settings_group", text=text), for_group(keyboard)
            await delivery.replace(message, [message.message_id], render_text(text), keyboard)

    async def _panel(self, field: str, choices: Preferences, messages: Messages) -> Panel:
        if field == "agency":
            return source_panel(choices, messages, await self._context.retriever.agencies())
        if field == "period":
            return period_panel(choices, messages)
        if field == "language":
            return language_panel(choices, messages)
        return settings_panel(choices, messages, self._context.settings.passages)


def _typed(message: Message) -> str:
    """Return what stands after a command; the payload of a deep link does not count."""
    text = message.text or ""
    return "" if text.startswith("/start") else after_command(text)


async def _is_from_administrator(message: Message) -> bool:
    """Return whether a group's administrator wrote a message, under their name or the group's."""
    key = conversation_key(message)
    return key is not None and await administers(key.user_id, message)


_LINKS = {
    "settings": "settings",
    "language": "language",
    "agency": "source",
    "period": "period",
}
