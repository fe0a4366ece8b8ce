"""The wiring of the application; nothing is decided here."""

from collections.abc import Callable

from telegram import LinkPreviewOptions
from telegram.ext import Application, Defaults

from bot.archive import Archive, Searcher
from bot.connection import connect
from bot.handlers import commands
from bot.handlers.errors import on_error
from bot.handlers.questions import Questions
from bot.service import BotApplication
from bot.settings import BotSettings


def build_application(
    settings: BotSettings, token: str, open_retriever: Callable[[], Searcher]
) -> BotApplication:
    """Build the bot, without connecting to anything or opening the index yet.

    Args:
        settings: the `[bot]` table.
        token: the bot's token.
        open_retriever: opens the retriever; called in a thread once Telegram knows the token.

    Raises:
        SettingsError: the proxy in the environment cannot be used.
    """
    archive = Archive(open_retriever, settings.search_threads)
    application = (
        Application.builder()
        .token(token)
        .base_url(f"{settings.api_url}/bot")
        .base_file_url(f"{settings.api_url}/file/bot")
        .request(connect(settings, pool_size=settings.concurrent_updates))
        .get_updates_request(connect(settings, pool_size=1))
        .defaults(Defaults(link_preview_options=LinkPreviewOptions(is_disabled=True)))
        .concurrent_updates(settings.concurrent_updates)
        .job_queue(None)
        .post_init(lambda _: archive.open())
        .post_shutdown(lambda _: archive.close())
        .build()
    )
    application.add_handlers(commands.handlers())
    application.add_handlers(Questions(archive, settings.passages).handlers())
    application.add_error_handler(on_error)
    return application
