"""The buttons under an answer: more, neighbours, the article, why, and feedback."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update, User
from telegram.error import BadRequest
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

from bot.asking.rate_limits import Decision
from bot.context import HandlerContext
from bot.store.exchanges import ConversationKey, Exchange
from bot.store.feedback import give_feedback
from bot.transport import delivery
from bot.views import messages
from bot.views.articles import article_pages, passage_context
from bot.views.explanation_view import MOST_EXPLAINED, explanation_blocks
from bot.views.keyboards import (
    Action,
    ButtonData,
    answer_keyboard,
    article_keyboard,
    parse_data,
    with_feedback,
    without,
)
from bot.views.markup import pack
from bot.views.messages import Messages
from bot.views.render import render_answer
from index.article import Article

_SEARCHES = (Action.MORE, Action.WHY)


class _Pressed:
    """A button that somebody may press, with what it takes to do its work."""

    def __init__(
        self,
        query: CallbackQuery,
        message: Message,
        data: ButtonData,
        exchange: Exchange,
        words: Messages,
    ) -> None:
        self.query = query
        self.message = message
        self.data = data
        self.exchange = exchange
        self.words = words


class Buttons:
    """Does what buttons say."""

    def __init__(self, services: HandlerContext) -> None:
        self._services = services
        self._actions: dict[Action, Callable[[_Pressed], Awaitable[None]]] = {
            Action.MORE: self._more,
            Action.CONTEXT: self._near,
            Action.ARTICLE: self._article,
            Action.PAGE: self._page,
            Action.WHY: self._why,
            Action.USEFUL: self._feedback,
            Action.NOT_USEFUL: self._feedback,
        }

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handler of all buttons that no other handler has taken."""
        return [CallbackQueryHandler(self._press)]

    async def _press(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None  # the handler lets nothing else through
        data = parse_data(query.data or "")
        message = query.message
        if data is None or not isinstance(message, Message):
            await self._refuse(update, query, "stale")
            return
        place = ConversationKey(message.chat_id, query.from_user.id)
        async with self._services.turns.of(place):
            exchange = await self._find(data.token, message, query.from_user)
            if exchange is None:
                known = await self._services.exchanges.exists(data.token, message.chat_id)
                await self._refuse(update, query, "not_yours" if known else "stale")
                return
            if data.action in _SEARCHES and not self._is_taken(query.from_user):
                await self._refuse(update, query, "too_many")
                return
            preferences = await self._services.choices(query.from_user)
            words = messages.for_answer(exchange.language, preferences)
            await self._actions[data.action](_Pressed(query, message, data, exchange, words))

    async def _find(self, token: str, message: Message, user: User) -> Exchange | None:
        """Return the exchange that somebody may see: their own, or that of a nameless asker."""
        places = [
            ConversationKey(message.chat_id, user.id),
            ConversationKey(message.chat_id, message.chat_id),
        ]
        for place in places:
            exchange = await self._services.exchanges.find(token, place)
            if exchange is not None:
                return exchange
        return None

    def _is_taken(self, user: User) -> bool:
        return self._services.limits.take(user.id) is Decision.TAKEN

    async def _refuse(self, update: Update, query: CallbackQuery, key: str) -> None:
        words = await self._services.words(update)
        await delivery.answer_callback(query, words.text(key), alert=True)

    async def _more(self, pressed: _Pressed) -> None:
        exchange = pressed.exchange
        if pressed.data.number != len(exchange.passages) or not exchange.more:
            await delivery.answer_callback(
                pressed.query
            )  # Pressed twice: that page is there already.
            await self._take_away(pressed)
            return
        await delivery.answer_callback(pressed.query)
        preferences = await self._services.choices(pressed.query.from_user)
        shown = len(exchange.passages)
        exchange, page = await self._services.asking.more(exchange, preferences)
        keyboard = answer_keyboard(exchange, pressed.words, shown) if page.passages else None
        sent = await delivery.reply(pressed.message, render_answer(page, pressed.words), keyboard)
        exchange = replace(exchange, answer_messages=(*exchange.answer_messages, *sent))
        await self._services.exchanges.keep(exchange)
        await self._take_away(pressed)

    async def _near(self, pressed: _Pressed) -> None:
        article = await self._open(pressed)
        if article is not None:
            await delivery.answer_callback(pressed.query)
            passage = pressed.exchange.passages[pressed.data.number - 1]
            await delivery.reply(pressed.message, passage_context(article, passage, pressed.words))

    async def _article(self, pressed: _Pressed) -> None:
        article = await self._open(pressed)
        if article is not None:
            await delivery.answer_callback(pressed.query)
            html, keyboard = self._page_of(pressed, article, 1)
            await delivery.reply(pressed.message, [html], keyboard)

    async def _page(self, pressed: _Pressed) -> None:
        article = await self._open(pressed)
        if article is not None:
            await delivery.answer_callback(pressed.query)
            html, keyboard = self._page_of(pressed, article, pressed.data.page)
            await delivery.replace(pressed.message, [pressed.message.message_id], [html], keyboard)

    def _page_of(
        self, pressed: _Pressed, article: Article, page: int
    ) -> tuple[str, InlineKeyboardMarkup | None]:
        passage = pressed.exchange.passages[pressed.data.number - 1]
        # What was opened by a link was no answer: nothing in it is marked.
        marked = passage if pressed.exchange.question else None
        pages = article_pages(article, pressed.words, marked)
        page = min(max(page, 1), len(pages))
        token, number = pressed.exchange.token, pressed.data.number
        return pages[page - 1], article_keyboard(token, number, page, len(pages), pressed.words)

    async def _why(self, pressed: _Pressed) -> None:
        await delivery.answer_callback(pressed.query)
        explanation = await self._services.asking.explain(pressed.exchange, MOST_EXPLAINED)
        html = pack(explanation_blocks(explanation, pressed.words))
        await delivery.reply(pressed.message, html)

    async def _feedback(self, pressed: _Pressed) -> None:
        useful = pressed.data.action is Action.USEFUL
        exchange = replace(pressed.exchange, useful=useful)
        await give_feedback(self._services.database, exchange, useful=useful)
        await self._services.exchanges.keep(exchange)
        await delivery.answer_callback(pressed.query, pressed.words.text("thanks"))
        markup = pressed.message.reply_markup
        if markup is not None:
            await _show_keyboard(pressed, with_feedback(markup, exchange, pressed.words))

    async def _open(self, pressed: _Pressed) -> Article | None:
        """Return the article that a button is about; where there is none, say so."""
        number = pressed.data.number
        article = None
        if 1 <= number <= len(pressed.exchange.passages):
            passage = pressed.exchange.passages[number - 1]
            article = await self._services.archive.article(passage.article_id)
        if article is None:
            await delivery.answer_callback(pressed.query, pressed.words.text("gone"), alert=True)
        return article

    async def _take_away(self, pressed: _Pressed) -> None:
        """Take the button that was pressed away: it has done its work."""
        markup = pressed.message.reply_markup
        if markup is not None:
            await _show_keyboard(pressed, without(markup, pressed.data.pack()))


async def _show_keyboard(pressed: _Pressed, keyboard: InlineKeyboardMarkup) -> None:
    try:
        await pressed.message.edit_reply_markup(keyboard)
    except BadRequest as error:
        if not delivery.is_not_modified(error):
            raise
