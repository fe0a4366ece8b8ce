"""Parts that all handlers share, made once by `bot.app`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import Chat, Update, User

from bot.asking.access import Access
from bot.asking.async_retriever import AsyncRetriever
from bot.asking.chat_locks import ChatLocks
from bot.asking.message_parsing import GROUPS
from bot.asking.question_service import QuestionService
from bot.asking.rate_limits import RateLimiter
from bot.monitoring.metrics import Metrics
from bot.monitoring.notices import OperatorNotices
from bot.settings import BotSettings
from bot.store.database import Database
from bot.store.exchanges import ExchangeStore
from bot.store.preferences import NO_PREFERENCES, Preferences, PreferenceStore
from bot.transport import delivery
from bot.views.messages import for_person
from retrieval.presentation.messages import Messages


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """The parts that handlers share.

    Attributes:
        settings: the `[bot]` table as it was at the start.
        load_settings: reads the table again.
        retriever: searches the index.
        database: the bot's SQLite file.
        preferences: each user's choices.
        exchanges: questions with the answers that were sent.
        question_service: answers questions in their conversations.
        rate_limiter: limits questions.
        request_rate_limiter: limits all that makes the bot send something, questions included.
        inline_rate_limiter: limits inline queries.
        chat_locks: keeps each user's messages in a chat in order.
        access: decides which users and chats get answers.
        metrics: the counters of `/metrics`.
        notices: tells operators of things that they have not asked for.
        empty_logs: removes what was deleted from the write-ahead logs of the bot's files, too.
        queue_length: returns the number of updates that are waiting or being handled.
    """

    settings: BotSettings
    load_settings: Callable[[], BotSettings]
    retriever: AsyncRetriever
    database: Database
    preferences: PreferenceStore
    exchanges: ExchangeStore
    question_service: QuestionService
    rate_limiter: RateLimiter
    request_rate_limiter: RateLimiter
    inline_rate_limiter: RateLimiter
    chat_locks: ChatLocks
    access: Access
    metrics: Metrics
    notices: OperatorNotices
    empty_logs: Callable[[], Awaitable[None]]
    queue_length: Callable[[], int]

    async def preferences_of(
        self, sender: User | Chat | None, chat: Chat | None = None
    ) -> Preferences:
        """Return the choices of a user, or of a chat in whose name somebody writes.

        They are the defaults for None. In a group, `chat`, they are within those of the group.
        """
        own = await self.preferences.get(sender.id) if sender else NO_PREFERENCES
        if chat is None or chat.type not in GROUPS or (sender and sender.id == chat.id):
            return own
        return own.within(await self.preferences.get(chat.id))

    async def messages_for(self, update: Update, text: str | None = None) -> Messages:
        """Return the bot's texts in the language of an update's user, who wrote `text`."""
        preferences = await self.preferences_of(update.effective_sender, update.effective_chat)
        return for_person(delivery.language_code(update), text, preferences)
