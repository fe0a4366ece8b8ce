"""A small HTTP server on the bot's own event loop, by tornado."""

from collections.abc import Sequence
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from index.errors import KhazarError

# Seconds that a connection may stay without a request, and that one may take to come in.
_IDLE = 60
_SLOWEST_BODY = 20

Rule = tuple[str, type[RequestHandler], dict[str, Any]]


class ListenError(KhazarError):
    """The address or port of the bot's own HTTP server cannot be used."""


class QuietHandler(RequestHandler):
    """Replies in plain text, and tells nothing about what goes wrong inside."""

    def set_default_headers(self) -> None:
        """Leave out the server's name and version."""
        self.clear_header("Server")
        self.set_header("Content-Type", "text/plain; charset=utf-8")

    def write_error(self, status_code: int, **_: Any) -> None:
        """Reply with the number alone."""
        self.finish(f"{status_code}\n")


class LocalServer:
    """Listens from `start` to `stop`."""

    def __init__(self, rules: Sequence[Rule], *, listen: str, port: int, largest_body: int) -> None:
        """Know what is served.

        Args:
            rules: path pattern, handler and its arguments.
            listen: address to listen on.
            port: 0 takes a free one.
            largest_body: bytes of a request that are accepted.
        """
        self._rules = [*rules, ("/.*", _NotFound, {})]
        self._listen = listen
        self._port = port
        self._largest_body = largest_body
        self._server: HTTPServer | None = None

    @property
    def port(self) -> int:
        """The port that is listened on, once `start` has returned."""
        return self._port

    async def start(self) -> None:
        """Begin to listen.

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
            max_body_size=self._largest_body,
            idle_connection_timeout=_IDLE,
            body_timeout=_SLOWEST_BODY,
        )
        self._server.add_sockets(sockets)

    async def stop(self) -> None:
        """Listen no more and close what is open."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
            await server.close_all_connections()


class _NotFound(QuietHandler):
    def prepare(self) -> None:
        self.send_error(404)


def _log_nothing(_: RequestHandler) -> None:
    """Log no requests: their paths are nobody's business, and errors are logged where they are."""
