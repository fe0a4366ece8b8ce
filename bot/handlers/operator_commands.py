"""Operators' commands /stats, /reload and /remove; unknown commands to everybody else."""

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
from bot.store.user_data import read_usage
from bot.transport import delivery
from index.errors import KhazarError
from retrieval.presentation import bidi

_HOUR = 3600.0


class FromOperator(filters.UpdateFilter):
    """Admits messages of operators in their private chats."""

    def __init__(self, access: Access) -> None:
        super().__init__(name="operator")
        self._access = access

    def filter(self, update: Update) -> bool:
        """Return whether an update is an operator's message."""
        return update.message is not None and self._access.is_operator(update)


class OperatorCommandHandlers:
    """Handles operators' commands."""

    def __init__(
        self, context: HandlerContext, posts: PostStore, post_indexer: PostIndexer | None
    ) -> None:
        """Handle commands.

        Args:
            context: the parts that handlers share.
            posts: queues the articles to remove.
            post_indexer: removes them; None: the bot does not change the index.
        """
        self._context = context
        self._posts = posts
        self._post_indexer = post_indexer
        self._started = time.monotonic()

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handlers; they come before the handler of unknown commands."""
        operator = FromOperator(self._context.access)
        handlers: list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]] = [
            CommandHandler("stats", self._stats, operator),
            CommandHandler("reload", self._reload, operator),
        ]
        if self._post_indexer is not None:
            handlers.append(CommandHandler("remove", self._remove, operator))
        return handlers

    async def _stats(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        messages = await self._context.messages_for(update)
        info = await self._context.retriever.index_info()
        usage = await read_usage(self._context.database)
        hours = (time.monotonic() - self._started) / _HOUR
        text = messages.text(
            "stats",
            articles=messages.number(info.articles),
            passages=messages.number(info.passages),
            days=messages.date_range(info.first_date, info.last_date)
            or messages.text("stats_undated"),
            snapshot=bidi.isolate(info.snapshot),
            questions=messages.number(usage.questions),
            people=messages.number(usage.people),
            found=messages.number(usage.found),
            useful=messages.number(usage.useful),
            not_useful=messages.number(usage.not_useful),
            queue=messages.number(self._context.queue_length()),
            uptime=messages.number(hours, 1),
        )
        await delivery.send_text(message, text)

    async def _reload(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """Open the published snapshot, and read access lists and rate limits again."""
        message = _message(update)
        messages = await self._context.messages_for(update)
        try:
            settings = self._context.load_settings()
        except KhazarError as error:
            reason = bidi.isolate(str(error))
            await delivery.send_text(message, messages.text("reload_failed", reason=reason))
            return
        self._context.access.reload(settings)
        total = settings.questions_per_minute
        self._context.rate_limiter.set_limits(settings.user_questions_per_minute, total)
        self._context.request_rate_limiter.set_limits(settings.user_requests_per_minute)
        self._context.inline_rate_limiter.set_limits(settings.user_inline_queries_per_minute, total)
        if await self._context.retriever.refresh():
            info = await self._context.retriever.index_info()
            text = messages.text("reload_new", snapshot=bidi.isolate(info.snapshot))
        else:
            text = messages.text("reload_same")
        if self._post_indexer is not None:
            await self._posts.requeue_all()
            self._post_indexer.notify()
        await delivery.send_text(message, text)

    async def _remove(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        messages = await self._context.messages_for(update)
        typed = after_command(message.text or "")
        article_id = await self._article_id(typed, context)
        if article_id is None or self._post_indexer is None:
            await delivery.send_text(message, messages.text("remove_usage"))
            return
        await self._posts.remove(article_id)
        self._post_indexer.notify()
        await delivery.send_text(message, messages.text("remove_done", id=bidi.isolate(article_id)))

    async def _article_id(self, typed: str, context: ContextTypes.DEFAULT_TYPE) -> str | None:
        """Return the article id for a post's link or an id; None when there is no such article."""
        link = parse_link(typed)
        if link is None:
            found = await self._context.retriever.article(typed)
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
    assert message is not None  # the filter admits messages only
    return message
