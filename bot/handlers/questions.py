"""Questions: texts in private chats, and in groups those that call the bot; edited ones, too."""

import logging
from dataclasses import replace
from time import perf_counter
from typing import Any

from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, MessageHandler, filters

from bot.asking.message_parsing import after_command, conversation_key, extract_question, is_group
from bot.asking.question_service import UserQuestion
from bot.asking.rate_limits import Decision
from bot.context import HandlerContext
from bot.store.exchanges import Exchange
from bot.store.preferences import Preferences
from bot.transport import delivery
from bot.transport.typing_action import typing
from bot.views import messages
from bot.views.keyboards import answer_keyboard
from bot.views.render import render_answer
from retrieval.answers import Answer
from retrieval.errors import QuestionError

_logger = logging.getLogger(__name__)
_WRITTEN = filters.UpdateType.MESSAGE | filters.UpdateType.EDITED_MESSAGE

Handler = BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]


class Questions:
    """Answers questions from the archive."""

    def __init__(self, services: HandlerContext) -> None:
        self._services = services

    def handlers(self) -> list[Handler]:
        """Return the handlers of questions, the commands that ask one included."""
        private = filters.ChatType.PRIVATE
        return [
            CommandHandler("ask", self._ask, _WRITTEN),
            CommandHandler("latest", self._latest, _WRITTEN),
            MessageHandler(_WRITTEN & filters.TEXT & ~filters.COMMAND, self._answer),
            MessageHandler(
                private
                & filters.UpdateType.MESSAGE
                & ~filters.TEXT
                & ~filters.COMMAND
                & ~filters.StatusUpdate.ALL,
                self._refuse,
            ),
        ]

    async def _answer(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        asked = extract_question(message, context.bot.bot)
        if asked is None:
            return
        if not asked and is_group(message):
            words = await self._services.words(update, message.text)
            await delivery.send_text(message, words.text("ask_usage"))
            return
        await self.answer(update, message, asked)

    async def _ask(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        asked = after_command(message.text or "")
        replied = message.reply_to_message
        if not asked and replied is not None:
            asked = replied.text or ""
        if asked:
            await self.answer(update, message, asked)
        elif update.message is not None:
            words = await self._services.words(update)
            await delivery.send_text(message, words.text("ask_usage"))

    async def _latest(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        subject = after_command(message.text or "")
        words = await self._services.words(update, subject)
        key = "latest_of" if subject else "latest_any"
        asked = words.text(key, subject=subject) if subject else words.text(key)
        await self.answer(update, message, asked)

    async def answer(self, update: Update, message: Message, asked: str) -> None:
        """Answer a message's question, or put the new answer in the place of the one before."""
        place = conversation_key(message)
        if place is None:
            return
        # Before its turn: who floods the bot must not keep others waiting behind their queue.
        if not await self._is_taken(update, message, asked):
            return
        async with self._services.turns.of(place):
            before = await self._services.exchanges.of_message(message.chat_id, message.message_id)
            # One that has its answer comes again after a crash, or is edited elsewhere than in
            # its words.
            if before is not None and before.question == asked:
                return
            question = UserQuestion(place, asked, message.message_id)
            await self._answer_in_turn(update, message, question, before)

    async def _answer_in_turn(
        self, update: Update, message: Message, question: UserQuestion, before: Exchange | None
    ) -> None:
        services = self._services
        began = perf_counter()
        preferences = await services.choices(update.effective_user)
        try:
            async with typing(message):
                exchange, answer = await services.asking.ask(question, preferences, before)
        except QuestionError as error:
            _logger.info("update %d: refused: %s", update.update_id, error)
            services.metrics.refused()
            words = messages.for_person(delivery.language_code(update), question.text, preferences)
            await delivery.send_text(message, words.text("question_refused"))
            return
        exchange = await self._show(message, exchange, answer, preferences, before)
        await services.asking.keep(exchange, answer, before)
        seconds = perf_counter() - began
        services.metrics.answered(seconds, found=answer.found)
        self._log(update, question, answer, seconds)

    def _log(self, update: Update, question: UserQuestion, answer: Answer, seconds: float) -> None:
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
        asked = ""
        if self._services.settings.log_questions:
            asked = f": {question.text!r} of {question.place.user_id}"
            fields |= {"question": question.text, "user": question.place.user_id}
        _logger.info(
            "update %d: %s, %d passages, %.2f s%s",
            update.update_id,
            found,
            count,
            seconds,
            asked,
            extra={"fields": fields},
        )

    async def _show(
        self,
        message: Message,
        exchange: Exchange,
        answer: Answer,
        preferences: Preferences,
        before: Exchange | None,
    ) -> Exchange:
        words = messages.for_answer(answer.language, preferences)
        html = render_answer(answer, words)
        keyboard = answer_keyboard(exchange, words) if answer.passages else None
        if before is None:
            shown = await delivery.reply(message, html, keyboard)
        else:
            shown = await delivery.replace(message, before.answer_messages, html, keyboard)
        return replace(exchange, answer_messages=shown)

    async def _is_taken(self, update: Update, message: Message, asked: str) -> bool:
        """Count a question; where it is one too many, say so."""
        user = update.effective_user
        verdict = self._services.limits.take(user.id if user else message.chat_id)
        if verdict is Decision.TAKEN:
            return True
        self._services.metrics.refused()
        if verdict is Decision.REFUSED:
            words = await self._services.words(update, asked)
            await delivery.send_text(message, words.text("too_many"))
        return False

    async def _refuse(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = _message(update)
        words = await self._services.words(update, message.caption)
        await delivery.send_text(message, words.text("only_text"))


def _message(update: Update) -> Message:
    message = update.effective_message
    assert message is not None  # the filters let nothing else through
    return message
