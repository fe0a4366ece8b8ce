"""The bot's run: start even without a network, serve, stop without losing an answer."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from telegram import Update
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.ext import Application

from bot.allocator import limit_arenas
from bot.monitoring.health import HealthMonitor, Stage
from bot.monitoring.health_server import HealthServer
from bot.monitoring.metrics import Metrics
from bot.settings import TOKEN_VARIABLE, BotSettings, read_webhook_secret
from bot.transport.api_request import RetryingRequest, TokenRejectedError, UnauthorizedError
from bot.transport.backoff import exponential_backoff
from bot.transport.http_server import ListenError, Rule
from bot.transport.rate_limiter import ChatRateLimiter, seconds_to_wait
from bot.transport.update_processor import UpdateProcessor
from bot.transport.update_store import DurableQueue
from bot.transport.webhook import WebhookServer, webhook_secret

BotApplication = Application[Any, Any, Any, Any, Any, Any]

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_STOP_POLLING_TIMEOUT = 5.0
# Key of `Monitors` in the application's data.
MONITORS = "monitors"
# Key of what is awaited before the last request: it begins no more messages of its own accord.
DRAIN = "drain"
_ALLOWED_UPDATES = [
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CHANNEL_POST,
    Update.EDITED_CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
    Update.MESSAGE_REACTION,
    Update.GUEST_MESSAGE,
]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Monitors:
    """Metrics and health of a running application, and the feeds beside them."""

    metrics: Metrics
    health: HealthMonitor
    feeds: Sequence[Rule]


def run(application: BotApplication, settings: BotSettings) -> None:
    """Run the bot until SIGINT or SIGTERM, then finish the answers in progress and return.

    Raises:
        KhazarError: Telegram rejects the token, or the index cannot be opened.
    """
    limit_arenas()
    asyncio.run(_serve_until_signal(application, settings))


async def serve(application: BotApplication, settings: BotSettings) -> None:
    """Run the bot until the task is cancelled.

    Raises:
        KhazarError: Telegram rejects the token, now or later, or the index or a port cannot be
            used.
    """
    token_rejected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    monitors: Monitors = application.bot_data[MONITORS]
    health_server = _health_server(monitors, settings)
    webhook: WebhookServer | None = None
    try:
        await _start_monitoring(health_server)
        await _until_reachable(application.initialize, settings)
        if application.post_init:
            await application.post_init(application)
        if settings.webhook_url is None:
            await _start_polling(application, settings, token_rejected)
        else:
            webhook = await _start_webhook(application, settings, monitors.health)
        await application.start()
        monitors.health.enter(Stage.RUNNING)
        _logger.info("@%s answers; stop with Ctrl-C", application.bot.username)
        await token_rejected
    except asyncio.CancelledError:
        _logger.info("stopping, once what is being answered is answered")
        raise
    finally:
        monitors.health.enter(Stage.STOPPING)
        if webhook is not None:
            await webhook.stop()
        await _stop(application, settings)
        if health_server is not None:
            await health_server.stop()


async def _start_polling(
    application: BotApplication, settings: BotSettings, token_rejected: asyncio.Future[None]
) -> None:
    def on_polling_error(error: TelegramError) -> None:
        if not isinstance(error, UnauthorizedError):
            _logger.warning("polling was interrupted, trying again: %s", error)
        elif not token_rejected.done():
            token_rejected.set_exception(_token_rejected(settings))

    updater = application.updater
    assert updater is not None  # `build_application` builds one
    await updater.start_polling(
        timeout=settings.poll_timeout,
        bootstrap_retries=-1,
        allowed_updates=_ALLOWED_UPDATES,
        error_callback=on_polling_error,
    )


async def _start_webhook(
    application: BotApplication, settings: BotSettings, health: HealthMonitor
) -> WebhookServer:
    queue = application.update_queue
    assert isinstance(queue, DurableQueue)  # as `build_application` builds it
    secret = read_webhook_secret() or webhook_secret(application.bot.token)
    server = WebhookServer(
        application.bot,
        queue,
        secret=secret,
        listen=settings.webhook_listen,
        port=settings.webhook_port,
        path=settings.webhook_path,
        on_call=health.webhook_called,
    )
    await server.start()

    async def register() -> None:
        await application.bot.set_webhook(
            settings.webhook_url or "", secret_token=secret, allowed_updates=_ALLOWED_UPDATES
        )

    try:
        await _until_reachable(register, settings)
    except BaseException:
        await server.stop()
        raise
    _logger.info("updates come in on %s, port %d", settings.webhook_listen, server.port)
    return server


def _health_server(monitors: Monitors, settings: BotSettings) -> HealthServer | None:
    if not settings.monitoring:
        return None
    return HealthServer(
        monitors.metrics,
        monitors.health.status,
        monitors.feeds if settings.feed_url else (),
        listen=settings.monitoring_listen,
        port=settings.monitoring_port,
    )


async def _start_monitoring(server: HealthServer | None) -> None:
    """Serve health and metrics; without a free port the bot runs all the same."""
    if server is None:
        return
    try:
        await server.start()
    except ListenError as error:
        _logger.warning("health and metrics are not served: %s", error)


async def _serve_until_signal(application: BotApplication, settings: BotSettings) -> None:
    serving = asyncio.create_task(serve(application, settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers; there asyncio.run handles Ctrl-C.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, serving.cancel)
    with suppress(asyncio.CancelledError):
        await serving


async def _until_reachable(action: Callable[[], Awaitable[None]], settings: BotSettings) -> None:
    """Call `action` until Telegram can be reached, with growing pauses."""
    for pause in exponential_backoff(_FIRST_PAUSE, _LONGEST_PAUSE):
        try:
            return await action()
        except (InvalidToken, UnauthorizedError):
            # From None: python-telegram-bot's message contains the token.
            raise _token_rejected(settings) from None
        except RetryAfter as error:
            reason, seconds = str(error), seconds_to_wait(error)
        except TelegramError as error:
            reason, seconds = str(error), pause
        _logger.warning(
            "cannot reach %s (%s); trying again in %g s", settings.route, reason, seconds
        )
        await asyncio.sleep(seconds)
    return None


def _token_rejected(settings: BotSettings) -> TokenRejectedError:
    return TokenRejectedError(
        f"{settings.api_url} refused the token in {TOKEN_VARIABLE}: ask @BotFather "
        "(https://t.me/BotFather) for a valid one"
    )


async def _stop(application: BotApplication, settings: BotSettings) -> None:
    processor, request = application.update_processor, application.bot.request
    assert isinstance(processor, UpdateProcessor)  # as `build_application` builds them
    assert isinstance(request, RetryingRequest)
    # Updates that are not handled in time stay in the update store until the next start.
    processor.drain()
    updater = application.updater
    if updater is not None and updater.running:
        # While Telegram is out of reach, `stop` would wait for the end of the updater's pause.
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_POLLING_TIMEOUT):
                await updater.stop()
    limiter = application.bot.rate_limiter
    assert isinstance(limiter, ChatRateLimiter)

    def stop_waiting() -> None:
        request.stop_retrying()
        limiter.stop_waiting()

    give_up = asyncio.get_running_loop().call_later(settings.stop_within, stop_waiting)
    await application.bot_data[DRAIN]()
    if application.running:
        await application.stop()
    give_up.cancel()
    await application.shutdown()
    # `application.shutdown` closes no connections when `initialize` never succeeded.
    await application.bot.shutdown()
    if application.post_shutdown:
        await application.post_shutdown(application)
