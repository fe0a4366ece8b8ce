"""Inline mode: `@bot question` in any chat."""

import logging
import time
from collections import OrderedDict
from typing import Any, Final

from telegram import InlineQuery, InlineQueryResultArticle, InlineQueryResultsButton, Update
from telegram.error import BadRequest
from telegram.ext import BaseHandler, ContextTypes, InlineQueryHandler

from bot.asking.rate_limits import Decision
from bot.context import HandlerContext
from bot.store.links import remember_links
from bot.store.preferences import NO_PREFERENCES, Preferences
from bot.transport import delivery
from bot.views import messages
from bot.views.inline_results import inline_results
from retrieval.errors import QuestionError

_PAGE: Final = 5
# Nobody scrolls further.
_MAX_OFFSET: Final = 45
_CACHED: Final = 256
_SHORTEST: Final = 3

_logger = logging.getLogger(__name__)

# What was asked, from which passage on, the language of the app, choices, and the snapshot.
Key = tuple[str, int, str | None, Preferences, str | None]
Page = tuple[list[InlineQueryResultArticle], str]


class Inline:
    """Answers inline queries with passages."""

    def __init__(self, services: HandlerContext) -> None:
        self._services = services
        self._cache: OrderedDict[Key, tuple[float, Page]] = OrderedDict()

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handler of inline queries."""
        return [InlineQueryHandler(self._answer)]

    async def _answer(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.inline_query
        assert query is not None  # the handler lets nothing else through
        code = delivery.language_code(update)
        preferences = await self._services.choices(query.from_user)
        words = messages.for_person(code, query.query, preferences)
        asked = query.query.strip()
        if sum(letter.isalnum() for letter in asked) < _SHORTEST:
            await self._reply(query, ([], ""), preferences, words.text("inline_hint"))
            return
        offset = int(query.offset) if query.offset.isascii() and query.offset.isdecimal() else 0
        snapshot = self._services.archive.snapshot
        key = (asked, min(offset, _MAX_OFFSET), code, preferences, snapshot)
        page = self._cached(key)
        if page is None:
            if self._services.inline_limits.take(query.from_user.id) is not Decision.TAKEN:
                await query.answer([], cache_time=0, is_personal=True)
                return
            page = await self._page(key, context.bot.username)
            if page is None:
                await self._reply(query, ([], ""), preferences, words.text("inline_refused"))
                return
            self._remember(key, page)
        hint = None if page[0] or offset else words.text("inline_nothing")
        await self._reply(query, page, preferences, hint)

    async def _page(self, key: Key, username: str) -> Page | None:
        """Search for a page of results; None where the question cannot be searched for."""
        asked, offset, _, preferences, _ = key
        try:
            found = await self._services.archive.ask(
                asked, _PAGE, offset=offset, agencies=preferences.agencies
            )
        except QuestionError:
            return None
        answer = found.answer
        words = messages.for_answer(answer.language, preferences)
        passages = answer.passages
        await remember_links(self._services.database, [passage.article_id for passage in passages])
        following = offset + len(passages)
        more = answer.more and following <= _MAX_OFFSET
        return inline_results(answer, words, username), str(following) if more else ""

    def _cached(self, key: Key) -> Page | None:
        made, page = self._cache.get(key, (0.0, None))
        fresh = time.monotonic() - made <= self._services.settings.inline_cache_seconds
        return page if fresh else None

    def _remember(self, key: Key, page: Page) -> None:
        self._cache[key] = (time.monotonic(), page)
        while len(self._cache) > _CACHED:
            self._cache.popitem(last=False)

    async def _reply(
        self, query: InlineQuery, page: Page, preferences: Preferences, hint: str | None
    ) -> None:
        """Answer a query; a hint stands above the results, and leads to the private chat."""
        results, following = page
        button = InlineQueryResultsButton(hint, start_parameter="help") if hint else None
        try:
            await query.answer(
                results,
                cache_time=self._services.settings.inline_cache_seconds,
                # What others have not chosen, and a hint that may be in a language of which they
                # know nothing, they must not get out of Telegram's cache.
                is_personal=preferences != NO_PREFERENCES or hint is not None,
                # python-telegram-bot makes "[]" of "".
                next_offset=following or None,
                button=button,
            )
        except BadRequest as error:
            # Who types on does not wait for what was typed before.
            _logger.debug("an inline query was answered too late: %s", error)
