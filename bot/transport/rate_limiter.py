"""Telegram's limits on what the bot sends: for each chat, and for all chats together.

What is for a group that has become a supergroup goes to its new id.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from aiolimiter import AsyncLimiter
from telegram.constants import FloodLimit
from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter
from telegram.ext import BaseRateLimiter

from bot.transport.retry import mark_given_up

# Waits after a 429. A wait as long as Telegram asked for is enough; after five something is wrong.
_MAX_RETRIES: Final = 5
# Added to the wait that Telegram asks for, in whole seconds: clocks differ.
_MARGIN: Final = 0.1
# Methods that send no message, so that Telegram does not limit them; late they would be useless.
_UNLIMITED: Final = frozenset(
    {"sendChatAction", "answerCallbackQuery", "answerInlineQuery", "answerGuestQuery"}
)
# To one person Telegram asks for one message a second, and tolerates short bursts.
_PRIVATE_BURST: Final = 20
_PRIVATE_SECONDS: Final = 20
_MINUTE: Final = 60
# Chats that have been quiet are forgotten when there are more than this.
_MAX_CHATS: Final = 1024

_logger = logging.getLogger(__name__)
_Call = Callable[..., Coroutine[Any, Any, Any]]


@dataclass(slots=True)
class _Chat:
    """What limits the messages to one chat.

    Attributes:
        limiter: the rate of messages.
        blocked_until: time on the event loop's clock until which Telegram wants none.
    """

    limiter: AsyncLimiter
    blocked_until: float = 0.0

    def is_idle(self, now: float) -> bool:
        """Return whether nothing is known of the chat that its next message needs."""
        return self.blocked_until <= now and self.limiter.has_capacity(self.limiter.max_rate)


class ChatRateLimiter(BaseRateLimiter[int]):
    """Lets requests pass in each chat's rate; after a 429 only the chat that it was for waits.

    python-telegram-bot's `AIORateLimiter` stops every chat after a 429, and one chat's messages can
    take the whole bot's rate.
    """

    def __init__(self, on_migrated: Callable[[int, int], Awaitable[None]]) -> None:
        """Limit requests.

        Args:
            on_migrated: called with the old and the new id of a group when Telegram refuses a
                message because the group has become a supergroup.
        """
        self._on_migrated = on_migrated
        self._moved: dict[int, int] = {}
        self._all = AsyncLimiter(FloodLimit.MESSAGES_PER_SECOND, 1)
        self._chats: dict[int | str, _Chat] = {}
        self._stopped = asyncio.Event()

    def stop_waiting(self) -> None:
        """Give up requests that wait for a chat now or later: the bot is stopping."""
        self._stopped.set()

    async def initialize(self) -> None:
        """Do nothing: there is nothing to prepare."""

    async def shutdown(self) -> None:
        """Do nothing: there is nothing to close."""

    async def process_request(
        self,
        callback: _Call,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        """Make a request once the limits allow it, and again after a 429.

        Args:
            callback: makes the request.
            args: its arguments.
            kwargs: its keyword arguments.
            endpoint: the Bot API's method.
            data: the method's parameters.
            rate_limit_args: most waits after a 429; None: five.

        Raises:
            RetryAfter: Telegram still wants no message after the last wait.
            BadRequest: the request changes a message of a group that has become a supergroup, where
                messages have other numbers.
            NetworkError: the bot is stopping.
        """
        chat_id = data.get("chat_id")
        if chat_id in self._moved:
            _redirect(data, self._moved[chat_id])
        limited = partial(self._limited, callback, args, kwargs, endpoint, data, rate_limit_args)
        try:
            return await limited()
        except ChatMigrated as error:
            if not isinstance(chat_id, int) or chat_id in self._moved:
                raise
            self._moved[chat_id] = error.new_chat_id
            await self._on_migrated(chat_id, error.new_chat_id)
            _redirect(data, error.new_chat_id)
            return await limited()

    async def _limited(
        self,
        callback: _Call,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        if endpoint in _UNLIMITED:
            return await callback(*args, **kwargs)
        chat = self._chat(data.get("chat_id"))
        retries = _MAX_RETRIES if rate_limit_args is None else rate_limit_args
        for _ in range(retries):
            try:
                return await self._pass(chat, callback, args, kwargs)
            except RetryAfter as error:
                await self._block(chat, error)
        return await self._pass(chat, callback, args, kwargs)

    def _chat(self, chat_id: int | str | None) -> _Chat | None:
        """Return a chat's limits; None for a request that is for no chat."""
        if chat_id is None:
            return None
        if len(self._chats) > _MAX_CHATS:
            now = _now()
            self._chats = {key: one for key, one in self._chats.items() if not one.is_idle(now)}
        if chat_id not in self._chats:
            # Groups have negative ids; only channels and groups have names.
            if isinstance(chat_id, str) or chat_id < 0:
                limiter = AsyncLimiter(FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP, _MINUTE)
            else:
                limiter = AsyncLimiter(_PRIVATE_BURST, _PRIVATE_SECONDS)
            self._chats[chat_id] = _Chat(limiter)
        return self._chats[chat_id]

    async def _pass(
        self, chat: _Chat | None, callback: _Call, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        if chat is not None:
            # The chat's own limit comes first: what waits for it keeps no other chat waiting.
            await chat.limiter.acquire()
            await self._wait_for(chat)
            await self._all.acquire()
        return await callback(*args, **kwargs)

    async def _wait_for(self, chat: _Chat) -> None:
        """Wait until Telegram accepts messages to a chat again.

        Raises:
            NetworkError: the bot is stopping; the update is left for the next start.
        """
        while (wait := chat.blocked_until - _now()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._stopped.wait()
                mark_given_up()
                raise NetworkError("the bot is stopping")

    async def _block(self, chat: _Chat | None, error: RetryAfter) -> None:
        """Keep a chat's requests waiting for as long as Telegram asks."""
        seconds = seconds_to_wait(error) + _MARGIN
        if chat is None:
            _logger.info("Telegram asks to wait %.1f s", seconds)
            await asyncio.sleep(seconds)
            return
        _logger.info("Telegram asks to wait %.1f s with a chat", seconds)
        chat.blocked_until = max(chat.blocked_until, _now() + seconds)


def _redirect(data: dict[str, Any], chat_id: int) -> None:
    """Change a request's parameters so that it goes to a group's new id.

    Raises:
        BadRequest: it is for a message, and messages have other numbers there.
    """
    if "message_id" in data:
        raise BadRequest("the message was in a group that has become a supergroup")
    data["chat_id"] = chat_id
    for name in ("reply_parameters", "message_thread_id"):
        data.pop(name, None)


def seconds_to_wait(error: RetryAfter) -> float:
    """Return the seconds that Telegram asks to wait."""
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


def _now() -> float:
    return asyncio.get_running_loop().time()
