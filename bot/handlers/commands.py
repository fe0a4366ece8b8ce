"""Commands that say something: /start with its deep links, /help, /privacy, /forget."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot.asking.message_parsing import after_command, conversation_key
from bot.context import HandlerContext
from bot.store.exchanges import ConversationKey, Exchange, ShownPassage, new_token
from bot.store.links import linked_article, payload_token
from bot.store.user_data import forget_person
from bot.transport import delivery
from bot.views import bidi
from bot.views.articles import article_pages
from bot.views.keyboards import article_keyboard
from bot.views.messages import Messages

DeepLink = Callable[[Update, ContextTypes.DEFAULT_TYPE], Awaitable[None]]


class CommandHandlers:
    """The bot's own words."""

    def __init__(self, services: HandlerContext, deep_links: Mapping[str, DeepLink]) -> None:
        """Answer with words alone.

        Args:
            services: what handlers share.
            deep_links: what `t.me/bot?start=NAME` does, by its name, besides what is done here.
        """
        self._services = services
        self._deep_links = {"help": self._help, "privacy": self._privacy, **deep_links}

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

    async def _start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, words = await self._begin(update)
        payload = after_command(message.text or "")
        if payload in self._deep_links:
            await self._deep_links[payload](update, context)
            return
        if token := payload_token(payload):
            await self._open_article(message, words, token)
            return
        await delivery.send_text(message, words.text("start"))

    async def _help(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, words = await self._begin(update)
        mention = bidi.isolate(f"@{context.bot.username}")
        await delivery.send_text(message, words.text("help", mention=mention))

    async def _privacy(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, words = await self._begin(update)
        settings = self._services.settings
        hours = words.number(settings.conversation_hours)
        days = words.number(settings.keep_days)
        await delivery.send_text(message, words.text("privacy", hours=hours, days=days))

    async def _forget(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, words = await self._begin(update)
        place = conversation_key(message)
        if place is not None:
            async with self._services.turns.of(place):
                await forget_person(self._services.database, place.user_id)
        await delivery.send_text(message, words.text("forgotten"))

    async def _unknown(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, words = await self._begin(update)
        await delivery.send_text(message, words.text("unknown_command"))

    async def _open_article(self, message: Message, words: Messages, link: str) -> None:
        place = conversation_key(message)
        article_id = await linked_article(self._services.database, link)
        article = None if article_id is None else await self._services.archive.article(article_id)
        if article is None or place is None:
            await delivery.send_text(message, words.text("gone"))
            return
        exchange = await self._article_exchange(place, article.id, words)
        pages = article_pages(article, words, None)
        keyboard = article_keyboard(exchange.token, 1, 1, len(pages), words)
        await delivery.reply(message, pages[:1], keyboard)

    async def _article_exchange(
        self, place: ConversationKey, article_id: str, words: Messages
    ) -> Exchange:
        """Keep what the buttons that turn an article's pages need: an exchange of no question."""
        facts = await self._services.archive.facts()
        exchange = Exchange(
            token=new_token(),
            place=place,
            question="",
            language=words.language,
            snapshot=facts.snapshot,
            passages=(ShownPassage(article_id, (), 0.0),),
        )
        await self._services.exchanges.keep(exchange)
        return exchange

    async def _begin(self, update: Update) -> tuple[Message, Messages]:
        message = update.effective_message
        assert message is not None  # the filters let nothing else through
        return message, await self._services.words(update)
