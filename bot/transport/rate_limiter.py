"""Telegram's limits on messages that the bot sends."""

from typing import Any, Final

from telegram.ext import AIORateLimiter

# Waits after a 429. A wait as long as Telegram asked for is enough; after five something is wrong.
_MAX_RETRIES: Final = 5
# Methods that send no message, so that Telegram does not limit them; late they would be useless.
_UNLIMITED: Final = frozenset({"sendChatAction", "answerCallbackQuery", "answerInlineQuery"})


class SelectiveRateLimiter(AIORateLimiter):
    """python-telegram-bot's limiter, applied only to methods that Telegram limits."""

    def __init__(self) -> None:
        super().__init__(max_retries=_MAX_RETRIES)

    async def process_request(
        self, callback: Any, args: Any, kwargs: Any, endpoint: str, data: Any, rate_limit_args: Any
    ) -> Any:
        """Make a request once the limits allow it."""
        if endpoint in _UNLIMITED:
            return await callback(*args, **kwargs)
        return await super().process_request(
            callback, args, kwargs, endpoint, data, rate_limit_args
        )
