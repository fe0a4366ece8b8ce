"""The way to the Bot API: timeouts, proxies, and how troubles on it are told apart."""

from typing import Any

import httpx
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot.settings import BotSettings
from index.errors import KhazarError, SettingsError

_UNAUTHORIZED = 401


class TokenRejectedError(KhazarError):
    """Telegram does not know the token."""


class UnauthorizedError(TelegramError):
    """Telegram refused the token, at the start or because it has been revoked since."""


class Connection(HTTPXRequest):
    """python-telegram-bot's HTTP client, with three troubles told apart.

    - A connection that cannot be made in time is a `NetworkError`: a `TimedOut`, as the base class
      has it, is repeated at once and silently, which suits a slow reply but not a dead proxy.
    - What answers is no Bot API (a filter's or a gateway's page): a `NetworkError` in a few words,
      where the base class logs the whole page.
    - A refused token is an `UnauthorizedError`: the base class's `InvalidToken` would end the
      polling task without anybody being told.
    """

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Do as the base class does, with the errors above."""
        try:
            status, payload = await super().do_request(*args, **kwargs)
        except TimedOut as error:
            if isinstance(error.__cause__, httpx.ConnectTimeout):
                raise NetworkError("no connection in time") from error
            raise
        if status == _UNAUTHORIZED:
            raise UnauthorizedError("Telegram refused the token")
        if kwargs["method"] == "POST" and not payload.lstrip().startswith(b"{"):
            raise NetworkError(f"HTTP {status} from something that is not the Bot API")
        return status, payload


def connect(settings: BotSettings, *, pool_size: int) -> Connection:
    """Make a client for at most `pool_size` requests at once.

    Raises:
        SettingsError: the proxy named in HTTPS_PROXY or ALL_PROXY cannot be used.
    """
    try:
        return Connection(
            connection_pool_size=pool_size,
            connect_timeout=settings.connect_timeout,
            read_timeout=settings.read_timeout,
            write_timeout=settings.read_timeout,
            pool_timeout=settings.read_timeout,
            proxy=settings.proxy,
        )
    except ValueError as error:
        raise SettingsError(f"the proxy in the environment cannot be used: {error}") from None
