"""Web sources through proxies."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from index.article import Article
from tests.index.support.site import PAGE, Read, Site


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
    # A proxy that says nothing is given up; only the time tells it from one that is waited for.
    begun = time.monotonic()
    with socks(site.port, answers=False) as (proxy, _):
        (problem,) = read(FAR, web={"proxy": proxy, "timeout": 0.5})
    assert problem == f"{FAR}: not here after 0.5 s"
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
