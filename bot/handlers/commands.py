"""General commands: /start with its deep links, /link and /help."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from telegram import Message, Update
from telegram.ext import BaseHandler, CommandHandler, ContextTypes, MessageHandler, filters
from telegram.helpers import create_deep_linked_url

from bot.asking.message_parsing import after_command
from bot.context import HandlerContext
from bot.handlers.article_links import open_article
from bot.store.links import (
    linked_article,
    linked_question,
    payload_token,
    question_payload,
    remember_question,
)
from bot.transport import delivery
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages

DeepLink = Callable[[Update, ContextTypes.DEFAULT_TYPE], Awaitable[None]]
AskQuestion = Callable[[Update, str], Awaitable[None]]


class CommandHandlers:
    """Handles general commands and unknown ones."""

    def __init__(
        self, context: HandlerContext, deep_links: Mapping[str, DeepLink], ask: AskQuestion
    ) -> None:
        """Handle general commands.

        Args:
            context: the parts that handlers share.
            deep_links: handlers of `t.me/bot?start=NAME` by name, besides `help`.
            ask: answers a question that a link carries.
        """
        self._context = context
        self._ask = ask
        self._deep_links = {"help": self._help, **deep_links}

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handlers; that of unknown commands comes last."""
        written = filters.UpdateType.MESSAGE
        return [
            CommandHandler("start", self._start, written),
            CommandHandler("help", self._help, written),
            CommandHandler("link", self._link, written),
            # In a group a command without the bot's name may be another bot's.
            MessageHandler(written & filters.ChatType.PRIVATE & filters.COMMAND, self._unknown),
        ]

    async def _start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, messages = await self._message_and_texts(update)
        payload = after_command(message.text or "")
        if payload in self._deep_links:
            await self._deep_links[payload](update, context)
            return
        if token := payload_token(payload):
            await self._open_article(message, messages, token)
            return
        if question := await linked_question(self._context.database, payload):
            await self._ask(update, question)
            return
        await delivery.send_text(message, messages.text("start"))

    async def _help(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, messages = await self._message_and_texts(update)
        mention = bidi.isolate(f"@{context.bot.username}")
        text = messages.text("help", mention=mention)
        if self._context.access.is_operator(update):
            text = f"{text.strip()}\n\n{messages.text('help_operators').strip()}"
        await delivery.send_text(message, text)

    async def _link(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Make a link that asks a question."""
        message, messages = await self._message_and_texts(update)
        question, sender = after_command(message.text or ""), update.effective_sender
        if not question or sender is None:
            await delivery.send_text(message, messages.text("link_usage"))
            return
        payload = question_payload(question) or await remember_question(
            self._context.database, sender.id, question
        )
        link = bidi.isolate(create_deep_linked_url(context.bot.username, payload))
        await delivery.send_text(message, messages.text("link_made", link=link))

    async def _unknown(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message, messages = await self._message_and_texts(update)
        await delivery.send_text(message, messages.text("unknown_command"))

    async def _open_article(self, message: Message, messages: Messages, token: str) -> None:
        article_id = await linked_article(self._context.database, token)
        article = None if article_id is None else await self._context.retriever.article(article_id)
        await open_article(self._context, message, messages, article)

    async def _message_and_texts(self, update: Update) -> tuple[Message, Messages]:
        message = update.effective_message
        assert message is not None  # the filters admit messages only
        return message, await self._context.messages_for(update)
