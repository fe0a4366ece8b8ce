"""The wiring of the application; nothing is decided here."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from telegram import LinkPreviewOptions
from telegram.ext import Application, Defaults

from bot.asking.access import Access
from bot.asking.async_retriever import AsyncRetriever, RetrieverSource
from bot.asking.chat_locks import ChatLocks
from bot.asking.question_service import QuestionService
from bot.asking.rate_limits import RateLimiter
from bot.channels.indexing import Indexer
from bot.channels.post_indexer import PostIndexer
from bot.context import HandlerContext
from bot.handlers import gate
from bot.handlers.buttons import Buttons
from bot.handlers.channels import Channels
from bot.handlers.commands import CommandHandlers
from bot.handlers.errors import Errors
from bot.handlers.gate import Gate
from bot.handlers.inline import Inline
from bot.handlers.operators import Operators
from bot.handlers.preferences import PreferencePanels
from bot.handlers.questions import Questions
from bot.handlers.uploads import UploadHandlers
from bot.maintenance import Maintenance
from bot.monitoring.health import HealthMonitor
from bot.monitoring.metrics import Metrics
from bot.runner import WATCHED, BotApplication, Monitors
from bot.settings import BotSettings
from bot.store.database import Database
from bot.store.exchanges import ExchangeStore
from bot.store.posts import PostStore
from bot.store.preferences import PreferenceStore
from bot.transport.api_request import connect, make_retrying_request
from bot.transport.rate_limiter import SelectiveRateLimiter
from bot.transport.update_parsing import LenientBot
from bot.transport.update_processor import UpdateProcessor
from bot.transport.update_store import DurableQueue

_logger = logging.getLogger(__name__)


def build_application(
    settings: BotSettings,
    token: str,
    open_retriever: Callable[[], RetrieverSource],
    *,
    load_settings: Callable[[], BotSettings] | None = None,
    indexer: Indexer | None = None,
) -> BotApplication:
    """Build the bot, without connecting to anything or opening the index yet.

    Args:
        settings: the `[bot]` table.
        token: the bot's token.
        open_retriever: opens the retriever; called in a thread once Telegram knows the token.
        load_settings: reads the table again, for /reload; None: it stays as it is.
        indexer: changes the index; None: the bot does not, neither for channels nor operators.

    Raises:
        SettingsError: the proxy in the environment cannot be used.
    """
    queue = DurableQueue(settings.path(settings.directory))
    services = _services(settings, open_retriever, load_settings or (lambda: settings), queue)
    services.metrics.watch_queue(lambda: queue.length, lambda: queue.repeated)
    bot = _bot(settings, token, queue)
    vitals = HealthMonitor(settings, bot, lambda: services.archive.snapshot, services.waiting)
    services.metrics.watch_contact(lambda: vitals.condition().last_contact_seconds)
    application: BotApplication = (
        Application.builder()
        .bot(bot)
        .update_queue(queue)
        .concurrent_updates(UpdateProcessor(settings.concurrent_updates, queue))
        .job_queue(None)
        .build()
    )
    application.bot_data[WATCHED] = Monitors(services.metrics, vitals)
    application.add_handler(Gate(services).handler(), gate.GROUP)
    feed = _add_indexing(application, services, indexer)
    _add_handlers(application, services)
    application.add_error_handler(Errors(services.metrics).on_error)
    directory = settings.path(settings.directory)
    upkeep = Maintenance(services.database, directory, settings.keep_days)

    async def open_all(application: BotApplication) -> None:
        await services.database.open()
        await services.archive.open()
        await upkeep.open(application.bot, services.access.operators)
        if feed is not None:
            await feed.open()
        await queue.open(application.bot)

    async def close_all(_: BotApplication) -> None:
        parts = (feed, upkeep, services.archive, queue, services.database)
        await _close([part for part in parts if part is not None])

    application.post_init = open_all
    application.post_shutdown = close_all
    return application


class _Part(Protocol):
    async def close(self) -> None: ...


async def _close(parts: Sequence[_Part]) -> None:
    """Close parts in turn; one that fails, which is logged, keeps no other from being closed."""
    for part in parts:
        try:
            await part.close()
        except Exception:
            _logger.exception("%s could not be closed", type(part).__name__)


def _add_indexing(
    application: BotApplication, services: HandlerContext, indexer: Indexer | None
) -> PostIndexer | None:
    """Add the handlers of operators and channels, which come before those of everybody."""
    settings = services.settings
    directory = settings.path(settings.directory)
    posts = PostStore(services.database)
    if indexer is None:
        application.add_handlers(Operators(services, posts, None).handlers())
        return None
    feed = PostIndexer(posts, indexer, directory, settings.channel_delay)
    application.add_handlers(Channels(settings, posts, feed).handlers())
    application.add_handlers(Operators(services, posts, feed).handlers())
    application.add_handlers(UploadHandlers(services, indexer, directory).handlers())
    return feed


def _add_handlers(application: BotApplication, services: HandlerContext) -> None:
    panels = PreferencePanels(services)
    deep_links = {
        "settings": panels.settings,
        "language": panels.language,
        "source": panels.source,
    }
    application.add_handlers(panels.handlers())
    application.add_handlers(Questions(services).handlers())
    application.add_handlers(CommandHandlers(services, deep_links).handlers())
    application.add_handlers(Inline(services).handlers())
    application.add_handlers(Buttons(services).handlers())


def _services(
    settings: BotSettings,
    open_retriever: Callable[[], RetrieverSource],
    load_settings: Callable[[], BotSettings],
    queue: DurableQueue,
) -> HandlerContext:
    archive = AsyncRetriever(open_retriever, settings.search_threads)
    database = Database(settings.path(settings.directory))
    exchanges = ExchangeStore(database, settings.conversation_hours)
    return HandlerContext(
        settings=settings,
        load_settings=load_settings,
        archive=archive,
        database=database,
        preferences=PreferenceStore(database),
        exchanges=exchanges,
        asking=QuestionService(archive, exchanges, settings.passages),
        limits=RateLimiter(settings.user_questions_per_minute, settings.questions_per_minute),
        inline_limits=RateLimiter(
            settings.user_inline_queries_per_minute, settings.questions_per_minute
        ),
        turns=ChatLocks(),
        access=Access(settings),
        metrics=Metrics(),
        waiting=lambda: queue.length,
    )


def _bot(settings: BotSettings, token: str, queue: DurableQueue) -> LenientBot:
    return LenientBot(
        token,
        base_url=f"{settings.api_url}/bot",
        base_file_url=f"{settings.api_url}/file/bot",
        request=make_retrying_request(settings, pool_size=settings.concurrent_updates),
        get_updates_request=connect(settings, pool_size=1),
        defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),
        rate_limiter=SelectiveRateLimiter(),
        reply_within=settings.read_timeout,
        write_down=queue.persist,
    )
