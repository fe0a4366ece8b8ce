"""Time limits on requests: one for the whole of each, however slowly its bytes come."""

import socket
import ssl
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, wait
from typing import Any

import httpcore

from index.readers.errors import UnreadableError


class Deadline:
    """The time by which the request under way must be answered; one for all its connections.

    Args:
        seconds: the time for one request, for its error.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = time.monotonic() + seconds

    def set(self, until: float) -> None:
        """Set the time, in seconds of `time.monotonic`."""
        self._until = until

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            UnreadableError: none is.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise UnreadableError(f"not here after {self._seconds:g} s")
        return left


class UnknownHostError(UnreadableError):
    """A host's name has no address."""


def look_up(host: str, port: int, deadline: Deadline) -> list[str]:
    """Return the addresses of a host.

    The system's resolver has time limits of its own, of half a minute and more. It is asked in a
    thread, which is left behind when it is late.

    Raises:
        UnknownHostError: it has none.
        UnreadableError: the deadline has passed.
    """
    answer: Future[list[str]] = Future()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answer.set_exception(UnknownHostError(f"the host {host} is unknown"))
        else:
            answer.set_result(list(dict.fromkeys(str(entry[4][0]) for entry in found)))

    threading.Thread(target=ask, name=f"address of {host[:80]}", daemon=True).start()
    while not wait([answer], deadline.left()).done:
        pass
    return answer.result()


class _DeadlineStream(httpcore.NetworkStream):
    """A connection on which no wait is longer than the request's deadline allows."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._stream.read(max_bytes, _least(timeout, self._deadline.left()))
        except httpcore.ReadTimeout:
            self._deadline.left()
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            self._stream.write(buffer, _least(timeout, self._deadline.left()))
        except httpcore.WriteTimeout:
            self._deadline.left()
            raise

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(
            ssl_context, server_hostname, _least(timeout, self._deadline.left())
        )
        return _DeadlineStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Connections within a deadline; also those to SOCKS proxies, to which httpcore sets none.

    Args:
        deadline: of the request under way.
        network: makes the connections.
    """

    def __init__(self, deadline: Deadline, network: httpcore.NetworkBackend | None = None) -> None:
        self._deadline = deadline
        self._network = network or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a host, as httpcore's backends do."""
        stream = self._network.connect_tcp(
            host, port, _least(timeout, self._deadline.left()), local_address, socket_options
        )
        return _DeadlineStream(stream, self._deadline)


def _least(timeout: float | None, left: float) -> float:
    return left if timeout is None else min(timeout, left)
