"""Pages and feeds of the web, over a real HTTP server on loopback."""

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.article import Article
from index.readers.web.http_cache import HttpCache
from tests.index.support.site import PAGE, Read, Site


def test_a_page(site: Site, read: Read) -> None:
    url = site.put("/news/1", PAGE)
    (article,) = read(url)
    assert isinstance(article, Article)
    assert (article.id, article.link, article.title) == (url, url, "Caspian ferry returns")
    assert (article.agency, article.date) == ("Example News", dt.date(2025, 11, 17))
    assert len(article.paragraphs) == 2
    assert site.paths() == ["/robots.txt", "/news/1"]
    assert site.asked[0][1]["User-Agent"] == "Khazar/0.1"


@pytest.mark.parametrize(
    ("header", "value", "condition"),
    [
        ("ETag", '"v1"', "If-None-Match"),
        ("Last_Modified", "Tue, 18 Nov 2025 08:00:00 GMT", "If-Modified-Since"),
    ],
)
def test_an_unchanged_page_is_not_sent_again_and_still_read(
    site: Site, read: Read, header: str, value: str, condition: str
) -> None:
    url = site.put("/a", PAGE, **{header: value})
    first = read(url)
    assert read(url) == first
    assert condition not in site.asked[1][1]
    assert site.asked[3][1][condition] == value
    changed = PAGE.replace(b"ferry", b"steamer")
    site.put("/a", changed, **{header: f"{value}-new"})
    (article,) = read(url)
    assert isinstance(article, Article)
    assert article.title == "Caspian steamer returns"


def test_a_feed_is_followed_once(site: Site, read: Read) -> None:
    site.put("/1", PAGE)
    feed = f"""<rss version="2.0"><channel><title>خبرگزاری</title>
    <item><title>عنوان فید</title><link>/1</link><pubDate>1404-08-27</pubDate></item>
    <item><title>Gone</title><link>{site.url("/gone")}</link><description>Only this.</description>
    </item><item><title>No link</title><description>Text.</description></item>
    </channel></rss>""".encode()
    url = site.put("/feed", feed, Content_Type="application/rss+xml; charset=utf-8")
    followed, problem, kept, plain = read(url)
    assert isinstance(followed, Article)
    assert (followed.id, followed.title, followed.agency) == (
        site.url("/1"),
        "عنوان فید",
        "خبرگزاری",
    )
    assert followed.date == dt.date(2025, 11, 18)
    assert followed.paragraphs[0].startswith("The ferry between Anzali")
    assert problem == f"{site.url('/gone')}: the server answers 404"
    assert isinstance(kept, Article)
    assert isinstance(plain, Article)
    assert (kept.paragraphs, plain.paragraphs) == (("Only this.",), ("Text.",))
    assert read(url)[0] == followed
    assert site.paths().count("/1") == 1
    assert read(url, web={"revisit_hours": 0})[0] == followed
    assert site.paths().count("/1") == 2
    unfollowed = read(url, follow=False)
    assert [a.title for a in unfollowed if isinstance(a, Article)] == [
        "عنوان فید",
        "Gone",
        "No link",
    ]
    assert len(read(url, web={"max_entries": 1})) == 1


def test_pages_that_were_not_read_for_long_are_dropped(
    site: Site, read: Read, tmp_path: Path
) -> None:
    old, new = site.put("/old", PAGE), site.put("/new", PAGE)
    read(old)
    path = tmp_path / "index" / "web.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE pages SET checked = '2020-01-01T00:00:00+00:00'")
    read(new)
    with HttpCache(path) as cache:
        assert cache.get(old) is None
        assert cache.get(new) is not None


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE pages SET charset = 'utf-9' WHERE url LIKE '%/1'",
        "UPDATE pages SET address = address || '2'",
        "UPDATE pages SET body = X'00'",
        "UPDATE parsed SET record = replace(record, 'Caspian', 'Baltic')",
        "UPDATE parsed SET record = CAST(record || X'FF' AS TEXT)",
        "ALTER TABLE pages DROP COLUMN seal",
        "ALTER TABLE parsed DROP COLUMN seal",
    ],
)
def test_what_has_changed_in_the_cache_is_fetched_and_read_again(
    site: Site, read: Read, tmp_path: Path, damage: str
) -> None:
    url = site.put("/1", PAGE, Content_Type="text/html; charset=utf-8", ETag='"v1"')
    first = read(url)
    with closing(sqlite3.connect(tmp_path / "index" / "web.sqlite")) as connection, connection:
        connection.execute(damage)
    assert read(url) == first
    # A file of an earlier version keeps its pages.
    assert ("If-None-Match" in site.asked[-1][1]) is (
        damage.split()[1] != "pages" or "ALTER" in damage
    )


def test_what_is_neither_page_nor_feed(site: Site, read: Read) -> None:
    url = site.put("/a.pdf", b"%PDF", Content_Type="application/pdf")
    assert read(url) == [
        f"{url}: neither a page, a feed nor a file of a known format, but application/pdf"
    ]
    url = site.put("/page-as-feed", PAGE, Content_Type="application/xml")
    assert read(url) == [f"{url}: not a feed"]
    assert len(read(url, format="html")) == 1


def test_hosts_that_do_not_answer(read: Read, site: Site) -> None:
    assert read("http://no-such-host.invalid/") == [
        "http://no-such-host.invalid/: the host no-such-host.invalid is unknown"
    ]
    (problem,) = read("http://127.0.0.1:1/")
    assert str(problem).startswith("http://127.0.0.1:1/: cannot be fetched: ")
    assert read("http:///x") == ["http:///x: not an address of the web: http:/x"]


def test_a_damaged_state_is_one_clear_line(site: Site, read: Read, tmp_path: Path) -> None:
    url = site.put("/1", PAGE)
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "web.sqlite").write_bytes(b"not a database" * 100)
    assert read(url) == [
        f"{url}: {tmp_path}/index/web.sqlite: cannot be used: file is not a database; delete it "
        "to go on"
    ]
