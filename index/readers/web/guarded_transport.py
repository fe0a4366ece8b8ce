"""Connections to public addresses only, so that no page can reach the private network.

A host name is resolved, and all its addresses are checked, when a connection is made; the
connection then goes to a checked address. Every connection passes through here, so redirects and
names that later resolve to another machine (DNS rebinding) are covered too.
"""

import socket
import ssl
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import httpcore
import httpx

from index.readers.errors import UnreadableError
from index.readers.web.deadlines import Deadline, DeadlineBackend
from index.readers.web.public_addresses import is_public


def resolve(host: str, port: int, allow_private: bool) -> list[str]:
    """Return a host's addresses.

    Raises:
        UnreadableError: it has none, or one that is not public and that is not allowed.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnreadableError(f"the host {host} is unknown") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not allow_private and not all(map(is_public, addresses)):
        raise UnreadableError(private_host(host))
    return addresses


def private_host(host: str) -> str:
    """Return the message for a host in a private network."""
    return f"the host {host} is in a private network; set [index.web] allow_private to allow it"


class _GuardedBackend(httpcore.NetworkBackend):
    def __init__(self, allow_private: bool, network: httpcore.NetworkBackend) -> None:
        self._allow_private = allow_private
        self._network = network

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in resolve(host, port, self._allow_private):
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
            network_backend=_GuardedBackend(allow_private, DeadlineBackend(deadline)),
            max_connections=4,
        )
    )
