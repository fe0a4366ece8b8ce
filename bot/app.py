"""The wiring of the application; nothing is decided here."""

from collections.abc import Callable

from telegram import LinkPreviewOptions
from telegram.ext import Application, Defaults

from bot.access import Access
from bot.archive import Archive, Searcher
from bot.asking import Asking
from bot.connection import connect, connect_patiently
from bot.handlers import gate
from bot.handlers.buttons import Buttons
from bot.handlers.commands import Commands
from bot.handlers.errors import Errors
from bot.handlers.gate import Gate
from bot.handlers.questions import Questions
from bot.inbox import DurableQueue
from bot.limits import QuestionLimits
from bot.metrics import Metrics
from bot.pacing import Pacer
from bot.processing import UpdateProcessor
from bot.service import METRICS, BotApplication
from bot.services import Services
from bot.settings import BotSettings
from bot.store.database import Database
from bot.store.exchanges import ExchangeStore
from bot.store.preferences import PreferenceStore
from bot.turns import Turns
from bot.updates import TolerantBot


def build_application(
    settings: BotSettings,
    token: str,
    open_retriever: Callable[[], Searcher],
    *,
    load_settings: Callable[[], BotSettings] | None = None,
) -> BotApplication:
    """Build the bot, without connecting to anything or opening the index yet.

    Args:
        settings: the `[bot]` table.
        token: the bot's token.
        open_retriever: opens the retriever; called in a thread once Telegram knows the token.
        load_settings: reads the table again, for /reload; None: it stays as it is.

    Raises:
        SettingsError: the proxy in the environment cannot be used.
    """
    directory = settings.path(settings.directory)
    queue = DurableQueue(directory)
    services = _services(settings, open_retriever, load_settings or (lambda: settings))
    services.metrics.watch_queue(lambda: queue.length, lambda: queue.repeated)
    application = (
        Application.builder()
        .bot(_bot(settings, token))
        .update_queue(queue)
        .concurrent_updates(UpdateProcessor(settings.concurrent_updates, queue))
        .job_queue(None)
        .build()
    )

    async def open_all(application: BotApplication) -> None:
        await services.database.open()
        await services.database.prune(settings.keep_days)
        await services.archive.open()
        await queue.open(application.bot)

    async def close_all(_: BotApplication) -> None:
        await services.archive.close()
        await queue.close()
        await services.database.close()

    application.post_init = open_all
    application.post_shutdown = close_all
    application.bot_data[METRICS] = services.metrics
    application.add_handler(Gate(services).handler(), gate.GROUP)
    application.add_handlers(Questions(services).handlers())
    application.add_handlers(Commands(services).handlers())
    application.add_handlers(Buttons(services).handlers())
    application.add_error_handler(Errors(services.metrics).on_error)
    return application


def _services(
    settings: BotSettings,
    open_retriever: Callable[[], Searcher],
    load_settings: Callable[[], BotSettings],
) -> Services:
    archive = Archive(open_retriever, settings.search_threads)
    database = Database(settings.path(settings.directory))
    exchanges = ExchangeStore(database, settings.conversation_hours)
    return Services(
        settings=settings,
        load_settings=load_settings,
        archive=archive,
        database=database,
        preferences=PreferenceStore(database),
        exchanges=exchanges,
        asking=Asking(archive, exchanges, settings.passages),
        limits=QuestionLimits(settings.user_questions_per_minute, settings.questions_per_minute),
        turns=Turns(),
        access=Access(settings),
        metrics=Metrics(),
    )


def _bot(settings: BotSettings, token: str) -> TolerantBot:
    return TolerantBot(
        token,
        base_url=f"{settings.api_url}/bot",
        base_file_url=f"{settings.api_url}/file/bot",
        request=connect_patiently(settings, pool_size=settings.concurrent_updates),
        get_updates_request=connect(settings, pool_size=1),
        defaults=Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)),
        rate_limiter=Pacer(),
        reply_within=settings.read_timeout,
    )
