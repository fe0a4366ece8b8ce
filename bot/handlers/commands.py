"""Commands that say something: /start with its deep links, /help, /privacy, /forget."""

from typing import Any

from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot import bidi, delivery
from bot.addressing import place_of
from bot.services import Services
from bot.store.people import forget_person
from bot.texts import Texts


class Commands:
    """The bot's own words."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handlers of these commands, and of those that do not exist, which are last."""
        written = filters.UpdateType.MESSAGE
        return [
            CommandHandler("start", self._start, written),
            CommandHandler("help", self._help, written),
            CommandHandler("privacy", self._privacy, written),
            CommandHandler("forget", self._forget, written),
            # In a group a command without the bot's name may be another bot's.
            MessageHandler(written & filters.ChatType.PRIVATE & filters.COMMAND, self._unknown),
        ]

    async def _start(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, words = await self._begin(update)
        await delivery.say(message, words.say("start"))

    async def _help(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, words = await self._begin(update)
        await delivery.say(message, help_text(words, context.bot.username))

    async def _privacy(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, words = await self._begin(update)
        settings = self._services.settings
        hours = words.number(settings.conversation_hours)
        days = words.number(settings.keep_days)
        await delivery.say(message, words.say("privacy", hours=hours, days=days))

    async def _forget(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, words = await self._begin(update)
        place = place_of(message)
        if place is not None:
            async with self._services.turns.of(place):
                await forget_person(self._services.database, place.user_id)
        await delivery.say(message, words.say("forgotten"))

    async def _unknown(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, words = await self._begin(update)
        await delivery.say(message, words.say("unknown_command"))

    async def _begin(self, update: Update) -> tuple[Message, Texts]:
        message = update.effective_message
        assert message is not None  # the filters let nothing else through
        return message, await self._services.words(update)


def help_text(words: Texts, username: str) -> str:
    """Return the help, with the bot's own name for inline mode."""
    return words.say("help", mention=bidi.isolate(f"@{username}"))
