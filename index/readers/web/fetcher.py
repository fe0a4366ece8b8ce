"""Fetching from the web: politely, within limits, and only what changed."""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

import httpcore
import httpx

from index.readers.errors import UnreadableError
from index.readers.web.content_encoding import ACCEPTED, too_long, unpacked
from index.readers.web.deadlines import Deadline
from index.readers.web.http_cache import HttpCache, Page
from index.readers.web.proxy_routing import RoutingTransport
from index.readers.web.robots import RobotsRules
from index.source_settings import WebSettings

_MAX_ROBOTS_BYTES = 500 * 2**10
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
        self._robots: dict[str, RobotsRules] = {}
        self._deadline = Deadline(settings.timeout)
        self._client = httpx.Client(
            transport=RoutingTransport(settings, self._deadline),
            timeout=settings.timeout,
            trust_env=False,
            headers={"User-Agent": settings.user_agent, "Accept-Encoding": ACCEPTED},
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
        self._deadline.set(deadline)
        bare = url.copy_with(username=None, password=None)
        with self._client.stream("GET", bare, headers=dict(headers)) as response:
            length = response.headers.get("content-length", "")
            if length.isdecimal() and int(length[:20]) > limit:
                raise UnreadableError(too_long(limit))
            encoding = response.headers.get("content-encoding", "")
            body = b"".join(unpacked(self._in_time(response.iter_raw()), encoding, limit))
            return _Answer(response.status_code, bare, response.headers, body)

    def _in_time(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        for part in parts:
            self._deadline.left()
            yield part

    def _wait_for_turn(self, url: httpx.URL) -> float:
        """Wait until the host may be asked again; return the seconds waited."""
        delay = self._settings.delay
        if robots := self._robots.get(_origin(url)):
            delay = max(delay, robots.crawl_delay)
        wait = self._last_asked.get(url.host, float("-inf")) + delay - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        self._last_asked[url.host] = time.monotonic()
        return max(wait, 0.0)

    def _check_robots(self, url: httpx.URL) -> None:
        origin = _origin(url)
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(f"{origin}/robots.txt")
        if not self._robots[origin].allow(str(url)):
            raise UnreadableError("the site's robots.txt forbids it")

    def _read_robots(self, address: str) -> RobotsRules:
        """Read a site's robots.txt by RFC 9309: without one, everything is allowed."""
        answer = self._get(address, {}, _MAX_ROBOTS_BYTES, robots=False)
        if answer.status == 200:
            lines = answer.body.decode("utf-8", "replace").splitlines()
            return RobotsRules(lines, self._settings.user_agent)
        if 400 <= answer.status < 500:
            return RobotsRules((), self._settings.user_agent)
        raise UnreadableError(f"its robots.txt cannot be read: {answer.status}")


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
