"""A web of one site: a real HTTP server on loopback, and a source that reads from it."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from index.article import Article
from index.readers import Source, open_sources
from index.settings import IndexSettings
from tests.index.support.site import Read, Site


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
                    # A slow server.
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
