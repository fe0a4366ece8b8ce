"""An echo bot with the project's own queue, processor and requests.

Tests of these need neither an index nor the real handlers.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.ext import Application, MessageHandler, filters

from bot.settings import BotSettings
from bot.transport.api_request import make_request, make_retrying_request
from bot.transport.update_parsing import LenientBot
from bot.transport.update_processor import UpdateProcessor
from bot.transport.update_store import DurableQueue
from bot.transport.webhook import WebhookServer
from tests.bot.support.api_server import TOKEN, ApiServer

Echo = Application[Any, Any, Any, Any, Any, Any]
Handle = Callable[[Update, Any], Awaitable[None]]


async def say_it(update: Update, _: Any) -> None:
    assert update.message is not None
    await update.message.reply_text(update.message.text or "")


def build_echo(server: ApiServer, directory: Path, handle: Handle = say_it, **stated: Any) -> Echo:
    settings = BotSettings(api_url=server.url, **stated)
    queue = DurableQueue(directory)
    bot = LenientBot(
        token=TOKEN,
        base_url=f"{server.url}/bot",
        request=make_retrying_request(settings, pool_size=64),
        get_updates_request=make_request(settings, pool_size=1),
        read_timeout=settings.read_timeout,
        persist=queue.persist,
    )
    application = (
        Application.builder()
        .bot(bot)
        .update_queue(queue)
        .concurrent_updates(UpdateProcessor(8, queue))
        .build()
    )
    application.add_handler(MessageHandler(filters.TEXT, handle))
    return application


@asynccontextmanager
async def running_echo(
    server: ApiServer,
    directory: Path,
    handle: Handle = say_it,
    *,
    webhook: bool = False,
    **stated: Any,
):
    """Run the echo bot; at the end of the block it stops as the real one, without retries."""
    application = build_echo(server, directory, handle, **stated)
    await application.initialize()
    await application.update_queue.open(application.bot)
    listening: WebhookServer | None = None
    if webhook:
        listening = WebhookServer(
            application.bot, application.update_queue,
            secret="right", listen="127.0.0.1", port=0, path="/telegram",
        )  # fmt: skip
        await listening.start()
        server.proxied = f"http://127.0.0.1:{listening.port}"
        await application.bot.set_webhook("https://bot.example/telegram", secret_token="right")
    else:
        await application.updater.start_polling(
            timeout=30, bootstrap_retries=-1, error_callback=lambda _: None
        )
    await application.start()
    try:
        yield application
    finally:
        if listening is not None:
            await listening.stop()
        else:
            await application.updater.stop()
        application.update_processor.drain()
        application.bot.request.stop_retrying()
        async with asyncio.timeout(60):
            await application.stop()
            await application.shutdown()
        await application.update_queue.close()
