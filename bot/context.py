"""What the handlers work with, made once by `bot.app`."""

from collections.abc import Callable
from dataclasses import dataclass

from telegram import Update, User

from bot.asking.access import Access
from bot.asking.async_retriever import AsyncRetriever
from bot.asking.chat_locks import ChatLocks
from bot.asking.question_service import QuestionService
from bot.asking.rate_limits import RateLimiter
from bot.monitoring.metrics import Metrics
from bot.settings import BotSettings
from bot.store.database import Database
from bot.store.exchanges import ExchangeStore
from bot.store.preferences import NO_PREFERENCES, Preferences, PreferenceStore
from bot.transport import delivery
from bot.views import messages
from bot.views.messages import Messages


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """The parts that handlers share.

    Attributes:
        settings: the `[bot]` table as it was at the start.
        load_settings: reads it again.
        archive: answers questions.
        database: the bot's file.
        preferences: what people have chosen.
        exchanges: what has been shown to whom.
        asking: puts these together.
        limits: how many questions are taken.
        inline_limits: how many inline queries are.
        turns: one thing after the other.
        access: who is answered.
        metrics: what is counted.
        waiting: tells how many updates wait or are being dealt with.
    """

    settings: BotSettings
    load_settings: Callable[[], BotSettings]
    archive: AsyncRetriever
    database: Database
    preferences: PreferenceStore
    exchanges: ExchangeStore
    asking: QuestionService
    limits: RateLimiter
    inline_limits: RateLimiter
    turns: ChatLocks
    access: Access
    metrics: Metrics
    waiting: Callable[[], int]

    async def choices(self, user: User | None) -> Preferences:
        """Return what somebody has chosen."""
        return await self.preferences.get(user.id) if user else NO_PREFERENCES

    async def words(self, update: Update, text: str | None = None) -> Messages:
        """Return the words for whoever an update is from; `text` is what they wrote."""
        preferences = await self.choices(update.effective_user)
        return messages.for_person(delivery.language_code(update), text, preferences)
