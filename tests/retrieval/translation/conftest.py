"""A translation service on the loopback interface."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

Reply = Callable[[list[str]], object]


@dataclass
class Service:
    """What a service answers, and what it was asked.

    Attributes:
        url: its address.
        reply: returns what to answer to the texts of a request: JSON, or bytes as they are.
        status: of the answer.
        stuck: whether the answer stops in the middle, until the test ends.
        asked: path, headers and JSON of each request.
    """

    url: str = ""
    reply: Reply = list
    status: int = 200
    stuck: bool = False
    asked: list[tuple[str, dict[str, str], dict[str, object]]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)


def texts_of(payload: dict) -> list[str]:
    return payload["q"] if "q" in payload else json.loads(payload["messages"][-1]["content"])


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.asked.append((self.path, dict(self.headers), payload))
            reply = found.reply(texts_of(payload))
            body = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(body) + found.stuck))
            self.end_headers()
            self.wfile.write(body)
            if found.stuck:
                self.wfile.flush()
                found.ended.wait()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    found.ended.set()
    server.shutdown()
    server.server_close()
    thread.join()
