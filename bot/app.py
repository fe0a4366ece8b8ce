"""The application's wiring: builds the parts, opens them in order, closes them again."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from telegram import LinkPreviewOptions
from telegram.ext import Application, Defaults

from bot.asking.access import Access
from bot.asking.albums import Albums
from bot.asking.async_retriever import AsyncRetriever, RetrieverSource
from bot.asking.chat_locks import ChatLocks
from bot.asking.question_service import QuestionService
from bot.asking.rate_limits import RateLimiter
from bot.channels.indexing import Indexer
from bot.channels.post_indexer import PostIndexer
from bot.context import HandlerContext
from bot.following.clock import Clock, utc_now
from bot.following.feeds import feed_rules
from bot.following.following import Following
from bot.following.handlers import FollowHandlers
from bot.following.matching import FollowMatcher
from bot.following.sending import NoticeSender
from bot.handlers import migration
from bot.handlers.answer_buttons import AnswerButtonHandlers
from bot.handlers.channel_posts import ChannelPostHandlers
from bot.handlers.commands import CommandHandlers
from bot.handlers.errors import ErrorHandler
from bot.handlers.gates import access_gate, album_gate, request_gate
from bot.handlers.gates.access_gate import AccessGate
from bot.handlers.gates.album_gate import AlbumGate
from bot.handlers.gates.request_gate import RequestGate
from bot.handlers.guest_messages import GuestHandlers
from bot.handlers.inline_queries import InlineQueryHandlers
from bot.handlers.membership import MembershipHandlers
from bot.handlers.migration import MigrationHandler
from bot.handlers.operator_commands import OperatorCommandHandlers
from bot.handlers.own_data import OwnDataHandlers
from bot.handlers.preferences import PreferenceHandlers
from bot.handlers.questions import QuestionHandlers
from bot.handlers.reactions import ReactionHandlers
from bot.handlers.uploads import UploadHandlers
from bot.maintenance import Maintenance
from bot.monitoring.archive_watch import ArchiveWatch
from bot.monitoring.health import HealthMonitor
from bot.monitoring.metrics import Metrics
from bot.monitoring.notices import OperatorNotices
from bot.runner import DRAIN, MONITORS, BotApplication, Monitors
from bot.settings import BotSettings
from bot.store.database import Database
from bot.store.exchanges import ExchangeStore
from bot.store.follows import FollowStore
from bot.store.migrations import read_migrations
from bot.store.posts import PostStore
from bot.store.preferences import PreferenceStore
from bot.transport.api_request import make_request, make_retrying_request
from bot.transport.background_task import BackgroundTask
from bot.transport.http_server import Rule
from bot.transport.rate_limiter import ChatRateLimiter
from bot.transport.update_parsing import LenientBot
from bot.transport.update_processor import UpdateProcessor
from bot.transport.update_store import DurableQueue
from bot.views.bot_profile import OPERATORS, UNANSWERED

_logger = logging.getLogger(__name__)


def build_application(
    settings: BotSettings,
    token: str,
    open_retriever: Callable[[], RetrieverSource],
    *,
    load_settings: Callable[[], BotSettings] | None = None,
    indexer: Indexer | None = None,
    clock: Clock = utc_now,
) -> BotApplication:
    """Build the bot, without connecting to anything or opening the index yet.

    Args:
        settings: the `[bot]` table.
        token: the bot's token.
        open_retriever: opens the retriever; called in a thread once Telegram has accepted the
            token.
        load_settings: reads the table again for /reload; None: the settings never change.
        indexer: changes the index; None: the bot indexes no channels and no operators' articles.
        clock: tells the hour at which new articles of followed subjects are sent.

    Raises:
        SettingsError: the proxy in the environment cannot be used.
    """
    directory = settings.path(settings.directory)
    queue = DurableQueue(directory)
    context = _handler_context(settings, open_retriever, load_settings or (lambda: settings), queue)
    migrations = MigrationHandler(context)

    async def on_migrated(old_id: int, new_id: int) -> None:
        await migrations.follow(bot, old_id, new_id)

    bot = _bot(settings, token, queue, ChatRateLimiter(on_migrated))
    application: BotApplication = (
        Application.builder()
        .bot(bot)
        .update_queue(queue)
        .concurrent_updates(UpdateProcessor(settings.concurrent_updates, queue))
        .job_queue(None)
        .build()
    )
    albums = Albums()
    application.add_handler(migrations.handler(), migration.GROUP)
    application.add_handler(AccessGate(context).handler(), access_gate.GROUP)
    application.add_handler(AlbumGate(context.access, albums).handler(), album_gate.GROUP)
    application.add_handler(RequestGate(context).handler(), request_gate.GROUP)
    post_indexer = _add_indexing(application, context, albums, indexer)
    follows = FollowStore(context.database)
    _add_handlers(application, context, follows)
    following = _following(context, follows, clock)
    application.add_error_handler(ErrorHandler(context.metrics).on_error)
    maintenance = Maintenance(
        context.database,
        directory,
        settings.keep_days,
        context.empty_logs,
        (*OPERATORS, *([UNANSWERED] if settings.unanswered else [])),
    )
    tasks = [maintenance.task, *following.tasks]
    tasks += [post_indexer.task] if post_indexer is not None else []
    watch = _archive_watch(context, indexer, tasks)
    tasks.append(watch.task)
    application.bot_data[MONITORS] = _monitors(context, bot, queue, tasks, feed_rules(follows))

    async def drain() -> None:
        await maintenance.drain()
        await following.drain()

    application.bot_data[DRAIN] = drain

    async def open_all(application: BotApplication) -> None:
        await context.database.open()
        for new_id, old_id in (await read_migrations(context.database)).items():
            context.access.follow(old_id, new_id)
        await context.retriever.open()
        await maintenance.open(application.bot, context.access.operators)
        if post_indexer is not None:
            await post_indexer.open()
        await watch.open(application.bot)
        await following.open(application.bot)
        await queue.open(application.bot)

    async def close_all(_: BotApplication) -> None:
        parts = (
            *(watch, post_indexer, following, maintenance, context.retriever, queue),
            context.database,
        )
        await _close([part for part in parts if part is not None])

    application.post_init = open_all
    application.post_shutdown = close_all
    return application


def _following(context: HandlerContext, follows: FollowStore, clock: Clock) -> Following:
    retriever = context.retriever
    sender = NoticeSender(
        context.database, follows, context.preferences, retriever, context.access, clock
    )
    return Following(FollowMatcher(follows, retriever, clock), sender)


def _monitors(
    context: HandlerContext,
    bot: LenientBot,
    queue: DurableQueue,
    tasks: Sequence[BackgroundTask],
    feeds: Sequence[Rule],
) -> Monitors:
    retriever, metrics = context.retriever, context.metrics
    health = HealthMonitor(context.settings, bot, retriever, context.queue_length, tasks)
    metrics.watch_queue(context.queue_length, lambda: queue.duplicates)
    metrics.watch_contact(lambda: health.status().last_contact_seconds)
    metrics.watch_index(lambda: retriever.behind_seconds)
    for task in tasks:
        metrics.watch_task(task)
    return Monitors(metrics, health, feeds)


def _archive_watch(
    context: HandlerContext, indexer: Indexer | None, tasks: Sequence[BackgroundTask]
) -> ArchiveWatch:
    index = None if indexer is None else indexer.settings
    return ArchiveWatch(
        context.notices,
        context.retriever,
        None if index is None else index.path(index.directory),
        tuple(tasks),
        context.settings.stale_hours,
    )


class _Part(Protocol):
    async def close(self) -> None: ...


async def _close(parts: Sequence[_Part]) -> None:
    """Close parts in turn; log an error and go on with the next part."""
    for part in parts:
        try:
            await part.close()
        except Exception:
            _logger.exception("%s could not be closed", type(part).__name__)


def _add_indexing(
    application: BotApplication, context: HandlerContext, albums: Albums, indexer: Indexer | None
) -> PostIndexer | None:
    """Add the handlers of operators and channels, which come before everybody's."""
    settings = context.settings
    directory = settings.path(settings.directory)
    posts = PostStore(context.database)
    if indexer is None:
        application.add_handlers(OperatorCommandHandlers(context, posts, None).handlers())
        return None
    post_indexer = PostIndexer(posts, indexer, directory, settings.channel_delay)
    channel_posts = ChannelPostHandlers(settings, context.database, posts, post_indexer)
    application.add_handlers(channel_posts.handlers())
    application.add_handlers(OperatorCommandHandlers(context, posts, post_indexer).handlers())
    application.add_handlers(UploadHandlers(context, albums, indexer, directory).handlers())
    return post_indexer


def _add_handlers(
    application: BotApplication, context: HandlerContext, follows: FollowStore
) -> None:
    preferences, own_data = PreferenceHandlers(context), OwnDataHandlers(context)
    deep_links = {
        "settings": preferences.settings,
        "language": preferences.language,
        "source": preferences.source,
        "period": preferences.period,
        "privacy": own_data.privacy,
    }
    application.add_handlers(preferences.handlers())
    application.add_handlers(own_data.handlers())
    application.add_handlers(FollowHandlers(context, follows).handlers())
    questions = QuestionHandlers(context)
    application.add_handlers(questions.handlers())
    application.add_handlers(CommandHandlers(context, deep_links, questions.ask).handlers())
    application.add_handlers(MembershipHandlers(context).handlers())
    application.add_handlers(GuestHandlers(context).handlers())
    application.add_handlers(ReactionHandlers(context).handlers())
    application.add_handlers(InlineQueryHandlers(context).handlers())
    application.add_handlers(AnswerButtonHandlers(context).handlers())


def _handler_context(
    settings: BotSettings,
    open_retriever: Callable[[], RetrieverSource],
    load_settings: Callable[[], BotSettings],
    queue: DurableQueue,
) -> HandlerContext:
    retriever = AsyncRetriever(open_retriever, settings.search_threads)
    database = Database(settings.path(settings.directory))
    exchanges = ExchangeStore(database, settings.conversation_hours)
    preferences, access = PreferenceStore(database), Access(settings)
    total = settings.questions_per_minute

    async def empty_logs() -> None:
        await database.empty_log()
        await queue.empty_log()

    return HandlerContext(
        settings=settings,
        load_settings=load_settings,
        retriever=retriever,
        database=database,
        preferences=preferences,
        exchanges=exchanges,
        question_service=QuestionService(retriever, exchanges, settings.passages),
        rate_limiter=RateLimiter(settings.user_questions_per_minute, total),
        request_rate_limiter=RateLimiter(settings.user_requests_per_minute),
        inline_rate_limiter=RateLimiter(settings.user_inline_queries_per_minute, total),
        chat_locks=ChatLocks(),
        access=access,
        metrics=Metrics(),
        notices=OperatorNotices(database, preferences, lambda: access.operators),
        empty_logs=empty_logs,
        queue_length=lambda: queue.length,
    )


def _bot(
    settings: BotSettings, token: str, queue: DurableQueue, rate_limiter: ChatRateLimiter
) -> LenientBot:
    return LenientBot(
        token,
        base_url=f"{settings.api_url}/bot",
        base_file_url=f"{settings.api_url}/file/bot",
        request=make_retrying_request(settings, pool_size=settings.concurrent_updates),
        get_updates_request=make_request(settings, pool_size=1),
        defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),
        rate_limiter=rate_limiter,
        read_timeout=settings.read_timeout,
        persist=queue.persist,
    )
