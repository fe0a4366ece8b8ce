"""Questions: texts in private chats and calls of the bot in groups, new or edited."""

import logging
from dataclasses import replace
from time import perf_counter
from typing import Any

from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot.asking.message_parsing import after_command, conversation_key, extract_question, is_group
from bot.asking.rate_limits import Decision
from bot.context import HandlerContext
from bot.store.exchanges import ConversationKey, Exchange
from bot.transport import delivery
from bot.transport.typing_action import typing
from bot.views.keyboards import answer_keyboard
from bot.views.messages import for_answer, for_person
from bot.views.render import render_answer
from retrieval.answers import Answer, AnswerKind
from retrieval.errors import QuestionError

_logger = logging.getLogger(__name__)
_WRITTEN = filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE

Handler = BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]


class QuestionHandlers:
    """Answers questions from the index."""

    def __init__(self, context: HandlerContext) -> None:
        self._context = context

    def handlers(self) -> list[Handler]:
        """Return the handlers of questions, including the commands that ask one."""
        private = filters.ChatType.PRIVATE
        return [
            CommandHandler("ask", self._ask, _WRITTEN),
            CommandHandler("latest", self._latest, _WRITTEN),
            MessageHandler(_WRITTEN & filters.TEXT & ~filters.COMMAND, self._text),
            MessageHandler(
                private
                & filters.UpdateType.MESSAGE
                & ~filters.TEXT
                & ~filters.COMMAND
                & ~filters.StatusUpdate.ALL,
                self._not_text,
            ),
        ]

    async def _text(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        question = extract_question(message, context.bot.bot)
        if question is None:
            return
        if not question and is_group(message):
            await self._say(update, message, "ask_usage", message.text)
            return
        await self._answer(update, message, question)

    async def _ask(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        question = after_command(message.text or "")
        replied = message.reply_to_message
        if not question and replied is not None:
            question = replied.text or ""
        if question:
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
        await self._answer(update, message, question)

    async def _not_text(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        await self._say(update, message, "only_text", message.caption)

    async def _answer(self, update: Update, message: Message, question: str) -> None:
        """Answer a message's question, or edit the answer when the message was edited."""
        key = conversation_key(message)
        if key is None:
            return
        # The rate limit comes before the lock: someone who floods the bot fills no queue.
        if not await self._within_rate_limit(update, message, question):
            return
        async with self._context.chat_locks.hold(key):
            previous = await self._context.exchanges.of_message(message.chat_id, message.message_id)
            # The same question again: after a crash, or an edit that left the text as it was.
            if previous is None or previous.question != question:
                await self._search_and_send(update, message, key, question, previous)

    async def _search_and_send(
        self,
        update: Update,
        message: Message,
        key: ConversationKey,
        question: str,
        previous: Exchange | None,
    ) -> None:
        context = self._context
        started = perf_counter()
        preferences = await context.preferences_of(update.effective_user)
        try:
            async with typing(message):
                exchange, answer = await context.question_service.ask(
                    key, question, preferences, previous
                )
        except QuestionError as error:
            _logger.info("update %d: refused: %s", update.update_id, error)
            context.metrics.refused()
            messages = for_person(delivery.language_code(update), question, preferences)
            await delivery.send_text(message, messages.text("question_refused"))
            return
        messages = for_answer(answer.language, preferences)
        html = render_answer(answer, messages)
        keyboard = answer_keyboard(exchange, messages) if answer.passages else None
        if previous is None and answer.kind is AnswerKind.SMALL_TALK:
            # It is no turn of the conversation, and there is nothing that a button could show.
            await delivery.reply(message, html)
            _logger.info("update %d: small talk", update.update_id)
            return
        if previous is None:
            sent = await delivery.reply(message, html, keyboard)
        else:
            sent = await delivery.replace(message, previous.answer_messages, html, keyboard)
        exchange = replace(exchange, question_message=message.message_id, answer_messages=sent)
        await context.exchanges.add(exchange, answer.conversation, replaces=previous)
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
        user = update.effective_user
        decision = self._context.rate_limiter.take(user.id if user else message.chat_id)
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
