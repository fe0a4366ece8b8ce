"""Questions: texts and captions in private chats and calls of the bot in groups, new or edited."""

import datetime as dt
import logging
from dataclasses import replace
from time import perf_counter
from typing import Any, Final

from telegram import Message, Update, User
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot.asking.claims import asked_address
from bot.asking.message_parsing import (
    ExtractedQuestion,
    after_command,
    caption_command,
    content_of,
    conversation_key,
    extract_question,
    is_group,
    with_quoted,
)
from bot.asking.rate_limits import Decision, RateLimiter
from bot.context import HandlerContext
from bot.handlers.article_links import open_article
from bot.store.exchanges import ConversationKey, Exchange
from bot.transport import delivery
from bot.transport.typing_action import typing
from bot.views.keyboards import answer_keyboard
from bot.views.messages import for_answer, for_person
from bot.views.render import render_answer
from retrieval.answers import Answer, AnswerKind
from retrieval.errors import QuestionError

_logger = logging.getLogger(__name__)
# An edit of a message that is older and not known is no question.
_MAX_EDIT_AGE: Final = dt.timedelta(minutes=5)
# To one person, that only words can be answered.
_HINTS_PER_MINUTE: Final = 3
_WRITTEN = filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE

Handler = BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]


class QuestionHandlers:
    """Answers questions from the index."""

    def __init__(self, context: HandlerContext) -> None:
        self._context = context
        self._hints = RateLimiter(_HINTS_PER_MINUTE)

    def handlers(self) -> list[Handler]:
        """Return the handlers of questions, including the commands that ask one."""
        private = filters.ChatType.PRIVATE
        return [
            CommandHandler("ask", self._ask, _WRITTEN),
            CommandHandler("latest", self._latest, _WRITTEN),
            MessageHandler(
                _WRITTEN & (filters.TEXT | filters.CAPTION) & ~filters.COMMAND, self._content
            ),
            MessageHandler(
                private
                & filters.UpdateType.MESSAGE
                & ~filters.TEXT
                & ~filters.COMMAND
                & ~filters.StatusUpdate.ALL,
                self._not_text,
            ),
        ]

    async def ask(self, update: Update, question: str) -> None:
        """Answer a question that is not in the message's own words."""
        await self._answer(update, _message(update), ExtractedQuestion(question))

    async def _content(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, bot = _message(update), context.bot.bot
        # python-telegram-bot's handlers of commands do not look at captions.
        command = caption_command(message, bot)
        if command is not None:
            if command == "ask":
                await self._ask(update, context)
            return
        question = extract_question(message, bot)
        if question is None:
            return
        if question.text or not is_group(message):
            await self._answer(update, message, question)
        elif update.message is not None:
            await self._say(update, message, "ask_usage", content_of(message))

    async def _ask(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        question = with_quoted(message, after_command(content_of(message)), context.bot.bot)
        if question.text:
            await self._answer(update, message, question)
        elif update.message is not None:
            await self._say(update, message, "ask_usage")

    async def _latest(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        subject = after_command(message.text or "")
        messages = await self._context.messages_for(update, subject)
        if subject:
            question = messages.text("latest_of", subject=subject)
        else:
            question = messages.text("latest_any")
        await self._answer(update, message, ExtractedQuestion(question))

    async def _not_text(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, sender = _message(update), update.effective_sender
        if sender is not None and self._hints.take(sender.id) is Decision.TAKEN:
            await self._say(update, message, "only_text")

    async def _answer(self, update: Update, message: Message, question: ExtractedQuestion) -> None:
        """Answer a message's question, or edit the answer when the message was edited."""
        key = conversation_key(message)
        if key is None or (update.edited_message and await self._is_false_edit(message, question)):
            return
        # The rate limit comes before the lock: someone who floods the bot fills no queue.
        if not await self._within_rate_limit(update, message, question.text):
            return
        async with self._context.chat_locks.hold(key):
            previous = await self._context.exchanges.of_message(message.chat_id, message.message_id)
            if address := asked_address(question.text):
                await self._open_address(update, message, address, previous)
            # The same question again: after a crash, or an edit that left the text as it was.
            elif previous is None or previous.question != question.text:
                await self._search_and_send(update, message, key, question, previous)

    async def _is_false_edit(self, message: Message, question: ExtractedQuestion) -> bool:
        """Return whether Telegram reports an edit of what nobody has edited, or not lately.

        A first reaction comes as an edit with the old text (tdlib/telegram-bot-api issue 388). So
        an old message that is not known, or no longer, gets no answer.
        """
        previous = await self._context.exchanges.of_message(message.chat_id, message.message_id)
        if previous is not None and previous.question:
            return previous.question == question.text
        return dt.datetime.now(dt.UTC) - message.date > _MAX_EDIT_AGE

    async def _open_address(
        self, update: Update, message: Message, address: str, previous: Exchange | None
    ) -> None:
        """Show the article at an address, unless the message has been answered with it before."""
        messages = await self._context.messages_for(update, content_of(message))
        articles = await self._context.retriever.find_articles(address)
        if not articles:
            await delivery.send_text(message, messages.text("link_unknown"))
        elif previous is None or [one.article_id for one in previous.passages[:1]] != [
            articles[0].id
        ]:
            await open_article(self._context, message, messages, articles[0])

    async def _continued(self, message: Message, bot: User) -> Exchange | None:
        """Return the exchange whose answer a message replies to; None: there is none."""
        replied = message.reply_to_message
        if replied is None or replied.from_user != bot:
            return None
        return await self._context.exchanges.of_answer(message.chat_id, replied.message_id)

    async def _search_and_send(
        self,
        update: Update,
        message: Message,
        key: ConversationKey,
        question: ExtractedQuestion,
        previous: Exchange | None,
    ) -> None:
        context = self._context
        started = perf_counter()
        preferences = await context.preferences_of(update.effective_sender, message.chat)
        continues = await self._continued(message, message.get_bot().bot)
        try:
            async with typing(message):
                exchange, answer = await context.question_service.ask(
                    key,
                    question.text,
                    preferences,
                    continues=continues,
                    alone=question.is_quoted,
                    replaces=previous,
                )
        except QuestionError as error:
            _logger.info("update %d: refused: %s", update.update_id, error)
            context.metrics.refused()
            messages = for_person(delivery.language_code(update), question.text, preferences)
            await delivery.send_text(message, messages.text("question_refused"))
            return
        messages = for_answer(answer.language, preferences)
        html = render_answer(answer, messages)
        keyboard = None
        if answer.passages:
            best = answer.passages[0].citation
            keyboard = answer_keyboard(exchange, messages, citation=best)
        if previous is None and answer.kind is AnswerKind.SMALL_TALK:
            # It is no turn of the conversation, and there is nothing that a button could show.
            await delivery.reply(message, html)
            _logger.info("update %d: small talk", update.update_id)
            return
        if previous is None:
            sent = await delivery.reply(message, html, keyboard)
        else:
            sent = await delivery.replace(message, previous.answer_messages, html, keyboard)
        # While it was answered, the group may have become a supergroup.
        current_id = context.access.current_id
        exchange = replace(
            exchange,
            conversation_key=ConversationKey(
                current_id(key.chat_id), current_id(key.user_id), key.topic_id
            ),
            question_message=message.message_id,
            answer_messages=sent,
        )
        await context.exchanges.add(exchange, replaces=previous)
        seconds = perf_counter() - started
        context.metrics.answered(seconds, found=answer.found, reranking=answer.reranking)
        self._log(update, exchange, answer, seconds)

    def _log(self, update: Update, exchange: Exchange, answer: Answer, seconds: float) -> None:
        found = "found" if answer.found else "not found"
        count = len(answer.passages)
        fields: dict[str, object] = {
            "update": update.update_id,
            "found": answer.found,
            "passages": count,
            "language": answer.language,
            "follows_up": answer.follows_up,
            "seconds": round(seconds, 3),
        }
        question = ""
        if self._context.settings.log_questions:
            user = exchange.conversation_key.user_id
            question = f": {exchange.question!r} of {user}"
            fields |= {"question": exchange.question, "user": user}
        _logger.info(
            "update %d: %s, %d passages, %.2f s%s",
            update.update_id,
            found,
            count,
            seconds,
            question,
            extra={"fields": fields},
        )

    async def _within_rate_limit(self, update: Update, message: Message, question: str) -> bool:
        """Count a question; above the limit, say so at times and return False."""
        sender = update.effective_sender
        decision = self._context.rate_limiter.take(sender.id if sender else message.chat_id)
        if decision is Decision.TAKEN and is_group(message):
            decision = self._context.rate_limiter.take(message.chat_id)
        if decision is Decision.TAKEN:
            return True
        self._context.metrics.refused()
        if decision is Decision.REFUSED:
            await self._say(update, message, "too_many", question)
        return False

    async def _say(
        self, update: Update, message: Message, text_key: str, text: str | None = None
    ) -> None:
        """Send one of the bot's own texts, in the language of the user who wrote `text`."""
        messages = await self._context.messages_for(update, text)
        await delivery.send_text(message, messages.text(text_key))


def _message(update: Update) -> Message:
    message = update.effective_message
    assert message is not None  # the filters admit updates with a message only
    return message
