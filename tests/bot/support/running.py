"""The bot in this process, against the Bot API server of the tests."""

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import Any

from bot.app import build_application
from bot.channels.indexing import Indexer
from bot.following.clock import Clock, utc_now
from bot.runner import serve
from bot.settings import BotSettings
from index.errors import KhazarError
from tests.bot.support.api_server import TOKEN, ApiServer
from tests.bot.support.fakes import FakeRetriever


@asynccontextmanager
async def running_bot(
    server: ApiServer,
    retriever: Any,
    indexer: Indexer | None = None,
    reloaded: dict[str, Any] | None = None,
    clock: Clock = utc_now,
    **settings: Any,
):
    """Run the real application against `server`, and stop it at the end of the block.

    `retriever` is an object whose `open` returns a `RetrieverSource`; `reloaded` are the settings
    that have changed when they are read again.
    """
    values = BotSettings(**{"api_url": server.url, "monitoring": False, **settings})
    application = build_application(
        values,
        TOKEN,
        retriever.open,
        load_settings=lambda: values.model_copy(update=reloaded),
        indexer=indexer,
        clock=clock,
    )
    serving = asyncio.create_task(serve(application, values))
    polling = asyncio.create_task(server.until(lambda: "getUpdates" in server.calls))
    try:
        await asyncio.wait((serving, polling), return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        await polling
        yield serving
    finally:
        polling.cancel()
        serving.cancel()
        # Errors of the bot were raised above, where `serving` was awaited.
        with suppress(asyncio.CancelledError, KhazarError):
            await serving


@asynccontextmanager
async def serving(server: ApiServer, fake: FakeRetriever, **settings: object):
    """Run the bot in this process and wait until Telegram knows that it listens."""
    stated = {"monitoring": False, "api_url": server.url, "poll_timeout": 1, **settings}
    values = BotSettings(**stated)
    task = asyncio.create_task(serve(build_application(values, TOKEN, fake.open), values))
    try:
        called = "getUpdates" if values.webhook_url is None else "setWebhook"
        await server.until(lambda: called in server.calls or task.done())
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
