"""Operators' commands; unknown commands to everybody else."""

import re
import time
from collections.abc import Sequence
from typing import Any, Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.error import TelegramError
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    filters,
)

from bot.asking.access import Access
from bot.asking.message_parsing import after_command
from bot.channels.post_indexer import PostIndexer
from bot.channels.posts import parse_link, post_id
from bot.context import HandlerContext
from bot.store.links import link_token, linked_article, remember_links
from bot.store.posts import PostStore
from bot.store.unanswered import read_unanswered
from bot.store.user_data import read_usage
from bot.transport import delivery
from bot.views.render import render_text
from index.errors import KhazarError
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages

_HOUR = 3600.0
_PATTERN: Final = re.compile(r"x:remove:(?P<token>[A-Za-z0-9_-]{16})")
_MAX_CHOICES: Final = 10
_MAX_TITLE: Final = 60
_MAX_UNANSWERED: Final = 20
_MAX_QUESTION: Final = 150


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
        if self._context.settings.unanswered:
            handlers.append(CommandHandler("unanswered", self._unanswered, operator))
        if self._post_indexer is not None:
            handlers.append(CommandHandler("remove", self._remove, operator))
            handlers.append(CallbackQueryHandler(self._on_press, _PATTERN))
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

    async def _unanswered(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """Show what several people have asked in vain."""
        message = _message(update)
        messages = await self._context.messages_for(update)
        found = await read_unanswered(self._context.database, _MAX_UNANSWERED)
        if not found:
            await delivery.send_text(message, messages.text("unanswered_none"))
            return
        lines = [
            messages.text(
                "unanswered_line",
                question=bidi.isolate(one.question[:_MAX_QUESTION]),
                people=messages.number(one.people),
            )
            for one in found
        ]
        await delivery.send_text(message, "\n".join([messages.text("unanswered"), *lines]))

    async def _remove(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        messages = await self._context.messages_for(update)
        typed = after_command(message.text or "")
        article_ids = (
            await self._named_articles(typed, context)
            if typed
            else await self._replied_articles(message)
        )
        keyboard = None
        if article_ids is None:
            text = messages.text("remove_usage")
        elif not article_ids:
            text = messages.text("remove_unknown")
        elif len(article_ids) == 1:
            text = await self._remove_article(article_ids[0], messages)
        else:
            text, keyboard = messages.text("remove_which"), await self._choices(article_ids)
        await delivery.send_text(message, text, keyboard)

    async def _on_press(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None  # the handler gets callback queries only
        match = _PATTERN.fullmatch(query.data or "")
        messages = await self._context.messages_for(update)
        article_id = None
        if match is not None and self._context.access.is_operator(update):
            article_id = await linked_article(self._context.database, match["token"])
        if article_id is None or not isinstance(query.message, Message):
            await delivery.answer_callback(query, messages.text("stale"), alert=True)
            return
        await delivery.answer_callback(query)
        text = await self._remove_article(article_id, messages)
        shown = query.message
        await delivery.replace(shown, [shown.message_id], render_text(text))

    async def _remove_article(self, article_id: str, messages: Messages) -> str:
        """Queue an article to be removed; return what to say about it."""
        await self._posts.remove(article_id, keep_out=True)
        if self._post_indexer is not None:
            self._post_indexer.notify()
        return messages.text("remove_done", id=bidi.isolate(article_id))

    async def _choices(self, article_ids: Sequence[str]) -> InlineKeyboardMarkup:
        """Return a button for each article, with its title."""
        await remember_links(self._context.database, article_ids)
        rows = []
        for article_id in article_ids[:_MAX_CHOICES]:
            article = await self._context.retriever.article(article_id)
            title = article.title[:_MAX_TITLE] if article is not None else article_id[:_MAX_TITLE]
            data = f"x:remove:{link_token(article_id)}"
            rows.append([InlineKeyboardButton(title, callback_data=data)])
        return InlineKeyboardMarkup(rows)

    async def _replied_articles(self, message: Message) -> list[str] | None:
        """Return the articles of the answer that a message replies to; None: it does not."""
        replied = message.reply_to_message
        if replied is None:
            return None
        found = await self._context.exchanges.of_answer(message.chat_id, replied.message_id)
        if found is None:
            return None
        return list(dict.fromkeys(passage.article_id for passage in found.passages))

    async def _named_articles(self, typed: str, context: ContextTypes.DEFAULT_TYPE) -> list[str]:
        """Return the articles that an id, an address or an agency's number names."""
        found = await self._context.retriever.find_articles(typed)
        link = None if found else parse_link(typed)
        if link is None:
            return [article.id for article in found]
        # A post that is not in the index yet.
        channel, number = link
        if isinstance(channel, int):
            return [post_id(channel, number)]
        try:
            chat = await context.bot.get_chat(f"@{channel}")
        except TelegramError:
            return []
        return [post_id(chat.id, number)]


def _message(update: Update) -> Message:
    message = update.message
    assert message is not None  # the filter admits messages only
    return message
