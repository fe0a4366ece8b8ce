"""Inline queries: `@bot question` in any chat."""

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

from telegram import InlineQuery, InlineQueryResultArticle, InlineQueryResultsButton, Update
from telegram.error import BadRequest
from telegram.ext import BaseHandler, ContextTypes, InlineQueryHandler

from bot.asking.rate_limits import Decision
from bot.context import HandlerContext
from bot.store.links import question_payload, remember_links
from bot.store.preferences import NO_PREFERENCES, Preferences
from bot.transport import delivery
from bot.views.inline_results import inline_results
from bot.views.messages import for_answer, for_person
from retrieval.answers import AnswerKind
from retrieval.errors import QuestionError
from retrieval.options import AskOptions
from retrieval.query.small_talk import find_small_talk

_PAGE: Final = 5
_MAX_OFFSET: Final = 45
_CACHE_SIZE: Final = 256
# Letters and digits.
_SHORTEST_QUERY: Final = 3

_logger = logging.getLogger(__name__)

# Question, offset, language of the app, preferences, snapshot.
Key = tuple[str, int, str | None, Preferences, str | None]


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of results.

    Attributes:
        results: the results.
        next_offset: the offset of the next page; "": there is none.
        found: whether the archive has what was asked for.
    """

    results: tuple[InlineQueryResultArticle, ...] = ()
    next_offset: str = ""
    found: bool = False


_NO_PAGE: Final = _Page()


class InlineQueryHandlers:
    """Answers inline queries with articles, from a cache when possible."""

    def __init__(self, context: HandlerContext) -> None:
        self._context = context
        self._cache: OrderedDict[Key, tuple[float, _Page]] = OrderedDict()

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handler of inline queries."""
        return [InlineQueryHandler(self._answer)]

    async def _answer(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.inline_query
        assert query is not None  # the handler gets inline queries only
        code = delivery.language_code(update)
        preferences = await self._context.preferences_of(query.from_user)
        messages = for_person(code, query.query, preferences)
        question = query.query.strip()
        too_short = sum(letter.isalnum() for letter in question) < _SHORTEST_QUERY
        if too_short or find_small_talk(question):
            await self._reply(query, _NO_PAGE, preferences, messages.text("inline_hint"))
            return
        offset = int(query.offset) if query.offset.isascii() and query.offset.isdecimal() else 0
        snapshot = self._context.retriever.snapshot
        key = (question, min(offset, _MAX_OFFSET), code, preferences, snapshot)
        page = self._cached(key)
        if page is None:
            if self._context.inline_rate_limiter.take(query.from_user.id) is not Decision.TAKEN:
                await query.answer([], cache_time=0, is_personal=True)
                return
            page = await self._page(key, context.bot.username)
            if page is None:
                await self._reply(query, _NO_PAGE, preferences, messages.text("inline_refused"))
                return
            self._add_to_cache(key, page)
        hint = None if page.found or offset else messages.text("inline_nothing")
        await self._reply(query, page, preferences, hint)

    async def _page(self, key: Key, username: str) -> _Page | None:
        """Search for a page of results; None when the question cannot be used."""
        question, offset, _, preferences, _ = key
        try:
            found = await self._context.retriever.ask(
                question,
                # From the first passage on: an article of an earlier page gets no second row.
                AskOptions(limit=offset + _PAGE, filter=preferences.filter),
            )
        except QuestionError:
            return None
        answer = found.answer
        messages = for_answer(answer.language, preferences)
        passages = answer.passages
        articles = {passage.article_id for passage in passages}
        await remember_links(self._context.database, sorted(articles))
        next_offset = len(passages)
        more = answer.more and next_offset <= _MAX_OFFSET
        return _Page(
            results=tuple(inline_results(answer, messages, username, offset)),
            next_offset=str(next_offset) if more else "",
            found=answer.found or (answer.kind is AnswerKind.LIST and bool(passages)),
        )

    def _cached(self, key: Key) -> _Page | None:
        cached_at, page = self._cache.get(key, (0.0, None))
        fresh = time.monotonic() - cached_at <= self._context.settings.inline_cache_seconds
        return page if fresh else None

    def _add_to_cache(self, key: Key, page: _Page) -> None:
        self._cache[key] = (time.monotonic(), page)
        while len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)

    async def _reply(
        self, query: InlineQuery, page: _Page, preferences: Preferences, hint: str | None
    ) -> None:
        """Answer a query; `hint` is a button above the results that opens the private chat.

        There it asks the question again if it fits into a link.
        """
        question = query.query.strip()
        start = (question_payload(question) if page is not _NO_PAGE else None) or "help"
        button = InlineQueryResultsButton(hint, start_parameter=start) if hint else None
        try:
            await query.answer(
                page.results,
                cache_time=self._context.settings.inline_cache_seconds,
                # Telegram may cache results for other users; not those of personal preferences,
                # nor a hint in this user's language.
                is_personal=preferences != NO_PREFERENCES or hint is not None,
                # python-telegram-bot would send "[]" for "".
                next_offset=page.next_offset or None,
                button=button,
            )
        except BadRequest as error:
            # The user has typed on in the meantime.
            _logger.debug("an inline query was answered too late: %s", error)
