"""Limits on fetching: robots.txt, private addresses, sizes and times, a polite rate."""

import gzip
import time
from pathlib import Path

import pytest

from index.article import Article
from index.readers.errors import UnreadableError
from index.readers.web.fetcher import Fetcher
from index.readers.web.guarded_transport import is_public
from index.readers.web.http_cache import HttpCache
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
        ("64:ff9b::7f00:1", False),
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
