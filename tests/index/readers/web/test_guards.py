"""Limits on fetching: robots.txt, private addresses, sizes and times, a polite rate."""

import gzip
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from index.article import Article
from index.readers.errors import UnreadableError
from index.readers.web.fetcher import Fetcher
from index.readers.web.http_cache import HttpCache
from index.readers.web.public_addresses import is_public
from index.source_settings import WebSettings
from tests.index.support.site import PAGE, Read, Site


def test_robots_are_obeyed(site: Site, read: Read) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow: /private\n")
    url = site.put("/private/1", PAGE)
    assert read(url) == [f"{url}: the site's robots.txt forbids it"]
    assert site.paths() == ["/robots.txt"]
    site.put("/robots.txt", b"", status=503)
    assert read(url) == [f"{url}: its robots.txt cannot be read: 503"]
    site.put("/robots.txt", b"", status=403)
    assert len(read(url)) == 1


def test_a_redirect_is_followed_and_checked_by_robots(site: Site, read: Read) -> None:
    site.put("/robots.txt", b"User-agent: Khazar\nDisallow: /private\n")
    site.put("/2", PAGE)
    url = site.put("/1", status=301, Location="/2")
    (article,) = read(url)
    assert isinstance(article, Article)
    assert article.link == site.url("/2")
    url = site.put("/3", status=302, Location="/private")
    assert read(url) == [f"{url}: the site's robots.txt forbids it"]
    url = site.put("/4", status=302, Location="/4")
    assert read(url) == [f"{url}: more than 5 redirects"]
    url = site.put("/5", status=302, Location="file:///etc/passwd")
    assert read(url) == [f"{url}: not an address of the web: file:/etc/passwd"]


def test_private_addresses_are_refused(site: Site, read: Read) -> None:
    site.put("/1", PAGE)
    for host in ("127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "2130706433"):
        url = f"http://{host}:{site.port}/1"
        (problem,) = read(url, web={"allow_private": False})
        assert "is in a private network; set [index.web] allow_private to allow it" in str(problem)
    assert site.asked == []


def test_a_name_is_resolved_and_checked_at_every_connection(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public name that redirects to a private one, and one that moves, end at the check."""
    checked: list[str] = []

    def pretend_public(address: str) -> bool:
        checked.append(address)
        return len(checked) < 3  # robots.txt, the page; then the redirect's target

    monkeypatch.setattr("index.readers.web.guarded_transport.is_public", pretend_public)
    url = site.put("/1", status=302, Location=site.url("/2"), Connection="close")
    site.put("/robots.txt", b"", Connection="close")
    site.put("/2", PAGE)
    with (
        HttpCache(tmp_path / "web.sqlite") as state,
        Fetcher(WebSettings(delay=0), state) as fetcher,
        pytest.raises(UnreadableError, match="is in a private network"),
    ):
        fetcher.fetch(url)
    assert site.paths() == ["/robots.txt", "/1"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::1", False),
        ("192.0.0.192", False),
        ("198.18.0.1", False),
        ("fec0::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("2001:0:53aa:64c:0:fbff:f5ff:fffe", False),
        ("2a00:1450::5efe:a00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_answers_are_bounded(site: Site, read: Read) -> None:
    small = {"max_megabytes": 1}
    url = site.put("/big", b"x" * 1_100_000)
    assert read(url, web=small) == [f"{url}: longer than 1024 KiB"]
    bomb = gzip.compress(b"x" * 50_000_000)
    url = site.put("/bomb", bomb, Content_Encoding="gzip")
    assert read(url, web=small) == [f"{url}: longer than 1024 KiB"]
    url = site.put("/damaged", b"no gzip", Content_Encoding="gzip")
    (problem,) = read(url)
    assert str(problem).startswith(f"{url}: cannot be fetched: ")
    url = site.put("/drip", b"x" * 100_000)
    site.slow["/drip"] = 0.6  # a minute in all, which it does not take to give it up after 3 s
    begun = time.monotonic()
    assert read(url, web={"timeout": 3}) == [f"{url}: not here after 3 s"]
    assert time.monotonic() - begun < 50
    url = site.put("/short", b"x", Content_Length="100")
    (problem,) = read(url, web={"timeout": 1})
    assert str(problem).startswith(f"{url}: cannot be fetched: ")


def test_an_answer_is_unpacked_once(site: Site, read: Read) -> None:
    url = site.put("/once", gzip.compress(PAGE), Content_Encoding="gzip")
    assert isinstance(read(url)[0], Article)
    url = site.put(
        "/parts", gzip.compress(PAGE[:99]) + gzip.compress(PAGE[99:]), Content_Encoding="x-gzip"
    )
    assert isinstance(read(url)[0], Article)
    bomb = gzip.compress(gzip.compress(b"x" * 50_000_000))
    for encoding in ("gzip, gzip", "gzip,gzip", "br", "deflate"):
        url = site.put("/twice", bomb, Content_Encoding=encoding)
        assert read(url) == [
            f"{url}: its content is encoded as {encoding}, not as gzip or not at all"
        ]
    url = site.put("/half", gzip.compress(PAGE)[:-9], Content_Encoding="gzip")
    assert read(url) == [f"{url}: cannot be fetched: its gzip data ends early"]
    url = site.put("/news.jsonl.gz", gzip.compress(b" " * 50_000_000), Content_Type="text/plain")
    assert read(url, web={"max_megabytes": 1}) == [f"{url}: it unpacks to more than 8 MiB"]


@pytest.mark.parametrize(
    "rules",
    [
        "User-agent: *\nDisallow: //[",
        "User-agent: *\nCrawl-delay: ²",
        "User-agent: *\nRequest-rate: ²/1",
        f"User-agent: *\nCrawl-delay: {'9' * 5000}",
        "User-agent: *\nAllow: http://[x\nDisallow: /private",
    ],
)
def test_rules_that_cannot_be_read_are_no_rules(site: Site, read: Read, rules: str) -> None:
    site.put("/robots.txt", rules.encode())
    url = site.put("/1", PAGE)
    assert isinstance(read(url)[0], Article)
    url = site.put("/private/1", PAGE)
    forbidden = [f"{url}: the site's robots.txt forbids it"]
    assert (read(url) == forbidden) is rules.endswith("/private")


@contextmanager
def dripping(start: bytes, drop: bytes) -> Iterator[str]:
    """Run a server that answers with `start`, and then with a drop now and then, without end."""
    stopped = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.sendall(start)
                while not stopped.wait(0.02):
                    self.request.sendall(drop)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        stopped.set()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;a=b\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1", b";"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_the_time_limit_is_for_the_whole_answer(read: Read, start: bytes, drop: bytes) -> None:
    with dripping(start, drop) as url:
        (problem,) = read(url, web={"timeout": 0.4})
    assert problem == f"{url}: not here after 0.4 s"


@pytest.mark.parametrize("proxy", ["", "http://proxy.example:3128", "socks5://proxy.example:1080"])
def test_the_time_limit_is_for_looking_up_the_host_too(
    read: Read, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    asked, ended = [], threading.Event()

    def hang(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        ended.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    url = "http://news.example/1"
    (problem,) = read(url, web={"timeout": 0.2, "proxy": proxy})
    ended.set()
    assert problem == f"{url}: not here after 0.2 s"
    assert asked == ["proxy.example" if proxy else "news.example"]


def test_a_host_is_asked_at_a_polite_rate(site: Site, tmp_path: Path) -> None:
    waits: list[float] = []
    for path in ("/1", "/2", "/3"):
        site.put(path, PAGE)
    # The time between two requests is taken off, however long that is on a busy machine.
    settings = WebSettings(delay=60, allow_private=True)
    with (
        HttpCache(tmp_path / "web.sqlite") as state,
        Fetcher(settings, state, sleep=waits.append) as fetcher,
    ):
        for path in ("/1", "/2", "/3"):
            fetcher.fetch(site.url(path))
    assert len(waits) == 3
    assert all(0 < wait <= 60 for wait in waits)
