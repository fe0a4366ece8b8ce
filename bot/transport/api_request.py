"""The way to the Bot API: timeouts, proxies, and how troubles on it are told apart."""

import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from typing import Any

import httpx
from httpx import ProxyError
from socksio.exceptions import ProtocolError as SocksError
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot.settings import BotSettings
from bot.transport.retry import RetryPolicy, TransientError
from index.errors import KhazarError, SettingsError

# httpcore looks for sniffio several times a request, and does without where there is none; but a
# module that is missing is looked for on the disk each time, which is a quarter of what the bot
# does for a question. None says that it is missing.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

_UNAUTHORIZED = 401
_SERVER_ERROR = 500
# A server error may be this request's own fault: then it comes each time.
_TRIES_OF_REFUSED = 5
_TRIES_OF_FLEETING = 2
_TRIES_OF_UNKNOWN = 3
# Who starts the bot sees each try of the first ones; "typing" is worth nothing when it comes late.
_NEVER_REPEATED = frozenset(
    {"getMe", "getUpdates", "setWebhook", "deleteWebhook", "sendChatAction"}
)
# Telegram takes answers to these for seconds only.
_FLEETING = frozenset({"answerCallbackQuery", "answerInlineQuery"})
_OUR_FAULT = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)
# The request may have arrived.
_UNKNOWN = (httpx.ReadTimeout, httpx.ReadError, httpx.CloseError, httpx.RemoteProtocolError)


Request = Callable[[], Awaitable[tuple[int, bytes]]]


class TokenRejectedError(KhazarError):
    """Telegram does not know the token."""


class UnauthorizedError(TelegramError):
    """Telegram refused the token, at the start or because it has been revoked since."""


class UnexpectedResponseError(NetworkError):
    """What answered is not the Bot API."""


class BotApiRequest(HTTPXRequest):
    """python-telegram-bot's HTTP client, with four troubles told apart.

    - A connection that cannot be made in time is a `NetworkError`: a `TimedOut`, as the base class
      has it, is repeated at once and silently, which suits a slow reply but not a dead proxy.
    - What answers is no Bot API (a filter's or a gateway's page): a `NetworkError` in a few words,
      where the base class logs the whole page.
    - A reply that is no JSON, cut in its middle, say: a `TelegramError`, where the base class logs
      the whole reply, with what people wrote.
    - A refused token is an `UnauthorizedError`: the base class's `InvalidToken` would end the
      polling task without anybody being told.
    """

    # When the Bot API last replied, on `time.monotonic`'s clock; None: not yet.
    last_reply: float | None = None

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """Read a reply.

        Raises:
            TelegramError: it is no JSON.
        """
        try:
            return json.loads(payload.decode("utf-8", "replace"))
        except ValueError:
            # From None: the error holds the reply.
            raise TelegramError("Invalid server response") from None

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Do as the base class does, with the errors above."""
        try:
            status, payload = await super().do_request(*args, **kwargs)
        except TimedOut as error:
            if isinstance(error.__cause__, httpx.ConnectTimeout):
                raise NetworkError("no connection in time") from error.__cause__
            raise
        except SocksError as error:
            # httpx lets it through as it is: the proxy has hung up while it was greeted.
            raise NetworkError("the proxy does not answer in SOCKS5") from ProxyError(str(error))
        if status == _UNAUTHORIZED:
            raise UnauthorizedError("Telegram refused the token")
        if kwargs["method"] == "POST" and not payload.lstrip().startswith(b"{"):
            raise UnexpectedResponseError(f"HTTP {status} from something that is not the Bot API")
        self.last_reply = time.monotonic()
        return status, payload


class RetryingRequest(BotApiRequest):
    """A connection that outlives outages: what does not get through is sent again.

    - Where Telegram has not got a request (no connection; a proxy or a gateway answered instead)
      it is repeated for as long as that takes.
    - Where Telegram reports an error of its own it is repeated four times.
    - Where a request went out and its reply was cut nobody can know whether Telegram has got it,
      and the Bot API has no mark by which it would know a repeated message. It is repeated twice,
      each time only once Telegram can be reached again: an answer that comes again is a lesser
      evil than one that never comes, and three of them are the most there can be.

    Too many requests (429) are the rate limiter's business.
    """

    def __init__(self, patience: RetryPolicy, **options: Any) -> None:
        """Repeat with `patience`; `options` are those of `HTTPXRequest`."""
        super().__init__(**options)
        self._patience = patience

    @property
    def down_since(self) -> float | None:
        """When the outage began that lasts now, on `time.monotonic`'s clock; None: none does."""
        return self._patience.down_since

    def stop_retrying(self) -> None:
        """Repeat nothing from now on: the bot stops."""
        self._patience.stop_retrying()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Do as the base class does, repeatedly where that may help."""
        place, _, name = str(kwargs["url"]).rpartition("/")
        if name in _NEVER_REPEATED:
            return await super().do_request(*args, **kwargs)
        request = partial(super().do_request, *args, **kwargs)
        probe = None
        if kwargs["method"] == "POST":
            probe = partial(super().do_request, url=f"{place}/getMe", method="POST")
        return await self._patience.run(_Attempts(request, name, probe).next)


def connect(settings: BotSettings, *, pool_size: int) -> BotApiRequest:
    """Make a client for at most `pool_size` requests at once that reports every trouble at once.

    It suits long polling, which has its own way of trying again.

    Raises:
        SettingsError: the proxy named in HTTPS_PROXY or ALL_PROXY cannot be used.
    """
    with _proxy_errors():
        return BotApiRequest(**_options(settings, pool_size))


def make_retrying_request(settings: BotSettings, *, pool_size: int) -> RetryingRequest:
    """Make a client for at most `pool_size` requests at once that outlives outages.

    Raises:
        SettingsError: as `connect` does.
    """
    with _proxy_errors():
        return RetryingRequest(RetryPolicy(settings.route), **_options(settings, pool_size))


def _options(settings: BotSettings, pool_size: int) -> dict[str, Any]:
    return {
        "connection_pool_size": pool_size,
        "connect_timeout": settings.connect_timeout,
        "read_timeout": settings.read_timeout,
        "write_timeout": settings.read_timeout,
        "pool_timeout": settings.read_timeout,
        "proxy": settings.proxy,
    }


@contextmanager
def _proxy_errors() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise SettingsError(f"the proxy in the environment cannot be used: {error}") from None


class _Attempts:
    """The attempts to get one request through."""

    def __init__(self, request: Request, name: str, probe: Request | None) -> None:
        """Know what is tried.

        Args:
            request: makes the request.
            name: the Bot API's method.
            probe: makes a request that changes nothing.
        """
        self._request = request
        self._probe = probe
        self._most_tries = _TRIES_OF_FLEETING if name in _FLEETING else None
        self._in_doubt = False

    async def next(self) -> tuple[int, bytes]:
        """Make the request once more.

        Raises:
            TransientError: it did not get through, and the next time it may.
            TelegramError: it did not, and never will.
        """
        if self._in_doubt and self._probe is not None:
            await self._get_through(self._probe)
            self._in_doubt = False
        status, payload = await self._get_through(self._request)
        if status >= _SERVER_ERROR:
            raise TransientError(NetworkError(_description(status, payload)), _TRIES_OF_REFUSED)
        return status, payload

    async def _get_through(self, request: Request) -> tuple[int, bytes]:
        try:
            return await request()
        except NetworkError as error:
            cause = error.__cause__
            if not isinstance(error, UnexpectedResponseError) and not _may_pass(cause):
                raise
            most_tries = self._most_tries
            if request is self._request and isinstance(cause, _UNKNOWN):
                self._in_doubt = True
                most_tries = most_tries or _TRIES_OF_UNKNOWN
            raise TransientError(error, most_tries) from None


def _may_pass(cause: BaseException | None) -> bool:
    return isinstance(cause, httpx.TransportError) and not isinstance(cause, _OUR_FAULT)


def _description(status: int, payload: bytes) -> str:
    """Return the Bot API's words for an error of its own."""
    try:
        return str(json.loads(payload)["description"])
    except (ValueError, KeyError):
        return f"HTTP {status}"
