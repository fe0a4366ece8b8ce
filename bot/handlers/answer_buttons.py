"""Buttons under an answer: more passages, its articles, explanation, feedback."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update, User
from telegram.error import BadRequest
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

from bot.asking.rate_limits import Decision
from bot.context import HandlerContext
from bot.store.exchanges import ConversationKey, Exchange
from bot.store.feedback import save_feedback
from bot.transport import delivery
from bot.views.articles import article_pages, page_with
from bot.views.explanation_view import MOST_EXPLAINED, explanation_blocks
from bot.views.keyboards import (
    Action,
    ButtonData,
    answer_keyboard,
    article_keyboard,
    articles_keyboard,
    parse_data,
    with_feedback,
    without,
)
from bot.views.markup import pack
from bot.views.messages import for_answer
from bot.views.render import render_answer
from index.article import Article
from retrieval.answers import Citation
from retrieval.presentation.messages import Messages

_SEARCHES = (Action.MORE, Action.WHY)


@dataclass(frozen=True, slots=True)
class _Press:
    """A press of a button by a user who may press it."""

    query: CallbackQuery
    message: Message
    data: ButtonData
    exchange: Exchange
    messages: Messages


class AnswerButtonHandlers:
    """Handles the buttons under answers."""

    def __init__(self, context: HandlerContext) -> None:
        self._context = context
        self._actions: dict[Action, Callable[[_Press], Awaitable[None]]] = {
            Action.MORE: self._more,
            Action.ARTICLES: self._switch_buttons,
            Action.BACK: self._switch_buttons,
            Action.ARTICLE: self._article,
            Action.PAGE: self._page,
            Action.WHY: self._why,
            Action.USEFUL: self._feedback,
            Action.NOT_USEFUL: self._feedback,
        }

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handler of all buttons without a handler of their own."""
        return [CallbackQueryHandler(self._on_press)]

    async def _on_press(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None  # the handler gets callback queries only
        data = parse_data(query.data or "")
        message = query.message
        if data is None or not isinstance(message, Message):
            await self._refuse(update, query, "stale")
            return
        key = ConversationKey(message.chat_id, query.from_user.id)
        async with self._context.chat_locks.hold(key):
            exchange = await self._context.exchanges.find(data.token, message.chat_id)
            if exchange is None:
                await self._refuse(update, query, "stale")
                return
            if not exchange.conversation_key.admits(query.from_user.id):
                await self._refuse(update, query, "not_yours")
                return
            if data.action in _SEARCHES and not self._within_rate_limit(query.from_user):
                await self._refuse(update, query, "too_many")
                return
            preferences = await self._context.preferences_of(query.from_user, message.chat)
            messages = for_answer(exchange.language, preferences)
            await self._actions[data.action](_Press(query, message, data, exchange, messages))

    def _within_rate_limit(self, user: User) -> bool:
        return self._context.rate_limiter.take(user.id) is Decision.TAKEN

    async def _refuse(self, update: Update, query: CallbackQuery, key: str) -> None:
        messages = await self._context.messages_for(update)
        await delivery.answer_callback(query, messages.text(key), alert=True)

    async def _more(self, press: _Press) -> None:
        exchange = press.exchange
        if press.data.number != len(exchange.passages) or not exchange.more:
            # Pressed twice: the page has been sent already.
            await delivery.answer_callback(press.query)
            await self._remove_button(press)
            return
        await delivery.answer_callback(press.query)
        preferences = await self._context.preferences_of(press.query.from_user, press.message.chat)
        shown = len(exchange.passages)
        exchange, page = await self._context.question_service.more(exchange, preferences)
        keyboard = answer_keyboard(exchange, press.messages, shown + 1) if page.passages else None
        sent = await delivery.reply(press.message, render_answer(page, press.messages), keyboard)
        exchange = replace(exchange, answer_messages=(*exchange.answer_messages, *sent))
        await self._context.exchanges.save(exchange)
        await self._remove_button(press)

    async def _switch_buttons(self, press: _Press) -> None:
        """Show the buttons of a message's articles in place of its own, or its own again."""
        await delivery.answer_callback(press.query)
        first, last = press.data.number, press.data.page
        if not 1 <= first <= last <= len(press.exchange.passages):
            return
        if press.data.action is Action.ARTICLES:
            keyboard = articles_keyboard(press.exchange, press.messages, first, last)
        elif first == 1:
            keyboard = await first_keyboard(self._context, press.exchange, press.messages, last)
        else:
            keyboard = answer_keyboard(press.exchange, press.messages, first, last)
        await _show_keyboard(press, keyboard)

    async def _article(self, press: _Press) -> None:
        article = await self._open(press)
        if article is not None:
            await delivery.answer_callback(press.query)
            passage = press.exchange.passages[press.data.number - 1]
            page = page_with(article, press.messages, passage)
            html, keyboard = self._page_of(press, article, page)
            await delivery.reply(press.message, [html], keyboard)

    async def _page(self, press: _Press) -> None:
        article = await self._open(press)
        if article is not None:
            await delivery.answer_callback(press.query)
            html, keyboard = self._page_of(press, article, press.data.page)
            await delivery.replace(press.message, [press.message.message_id], [html], keyboard)

    def _page_of(
        self, press: _Press, article: Article, page: int
    ) -> tuple[str, InlineKeyboardMarkup | None]:
        passage = press.exchange.passages[press.data.number - 1]
        # An article that was opened by a link answers no question: nothing in it is bold.
        marked = passage if press.exchange.question else None
        pages = article_pages(article, press.messages, marked)
        page = min(max(page, 1), len(pages))
        token, number = press.exchange.token, press.data.number
        return pages[page - 1], article_keyboard(token, number, page, len(pages), press.messages)

    async def _why(self, press: _Press) -> None:
        await delivery.answer_callback(press.query)
        explanation = await self._context.question_service.explain(press.exchange, MOST_EXPLAINED)
        html = pack(explanation_blocks(explanation, press.messages))
        await delivery.reply(press.message, html)

    async def _feedback(self, press: _Press) -> None:
        useful = press.data.action is Action.USEFUL
        exchange = replace(press.exchange, useful=useful)
        await save_feedback(self._context.database, exchange, useful=useful)
        await self._context.exchanges.save(exchange)
        await delivery.answer_callback(press.query, press.messages.text("thanks"))
        markup = press.message.reply_markup
        if markup is not None:
            await _show_keyboard(press, with_feedback(markup, exchange, press.messages))

    async def _open(self, press: _Press) -> Article | None:
        """Return a button's article; when there is none, say so."""
        number = press.data.number
        article = None
        if 1 <= number <= len(press.exchange.passages):
            passage = press.exchange.passages[number - 1]
            article = await self._context.retriever.article(passage.article_id)
        if article is None:
            await delivery.answer_callback(press.query, press.messages.text("gone"), alert=True)
        return article

    async def _remove_button(self, press: _Press) -> None:
        """Remove the pressed button from its message."""
        markup = press.message.reply_markup
        if markup is not None:
            await _show_keyboard(press, without(markup, press.data.pack()))


async def first_keyboard(
    context: HandlerContext, exchange: Exchange, messages: Messages, last: int | None = None
) -> InlineKeyboardMarkup:
    """Return the buttons below the first page of an answer, as they were when it was sent.

    Args:
        context: has the index.
        exchange: the answer's.
        messages: texts of the language of the labels.
        last: number of the page's last passage; None: it is the only page.
    """
    article = await context.retriever.article(exchange.passages[0].article_id)
    citation = Citation.of(article) if article else None
    return answer_keyboard(exchange, messages, last=last, citation=citation)


async def _show_keyboard(press: _Press, keyboard: InlineKeyboardMarkup) -> None:
    try:
        await press.message.edit_reply_markup(keyboard)
    except BadRequest as error:
        if not delivery.is_not_modified(error):
            raise
