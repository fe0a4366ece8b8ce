"""Pacing: what goes out keeps within Telegram's limits."""

from typing import Any, Final

from telegram.ext import AIORateLimiter

# Telegram repeats its refusal for as long as it said; after so many of them something is wrong.
_MAX_RETRIES: Final = 5
# These are no messages, which is what Telegram limits, and are worth nothing when they come late.
_UNPACED: Final = frozenset({"sendChatAction", "answerCallbackQuery", "answerInlineQuery"})


class SelectiveRateLimiter(AIORateLimiter):
    """python-telegram-bot's limiter, which lets pass what no limit is on."""

    def __init__(self) -> None:
        super().__init__(max_retries=_MAX_RETRIES)

    async def process_request(
        self, callback: Any, args: Any, kwargs: Any, endpoint: str, data: Any, rate_limit_args: Any
    ) -> Any:
        """Make a request, when there is room for it."""
        if endpoint in _UNPACED:
            return await callback(*args, **kwargs)
        return await super().process_request(
            callback, args, kwargs, endpoint, data, rate_limit_args
        )
