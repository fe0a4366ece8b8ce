"""Connections to public addresses only, so that no page can reach the private network.

A host name is resolved, and all its addresses are checked, when a connection is made; the
connection then goes to a checked address. Every connection passes through here, so redirects and
names that later resolve to another machine (DNS rebinding) are covered too.
"""

import ssl
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import httpcore
import httpx

from index.readers.errors import UnreadableError
from index.readers.web.deadlines import Deadline, DeadlineBackend, look_up
from index.readers.web.public_addresses import is_public


def private_host(host: str) -> str:
    """Return the message for a host in a private network."""
    return f"the host {host} is in a private network; set [index.web] allow_private to allow it"


class GuardedBackend(httpcore.NetworkBackend):
    """Connections within a deadline, to public hosts only.

    Args:
        deadline: of the request under way.
        allow_private: allow all hosts.
    """

    def __init__(self, deadline: Deadline, allow_private: bool) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._network = DeadlineBackend(deadline)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a host, as httpcore's backends do.

        Raises:
            UnreadableError: it is unknown, or has an address that is not public and not allowed.
        """
        addresses = look_up(host, port, self._deadline)
        if not self._allow_private and not all(map(is_public, addresses)):
            raise UnreadableError(private_host(host))
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                return self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()


class PoolTransport(httpx.BaseTransport):
    """Connections of httpcore for httpx, which cannot check each connection itself."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; errors are httpcore's, or what the pool's backend raises."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response.stream),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


@cache
def ssl_context() -> ssl.SSLContext:
    """Return the trusted certificates: certifi's, or those of SSL_CERT_FILE."""
    return httpx.create_ssl_context()


def guarded_transport(allow_private: bool, deadline: Deadline) -> PoolTransport:
    """Return a transport that refuses private addresses, unless they are allowed.

    Sending through it raises `UnreadableError` if a host is refused.
    """
    return PoolTransport(
        httpcore.ConnectionPool(
            ssl_context=ssl_context(),
            network_backend=GuardedBackend(deadline, allow_private),
            max_connections=4,
        )
    )
