"""A small HTTP server (tornado) on the bot's event loop."""

from collections.abc import Sequence
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from index.errors import KhazarError

# Seconds: of a connection without a request, and of receiving a request's body.
_IDLE_TIMEOUT = 60
_BODY_TIMEOUT = 20

# Path pattern, handler, the handler's arguments.
Rule = tuple[str, type[RequestHandler], dict[str, Any]]


class ListenError(KhazarError):
    """The address or port of the bot's own HTTP server cannot be used."""


class QuietHandler(RequestHandler):
    """Replies in plain text, without details of errors."""

    def set_default_headers(self) -> None:
        """Omit the server's name and version."""
        self.clear_header("Server")
        self.set_header("Content-Type", "text/plain; charset=utf-8")

    def write_error(self, status_code: int, **_: Any) -> None:
        """Reply with the status code alone."""
        self.finish(f"{status_code}\n")


class LocalServer:
    """An HTTP server that runs from `start` to `stop`."""

    def __init__(self, rules: Sequence[Rule], *, listen: str, port: int, max_body: int) -> None:
        """Prepare the server; `start` starts it.

        Args:
            rules: the paths and their handlers.
            listen: the address to listen on.
            port: the port; 0 takes a free one.
            max_body: maximum size of a request's body, in bytes.
        """
        self._rules = [*rules, ("/.*", _NotFound, {})]
        self._listen = listen
        self._port = port
        self._max_body = max_body
        self._server: HTTPServer | None = None

    @property
    def port(self) -> int:
        """The port, once `start` has returned."""
        return self._port

    async def start(self) -> None:
        """Start to listen.

        Raises:
            ListenError: the address cannot be listened on.
        """
        try:
            sockets = bind_sockets(self._port, self._listen)
        except OSError as error:
            raise ListenError(
                f"cannot listen on {self._listen}, port {self._port}: {error.strerror or error}"
            ) from None
        self._port = sockets[0].getsockname()[1]
        self._server = HTTPServer(
            Application(self._rules, log_function=_log_nothing),
            max_body_size=self._max_body,
            idle_connection_timeout=_IDLE_TIMEOUT,
            body_timeout=_BODY_TIMEOUT,
        )
        self._server.add_sockets(sockets)

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
            await server.close_all_connections()


class _NotFound(QuietHandler):
    def prepare(self) -> None:
        self.send_error(404)


def _log_nothing(_: RequestHandler) -> None:
    """Log no requests: their paths are private, and errors are logged where they occur."""
