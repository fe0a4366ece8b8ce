"""Fetching from the web: politely, within limits, and only what changed."""

import datetime as dt
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.robotparser import RobotFileParser

import httpcore
import httpx

from index.readers.errors import UnreadableError
from index.readers.web.http_cache import HttpCache, Page
from index.readers.web.proxy_routing import RoutingTransport
from index.source_settings import WebSettings

_MAX_ROBOTS_BYTES = 500 * 2**10
_MAX_CRAWL_DELAY = 30.0
_NETWORK_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    url: httpx.URL
    headers: Mapping[str, str]
    body: bytes


class Fetcher:
    """Fetches pages, one at a time.

    Requests carry the known ETag and Last-Modified, so that an unchanged page is not sent again.
    robots.txt is obeyed, requests to a host keep the configured distance, and responses, waits and
    redirects are limited.

    Args:
        settings: how.
        state: what was fetched before.
        last_asked: host -> time of the last request to it; shared between fetchers.
        sleep: waits.
    """

    def __init__(
        self,
        settings: WebSettings,
        state: HttpCache,
        last_asked: dict[str, float] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._state = state
        self._last_asked = {} if last_asked is None else last_asked
        self._sleep = sleep
        self._robots: dict[str, RobotFileParser] = {}
        self._client = httpx.Client(
            transport=RoutingTransport(settings),
            timeout=settings.timeout,
            trust_env=False,
            headers={"User-Agent": settings.user_agent, "Accept-Encoding": "gzip, deflate"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def fetch(self, url: str, revisit_after: dt.timedelta = dt.timedelta(0)) -> Page:
        """Return the content of an address, at most `revisit_after` old.

        Raises:
            UnreadableError: it cannot be fetched, or must not be.
        """
        known = self._state.get(url)
        now = dt.datetime.now(dt.UTC)
        if known and now - known.checked < revisit_after:
            return known
        conditions = {}
        if known and known.etag:
            conditions["If-None-Match"] = known.etag
        if known and known.last_modified:
            conditions["If-Modified-Since"] = known.last_modified
        answer = self._get(url, conditions, self._settings.max_megabytes * 2**20, robots=True)
        if known and answer.status == 304:
            page = replace(known, checked=now)
        elif answer.status == 200:
            page = _page(answer, now)
        else:
            raise UnreadableError(f"the server answers {answer.status}")
        self._state.put(url, page)
        return page

    def _get(
        self, address: str, headers: Mapping[str, str], limit: int, *, robots: bool
    ) -> _Answer:
        """Get an address, redirects followed."""
        deadline = time.monotonic() + self._settings.timeout
        try:
            url = httpx.URL(address)
            for _ in range(self._settings.max_redirects + 1):
                if url.scheme not in ("http", "https") or not url.host:
                    raise UnreadableError(f"not an address of the web: {str(url)[:200]}")
                if robots:
                    begun = time.monotonic()
                    self._check_robots(url)
                    deadline += time.monotonic() - begun
                deadline += self._wait_for_turn(url)
                answer = self._request(url, headers, limit, deadline)
                target = answer.headers.get("location")
                if answer.status not in (301, 302, 303, 307, 308) or not target:
                    return answer
                url = url.join(target).copy_with(fragment=None)
        except _NETWORK_ERRORS as error:
            raise UnreadableError(f"cannot be fetched: {_reason(error)}") from None
        raise UnreadableError(f"more than {self._settings.max_redirects} redirects")

    def _request(
        self, url: httpx.URL, headers: Mapping[str, str], limit: int, deadline: float
    ) -> _Answer:
        parts, size = [], 0
        bare = url.copy_with(username=None, password=None)
        with self._client.stream("GET", bare, headers=dict(headers)) as response:
            if int(response.headers.get("content-length", "0") or 0) > limit:
                raise UnreadableError(f"longer than {limit // 2**10} KiB")
            try:
                for part in response.iter_bytes():
                    size += len(part)
                    if size > limit:
                        raise UnreadableError(f"longer than {limit // 2**10} KiB")
                    if time.monotonic() > deadline:
                        raise UnreadableError(f"not here after {self._settings.timeout:g} s")
                    parts.append(part)
            except zlib.error:
                raise UnreadableError("the server's compressed answer is damaged") from None
            return _Answer(response.status_code, bare, response.headers, b"".join(parts))

    def _wait_for_turn(self, url: httpx.URL) -> float:
        """Wait until the host may be asked again; return the seconds waited."""
        delay = self._settings.delay
        if robots := self._robots.get(_origin(url)):
            asked = robots.crawl_delay(self._settings.user_agent)
            delay = max(delay, min(float(asked or 0), _MAX_CRAWL_DELAY))
        wait = self._last_asked.get(url.host, float("-inf")) + delay - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        self._last_asked[url.host] = time.monotonic()
        return max(wait, 0.0)

    def _check_robots(self, url: httpx.URL) -> None:
        origin = _origin(url)
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(f"{origin}/robots.txt")
        if not self._robots[origin].can_fetch(self._settings.user_agent, str(url)):
            raise UnreadableError("the site's robots.txt forbids it")

    def _read_robots(self, address: str) -> RobotFileParser:
        """Read a site's robots.txt by RFC 9309: without one, everything is allowed."""
        rules = RobotFileParser()
        answer = self._get(address, {}, _MAX_ROBOTS_BYTES, robots=False)
        if answer.status == 200:
            rules.parse(answer.body.decode("utf-8", "replace").splitlines())
        elif 400 <= answer.status < 500:
            rules.parse([])
        else:
            raise UnreadableError(f"its robots.txt cannot be read: {answer.status}")
        return rules


def _page(answer: _Answer, now: dt.datetime) -> Page:
    content_type, _, parameters = answer.headers.get("content-type", "").partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(" \"'")
    return Page(
        address=str(answer.url),
        content_type=content_type.strip().lower(),
        charset=charset or None,
        body=answer.body,
        etag=answer.headers.get("etag"),
        last_modified=answer.headers.get("last-modified"),
        checked=now,
    )


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text[:200] or type(error).__name__
