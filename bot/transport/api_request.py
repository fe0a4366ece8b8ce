"""HTTP requests to the Bot API: proxies, timeouts, kinds of errors, retries."""

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

# httpcore tries to import sniffio several times per request, and Python searches the disk for a
# missing module each time. None marks it missing: 2.7 ms of CPU per request instead of 3.5 (medians
# of five runs of 500 requests).
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

_UNAUTHORIZED = 401
_SERVER_ERROR = 500
# The request itself may cause a server error, which then comes each time.
_ATTEMPTS_WHEN_REFUSED = 5
_ATTEMPTS_WHEN_URGENT = 2
_ATTEMPTS_WHEN_UNKNOWN = 3
# The first four are retried elsewhere, with a line in the log; a late "typing" is useless.
_NEVER_REPEATED = frozenset(
    {"getMe", "getUpdates", "setWebhook", "deleteWebhook", "sendChatAction"}
)
# Telegram accepts these for seconds only.
_URGENT = frozenset({"answerCallbackQuery", "answerInlineQuery", "answerGuestQuery"})
_OUR_FAULT = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)
# The request may have arrived.
_UNKNOWN = (httpx.ReadTimeout, httpx.ReadError, httpx.CloseError, httpx.RemoteProtocolError)


Request = Callable[[], Awaitable[tuple[int, bytes]]]


class TokenRejectedError(KhazarError):
    """Telegram rejects the token."""


class UnauthorizedError(TelegramError):
    """HTTP 401: the token is wrong or has been revoked."""


class UnexpectedResponseError(NetworkError):
    """A response from something else than the Bot API."""


class BotApiRequest(HTTPXRequest):
    """python-telegram-bot's HTTP client, with different errors in four cases.

    - No connection in time: a `NetworkError`. The polling loop repeats the base class's `TimedOut`
      at once and silently, which suits a slow reply but not a dead proxy.
    - A page from a filter or a gateway instead of the Bot API: a short `NetworkError`. The base
      class logs the whole page.
    - A reply that is not JSON, for example one that was cut off: a `TelegramError`. The base class
      logs the whole reply, with users' texts.
    - A rejected token: an `UnauthorizedError`. The base class's `InvalidToken` would end
      the polling task without a word.
    """

    # Time of the Bot API's last reply, on `time.monotonic`'s clock; None: none yet.
    last_reply: float | None = None

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """Parse a reply.

        Raises:
            TelegramError: it is not JSON.
        """
        try:
            return json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            # From None: the error contains the reply.
            raise TelegramError("Invalid server response") from None

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Make a request, with the errors described above."""
        try:
            status, payload = await super().do_request(*args, **kwargs)
        except TimedOut as error:
            if isinstance(error.__cause__, httpx.ConnectTimeout):
                raise NetworkError("no connection in time") from error.__cause__
            raise
        except SocksError as error:
            # httpx does not wrap this error: the proxy hung up during the SOCKS handshake.
            raise NetworkError("the proxy does not answer in SOCKS5") from ProxyError(str(error))
        if status == _UNAUTHORIZED:
            raise UnauthorizedError("Telegram refused the token")
        if kwargs["method"] == "POST" and not payload.lstrip().startswith(b"{"):
            raise UnexpectedResponseError(f"HTTP {status} from something that is not the Bot API")
        self.last_reply = time.monotonic()
        return status, payload


class RetryingRequest(BotApiRequest):
    """A client that outlasts outages by retrying requests.

    - The request did not reach Telegram (no connection, or a proxy or gateway answered): retried
      without limit.
    - Telegram reported an error of its own: retried four times.
    - The reply was cut off, so that Telegram may have got the request: retried twice, each time
      after Telegram can be reached again. The Bot API has no key that would make a retry safe; an
      answer that comes up to three times is better than one that never comes.

    The rate limiter handles "too many requests" (429).
    """

    def __init__(self, retry_policy: RetryPolicy, **options: Any) -> None:
        """Retry by a policy; `options` are those of `HTTPXRequest`."""
        super().__init__(**options)
        self._retry_policy = retry_policy

    @property
    def down_since(self) -> float | None:
        """Start of the current outage on `time.monotonic`'s clock; None: there is none."""
        return self._retry_policy.down_since

    def stop_retrying(self) -> None:
        """Give up failing requests from now on: the bot is stopping."""
        self._retry_policy.stop_retrying()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Make a request, with retries."""
        base_url, _, name = str(kwargs["url"]).rpartition("/")
        if name in _NEVER_REPEATED:
            return await super().do_request(*args, **kwargs)
        request = partial(super().do_request, *args, **kwargs)
        probe = None
        if kwargs["method"] == "POST":
            probe = partial(super().do_request, url=f"{base_url}/getMe", method="POST")
        return await self._retry_policy.run(_Attempts(request, name, probe).next)


def make_request(settings: BotSettings, *, pool_size: int) -> BotApiRequest:
    """Make a client without retries, for at most `pool_size` requests at once.

    It is for long polling, which retries by itself.

    Raises:
        SettingsError: the proxy named in HTTPS_PROXY or ALL_PROXY cannot be used.
    """
    with _proxy_errors():
        return BotApiRequest(**_options(settings, pool_size))


def make_retrying_request(settings: BotSettings, *, pool_size: int) -> RetryingRequest:
    """Make a client with retries, for at most `pool_size` requests at once.

    Raises:
        SettingsError: as `make_request` does.
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
        """Prepare the attempts.

        Args:
            request: makes the request.
            name: the Bot API's method.
            probe: makes a request without effects, to see whether Telegram can be reached.
        """
        self._request = request
        self._probe = probe
        self._max_attempts = _ATTEMPTS_WHEN_URGENT if name in _URGENT else None
        self._in_doubt = False

    async def next(self) -> tuple[int, bytes]:
        """Make the next attempt.

        Raises:
            TransientError: it failed, and a later attempt may succeed.
            TelegramError: it failed for good.
        """
        if self._in_doubt and self._probe is not None:
            await self._get_through(self._probe)
            self._in_doubt = False
        status, payload = await self._get_through(self._request)
        if status >= _SERVER_ERROR:
            raise TransientError(
                NetworkError(_description(status, payload)), _ATTEMPTS_WHEN_REFUSED
            )
        return status, payload

    async def _get_through(self, request: Request) -> tuple[int, bytes]:
        try:
            return await request()
        except NetworkError as error:
            cause = error.__cause__
            if not isinstance(error, UnexpectedResponseError) and not _is_transient(cause):
                raise
            max_attempts = self._max_attempts
            if request is self._request and isinstance(cause, _UNKNOWN):
                self._in_doubt = True
                max_attempts = max_attempts or _ATTEMPTS_WHEN_UNKNOWN
            raise TransientError(error, max_attempts) from None


def _is_transient(cause: BaseException | None) -> bool:
    return isinstance(cause, httpx.TransportError) and not isinstance(cause, _OUR_FAULT)


def _description(status: int, payload: bytes) -> str:
    """Return the Bot API's description of an error."""
    try:
        return str(json.loads(payload)["description"])
    except (ValueError, KeyError):
        return f"HTTP {status}"
