"""Commands of operators: /stats, /reload, /remove. To everybody else they do not exist."""

import time
from typing import Any

from telegram import Message, Update
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, filters

from bot.asking.access import Access
from bot.asking.message_parsing import after_command
from bot.channels.post_indexer import PostIndexer
from bot.channels.posts import parse_link, post_id
from bot.context import HandlerContext
from bot.store.posts import PostStore
from bot.store.user_data import usage
from bot.transport import delivery
from bot.views import bidi
from index.errors import KhazarError

_HOUR = 3600.0


class FromOperator(filters.UpdateFilter):
    """Lets through what operators write in their private chats."""

    def __init__(self, access: Access) -> None:
        super().__init__(name="operator")
        self._access = access

    def filter(self, update: Update) -> bool:
        """Tell whether an update is an operator's."""
        return update.message is not None and self._access.is_operator(update)


class Operators:
    """Carries out operators' commands."""

    def __init__(
        self, services: HandlerContext, posts: PostStore, feed: PostIndexer | None
    ) -> None:
        """Carry out commands.

        Args:
            services: what handlers share.
            posts: what is to be taken out of the index.
            feed: takes it out; None: the index is not changed by the bot.
        """
        self._services = services
        self._posts = posts
        self._feed = feed
        self._started = time.monotonic()

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handlers, which come before that of unknown commands."""
        operator = FromOperator(self._services.access)
        found: list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]] = [
            CommandHandler("stats", self._stats, operator),
            CommandHandler("reload", self._reload, operator),
        ]
        if self._feed is not None:
            found.append(CommandHandler("remove", self._remove, operator))
        return found

    async def _stats(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        words = await self._services.words(update)
        facts = await self._services.archive.facts()
        used = await usage(self._services.database)
        hours = (time.monotonic() - self._started) / _HOUR
        text = words.text(
            "stats",
            articles=words.number(facts.articles),
            passages=words.number(facts.passages),
            days=words.days(facts.first_date, facts.last_date) or words.text("stats_undated"),
            snapshot=bidi.isolate(facts.snapshot),
            questions=words.number(used.questions),
            people=words.number(used.people),
            found=words.number(used.found),
            useful=words.number(used.useful),
            not_useful=words.number(used.not_useful),
            queue=words.number(self._services.waiting()),
            uptime=words.number(hours, 1),
        )
        await delivery.send_text(message, text)

    async def _reload(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """Take the published snapshot, and read who is answered and how much anew."""
        message = _message(update)
        words = await self._services.words(update)
        try:
            settings = self._services.load_settings()
        except KhazarError as error:
            reason = bidi.isolate(str(error))
            await delivery.send_text(message, words.text("reload_failed", reason=reason))
            return
        self._services.access.reload(settings)
        of_all = settings.questions_per_minute
        self._services.limits.change(settings.user_questions_per_minute, of_all)
        self._services.inline_limits.change(settings.user_inline_queries_per_minute, of_all)
        if await self._services.archive.refresh():
            facts = await self._services.archive.facts()
            text = words.text("reload_new", snapshot=bidi.isolate(facts.snapshot))
        else:
            text = words.text("reload_same")
        if self._feed is not None:
            await self._posts.requeue_all()
            self._feed.notify()
        await delivery.send_text(message, text)

    async def _remove(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        words = await self._services.words(update)
        typed = after_command(message.text or "")
        article_id = await self._article_id(typed, context)
        if article_id is None or self._feed is None:
            await delivery.send_text(message, words.text("remove_usage"))
            return
        await self._posts.remove(article_id)
        self._feed.notify()
        await delivery.send_text(message, words.text("remove_done", id=bidi.isolate(article_id)))

    async def _article_id(self, typed: str, context: ContextTypes.DEFAULT_TYPE) -> str | None:
        """Return the id of the article that somebody names: a post's link, or the id itself."""
        link = parse_link(typed)
        if link is None:
            found = await self._services.archive.article(typed)
            return None if found is None else found.id
        channel, number = link
        if isinstance(channel, int):
            return post_id(channel, number)
        try:
            chat = await context.bot.get_chat(f"@{channel}")
        except TelegramError:
            return None
        return post_id(chat.id, number)


def _message(update: Update) -> Message:
    message = update.message
    assert message is not None  # the filter lets nothing else through
    return message
