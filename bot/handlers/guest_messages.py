"""Guest mode: people call the bot by its name in chats that it is not in.

It answers with one message, without a conversation, as in inline mode.
"""

import logging
from typing import Any, Final

from telegram import (
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.ext import BaseHandler, ContextTypes, MessageHandler, filters

from bot.asking.message_parsing import guest_question
from bot.asking.rate_limits import Decision
from bot.context import HandlerContext
from bot.store.links import remember_links
from bot.transport import delivery
from bot.views.inline_results import inline_results
from bot.views.messages import for_answer, for_person
from bot.views.render import render_answer, render_text
from retrieval.errors import QuestionError
from retrieval.options import AskOptions

# Of an answer one passage is shown.
_PASSAGES: Final = 1

_logger = logging.getLogger(__name__)


class GuestHandlers:
    """Answers messages of chats in which the bot is a guest."""

    def __init__(self, context: HandlerContext) -> None:
        self._context = context

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handler of guest messages; BotFather's settings switch them on."""
        return [MessageHandler(filters.UpdateType.GUEST_MESSAGE, self._answer)]

    async def _answer(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, sender = update.guest_message, update.effective_sender
        assert message is not None  # the filter admits guest messages only
        decision = self._context.rate_limiter.take(sender.id if sender else message.chat_id)
        if decision is not Decision.TAKEN:
            self._context.metrics.refused()
            return
        question = guest_question(message, context.bot.bot)
        result = await self._result(update, question.text, context.bot.username)
        await _reply(message, result)

    async def _result(
        self, update: Update, question: str, username: str
    ) -> InlineQueryResultArticle:
        """Return the message that answers a question."""
        preferences = await self._context.preferences_of(update.effective_sender)
        messages = for_person(delivery.language_code(update), question, preferences)
        if not question:
            return _text_result(render_text(messages.text("start"))[0])
        try:
            found = await self._context.retriever.ask(
                question, AskOptions(limit=_PASSAGES, filter=preferences.filter)
            )
        except QuestionError:
            return _text_result(render_text(messages.text("question_refused"))[0])
        answer = found.answer
        messages = for_answer(answer.language, preferences)
        if not answer.passages:
            return _text_result(render_answer(answer, messages)[0])
        await remember_links(self._context.database, [answer.passages[0].article_id])
        return inline_results(answer, messages, username)[0]


def _text_result(html: str) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(
        id="text",
        title="Khazar",
        input_message_content=InputTextMessageContent(
            html,
            parse_mode=ParseMode.HTML,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        ),
    )


async def _reply(message: Message, result: InlineQueryResultArticle) -> None:
    try:
        await message.answer_guest_query(result)
    except BadRequest as error:
        _logger.debug("a guest message was answered too late: %s", error)
