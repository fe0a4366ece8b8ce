"""The web as a source, over a real HTTP server on loopback."""

import datetime as dt
import gzip
import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from index.articles import Article
from index.readers import Source, open_sources
from index.readers.addresses import is_public
from index.readers.fetching import Fetcher
from index.readers.jsonl import to_record
from index.readers.problems import UnreadableError
from index.readers.web_state import WebState
from index.settings import IndexSettings
from index.source_settings import WebSettings

SAMPLES = Path(__file__).parents[1] / "data" / "sources"
PAGE = (SAMPLES / "page_en.html").read_bytes()


@dataclass
class Site:
    """What the server answers: path -> (status, headers, body); and what it was asked."""

    port: int = 0
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    slow: dict[str, float] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def put(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"Content-Type": "text/html", **named}, body)
        return self.url(path)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the proxies of this machine out of the tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def site() -> Iterator[Site]:
    state = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append((self.path, dict(self.headers)))
            status, headers, body = state.answers.get(self.path, (404, {}, b""))
            wanted = self.headers.get("If-None-Match")
            dated = self.headers.get("If-Modified-Since")
            if status == 200 and (
                (wanted and wanted == headers.get("ETag"))
                or (dated and dated == headers.get("Last-Modified"))
            ):
                status, body = 304, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                for at in range(0, len(body), 1000):
                    self.wfile.write(body[at : at + 1000])
                    time.sleep(state.slow.get(self.path, 0))
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


Read = Callable[..., list[Article | str]]


@pytest.fixture
def read(tmp_path: Path, site: Site) -> Read:
    def read_now(url: str, web: dict[str, object] | None = None, **options: object):
        settings = IndexSettings(
            directory=tmp_path / "index",
            sources=({"path": url, **options},),  # type: ignore[arg-type]
            web={"delay": 0, "allow_private": True, **(web or {})},  # type: ignore[arg-type]
        )
        (source,) = open_sources(settings)
        assert isinstance(source, Source)
        return [i if isinstance(i, Article) else str(i) for i in source.read()]

    return read_now


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
        assert "is in a private network; [index.web] allow_private of config.toml" in str(problem)
    assert site.asked == []


def test_a_name_is_resolved_and_checked_at_every_connection(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public name that redirects to a private one, and one that moves, end at the check."""
    checked: list[str] = []

    def pretend_public(address: str) -> bool:
        checked.append(address)
        return len(checked) < 3  # robots.txt, the page; then the redirect's target

    monkeypatch.setattr("index.readers.addresses.is_public", pretend_public)
    url = site.put("/1", status=302, Location=site.url("/2"), Connection="close")
    site.put("/robots.txt", b"", Connection="close")
    site.put("/2", PAGE)
    with (
        WebState(tmp_path / "web.sqlite") as state,
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
    site.slow["/drip"] = 0.3  # 30 seconds in all
    begun = time.monotonic()
    assert read(url, web={"timeout": 3}) == [f"{url}: not here after 3 s"]
    assert time.monotonic() - begun < 20
    url = site.put("/short", b"x", Content_Length="100")
    (problem,) = read(url, web={"timeout": 1})
    assert str(problem).startswith(f"{url}: cannot be fetched: ")


def test_what_is_neither_page_nor_feed(site: Site, read: Read) -> None:
    url = site.put("/a.pdf", b"%PDF", Content_Type="application/pdf")
    assert read(url) == [
        f"{url}: neither a page, a feed nor a file of a known format, but application/pdf"
    ]
    url = site.put("/page-as-feed", PAGE, Content_Type="application/xml")
    assert read(url) == [f"{url}: not a feed"]
    assert len(read(url, format="html")) == 1


LINES = [Article("a", "همکاری بندری", ("بند",)), Article("b", "Port deal", ("One.",))]
RECORDS = [json.dumps(to_record(article), ensure_ascii=False) for article in LINES]


@pytest.mark.parametrize(
    ("path", "content_type", "content"),
    [
        ("/news", "application/x-ndjson", "\n".join(RECORDS)),
        ("/news", "application/jsonl; charset=utf-8", "\n".join(RECORDS)),
        ("/news.jsonl?day=1", "application/json", "\n".join(RECORDS)),
        ("/news.jsonl", "text/plain", "\n".join(RECORDS)),
        ("/news", "application/json", f"[{','.join(RECORDS)}]"),
        ("/news.json", "application/octet-stream", f"[{','.join(RECORDS)}]"),
        ("/news.csv", "text/plain", "id,title,text\na,همکاری بندری,بند\nb,Port deal,One.\n"),
        ("/news", "text/csv", "id,title,text\na,همکاری بندری,بند\nb,Port deal,One.\n"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_files_of_articles(
    site: Site, read: Read, path: str, content_type: str, content: str, packed: bool
) -> None:
    body = gzip.compress(content.encode()) if packed else content.encode()
    url = site.put(path, body, Content_Type=content_type)
    assert read(url) == LINES


def test_a_file_of_articles_that_was_redirected_from_its_name(site: Site, read: Read) -> None:
    site.put("/x?signed", "\n".join(RECORDS).encode(), Content_Type="application/octet-stream")
    url = site.put("/news.jsonl.gz", status=302, Location="/x?signed")
    assert read(url) == LINES


def test_a_file_of_articles_with_mistakes(site: Site, read: Read) -> None:
    url = site.put("/a.jsonl", f"{RECORDS[0]}\n[1\n".encode(), Content_Type="text/plain")
    assert read(url) == [LINES[0], f"{url}:2: not JSON: Expecting ',' delimiter at column 3"]
    url = site.put("/b", "\n".join(RECORDS).encode(), Content_Type="application/json")
    assert read(url) == [LINES[0], f"{url}:2: more follows the article: is this JSON Lines?"]
    assert read(url, format="jsonl") == LINES
    url = site.put("/c.csv", b"title,text\nt,p\n", Content_Type="text/csv")
    assert read(url) == [Article("127.0.0.1/c-1", "t", ("p",))]
    url = site.put("/big.jsonl", b"x" * 1_100_000, Content_Type="text/plain")
    assert read(url, web={"max_megabytes": 1}) == [f"{url}: longer than 1024 KiB"]
    url = site.put("/a.parquet", b"PAR1", Content_Type="application/octet-stream")
    assert read(url) == [f"{url}: Parquet is read from files only"]


@contextmanager
def socks(port: int, answers: bool = True) -> Iterator[tuple[str, list[str]]]:
    """Run a SOCKS5 proxy that takes every connection to one port of this machine.

    Yields its address, and the names that it was asked for.
    """
    asked: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if not answers:
                stopped.wait()
                return
            self.rfile.read(self.rfile.read(2)[1])
            self.wfile.write(b"\5\0")
            assert self.rfile.read(4) == b"\5\1\0\3"
            asked.append(self.rfile.read(self.rfile.read(1)[0]).decode())
            self.rfile.read(2)
            self.wfile.write(b"\5\0\0\1\0\0\0\0\0\0")
            with socket.create_connection(("127.0.0.1", port)) as target:
                threading.Thread(target=copy, args=(self.connection, target)).start()
                copy(target, self.connection)

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    stopped = threading.Event()
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"socks5://127.0.0.1:{server.server_address[1]}", asked
    stopped.set()
    server.shutdown()
    thread.join()
    server.server_close()


# Not to be resolved by anyone: behind a proxy, only the proxy needs to know what a name means.
FAR = "http://news.example.invalid/1"


@pytest.mark.parametrize("variable", [None, "HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_pages_behind_a_proxy(
    site: Site, read: Read, monkeypatch: pytest.MonkeyPatch, variable: str | None
) -> None:
    site.answers[FAR] = (200, {"Content-Type": "text/html"}, PAGE)
    proxy = f"http://user:secret@127.0.0.1:{site.port}/"
    if variable:
        monkeypatch.setenv(variable, proxy)
    (article,) = read(FAR, web={"allow_private": False, **({} if variable else {"proxy": proxy})})
    assert isinstance(article, Article)
    assert article.id == FAR
    assert site.paths() == ["http://news.example.invalid/robots.txt", FAR]
    assert site.asked[1][1]["Proxy-Authorization"] == "Basic dXNlcjpzZWNyZXQ="


@pytest.mark.parametrize("variable", [None, "ALL_PROXY"])
def test_pages_behind_a_socks_proxy(
    site: Site, read: Read, monkeypatch: pytest.MonkeyPatch, variable: str | None
) -> None:
    site.put("/1", PAGE)
    with socks(site.port) as (proxy, asked):
        if variable:
            monkeypatch.setenv(variable, proxy)
        (article,) = read(
            FAR, web={"allow_private": False, **({} if variable else {"proxy": proxy})}
        )
    assert isinstance(article, Article)
    assert set(asked) == {"news.example.invalid"}
    assert site.paths() == ["/robots.txt", "/1"]


def test_secure_pages_go_through_the_proxy_for_them(
    site: Site, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{site.port}")
    url = FAR.replace("http:", "https:")
    (problem,) = read(url)
    # The server knows no CONNECT; that it was asked is what is wanted.
    assert str(problem) == (
        f"{url}: the proxy http://127.0.0.1:{site.port}: 501 Unsupported method ('CONNECT')"
    )


def test_ways_around_the_proxy(site: Site, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    url = site.put("/1", PAGE)
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    (problem,) = read(url)
    assert str(problem).startswith(f"{url}: the proxy http://127.0.0.1:1: ")
    (article,) = read(url, web={"proxy": ""})
    assert isinstance(article, Article)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (article,) = read(url)
    assert isinstance(article, Article)
    # A host that the proxy is not for is checked as ever.
    (problem,) = read(url, web={"allow_private": False})
    assert "is in a private network" in str(problem)


def test_proxies_that_do_not_work(site: Site, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(FAR, web={"proxy": "http://user:secret@127.0.0.1:1"}) == [
        f"{FAR}: the proxy http://127.0.0.1:1: [Errno 111] Connection refused"
    ]
    monkeypatch.setenv("ALL_PROXY", "socks4://user:secret@127.0.0.1:1")
    assert read(FAR) == [
        f"{FAR}: the proxy socks4://127.0.0.1:1 cannot be used: one at http://, https:// or "
        "socks5:// can"
    ]
    begun = time.monotonic()
    with socks(site.port, answers=False) as (proxy, _):
        (problem,) = read(FAR, web={"proxy": proxy, "timeout": 0.5})
    assert str(problem).startswith(f"{FAR}: cannot be fetched: ")
    assert time.monotonic() - begun < 30
    with pytest.raises(ValueError, match=r"web\.proxy"):
        read(FAR, web={"proxy": "127.0.0.1:8080"})


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("127.0.0.1", True),
        ("[::1]", True),
        ("2130706433", True),
        ("127.1", True),
        ("0x7f.1", True),
        ("localhost", True),
        ("localhost.", True),
        ("router.lan", True),
        ("db.prod.internal", True),
        ("intranet", True),
        ("8.8.8.8", False),
        ("example.ir", False),
        ("local.example.ir", False),
    ],
)
def test_what_looks_private_is_not_asked_of_a_proxy(
    site: Site, read: Read, host: str, private: bool
) -> None:
    site.answers[f"http://{host}/1"] = (200, {"Content-Type": "text/html"}, PAGE)
    proxy = f"http://127.0.0.1:{site.port}"
    (found,) = read(f"http://{host}/1", web={"allow_private": False, "proxy": proxy})
    assert ("is in a private network" in str(found)) is private
    assert isinstance(found, Article) is not private
    assert bool(site.asked) is not private


def test_a_redirect_behind_a_proxy_is_checked(site: Site, read: Read) -> None:
    site.answers[FAR] = (302, {"Location": "http://169.254.169.254/latest"}, b"")
    proxy = f"http://127.0.0.1:{site.port}"
    (problem,) = read(FAR, web={"allow_private": False, "proxy": proxy})
    assert "the host 169.254.169.254 is in a private network" in str(problem)


def test_hosts_that_do_not_answer(read: Read, site: Site) -> None:
    assert read("http://no-such-host.invalid/") == [
        "http://no-such-host.invalid/: the host no-such-host.invalid is unknown"
    ]
    (problem,) = read("http://127.0.0.1:1/")
    assert str(problem).startswith("http://127.0.0.1:1/: cannot be fetched: ")
    assert read("http:///x") == ["http:///x: not an address of the web: http:/x"]


def test_a_host_is_asked_at_a_polite_rate(site: Site, tmp_path: Path) -> None:
    waits: list[float] = []
    for path in ("/1", "/2", "/3"):
        site.put(path, PAGE)
    settings = WebSettings(delay=5, allow_private=True)
    with (
        WebState(tmp_path / "web.sqlite") as state,
        Fetcher(settings, state, sleep=waits.append) as fetcher,
    ):
        for path in ("/1", "/2", "/3"):
            fetcher.fetch(site.url(path))
    assert len(waits) == 3
    assert all(4 < wait <= 5 for wait in waits)


def test_a_damaged_state_is_one_clear_line(site: Site, read: Read, tmp_path: Path) -> None:
    url = site.put("/1", PAGE)
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "web.sqlite").write_bytes(b"not a database" * 100)
    assert read(url) == [
        f"{url}: {tmp_path}/index/web.sqlite: cannot be used: file is not a database; delete it "
        "to go on"
    ]
