"""Routes of requests to the web: direct, or through a proxy.

A proxy resolves names itself; where one is needed, local answers are often missing or wrong. So
with a proxy, resolved addresses are not checked: the proxy decides what can be reached. Hosts that
are private by their name are still refused: numeric addresses, and names that no public host has.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from index.readers.errors import UnreadableError
from index.readers.web.guarded_transport import (
    PoolTransport,
    guarded_transport,
    is_public,
    private_host,
    ssl_context,
)
from index.source_settings import WebSettings

# RFC 6761, RFC 6762, RFC 8375, and what networks at home and at work are commonly called.
_PRIVATE_ENDINGS = (
    ".localhost",
    ".local",
    ".internal",
    ".intranet",
    ".home.arpa",
    ".lan",
    ".corp",
    ".home",
    ".private",
)


def proxy_for(scheme: str, host: str, port: int | None, configured: str | None) -> str | None:
    """Return the address of the proxy for a request; None: it goes straight.

    Args:
        scheme: of the address that is asked for.
        host: likewise.
        port: likewise; None: the scheme's own.
        configured: as `WebSettings.proxy`: an address, "" for none, None: as HTTP_PROXY,
            HTTPS_PROXY, ALL_PROXY and NO_PROXY of the environment say.
    """
    if configured is not None:
        return configured or None
    known = getproxies()
    if not known or proxy_bypass(f"{host}:{port}" if port else host):
        return None
    address = known.get(scheme) or known.get("all")
    return f"http://{address}" if address and "://" not in address else address


def looks_private(host: str) -> bool:
    """Return whether a host is private, by its name alone."""
    bare = host.rstrip(".").strip("[]").lower()
    try:
        return not is_public(bare)
    except ValueError:
        pass
    try:
        # 2130706433, 127.1 and 0x7f.0.0.1 are 127.0.0.1, too.
        return not is_public(str(ipaddress.ip_address(socket.inet_aton(bare))))
    except (OSError, UnicodeError):
        return "." not in bare or bare.endswith(_PRIVATE_ENDINGS)


class _TimedStream(httpcore.NetworkStream):
    """A stream with a time limit, which httpcore's lacks for SOCKS proxies."""

    def __init__(self, stream: httpcore.NetworkStream, timeout: float) -> None:
        self._stream = stream
        self._timeout = timeout

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout or self._timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout or self._timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout or self._timeout)
        return _TimedStream(stream, self._timeout)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _TimedBackend(httpcore.NetworkBackend):
    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._network.connect_tcp(
            host, port, timeout or self._timeout, local_address, socket_options
        )
        return _TimedStream(stream, self._timeout)


class RoutingTransport(httpx.BaseTransport):
    """A transport that routes requests; each route is opened on its first use.

    Args:
        settings: which proxy, how long to wait for it, and whether private hosts are allowed.
    """

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._opened: dict[str | None, PoolTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; errors of the network are httpcore's.

        Raises:
            UnreadableError: the host is refused, or the proxy cannot be used.
        """
        url = request.url
        proxy = proxy_for(url.scheme, url.host, url.port, self._settings.proxy)
        if proxy is None:
            return self._way(None).handle_request(request)
        if not self._settings.allow_private and looks_private(url.host):
            raise UnreadableError(private_host(url.host))
        try:
            return self._way(proxy).handle_request(request)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ProxyError) as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise UnreadableError(f"the proxy {_shown(proxy)}: {reason}") from None

    def close(self) -> None:
        """Close all connections."""
        for transport in self._opened.values():
            transport.close()

    def _way(self, proxy: str | None) -> PoolTransport:
        if proxy not in self._opened:
            self._opened[proxy] = (
                guarded_transport(self._settings.allow_private)
                if proxy is None
                else PoolTransport(_pool(proxy, self._settings.timeout))
            )
        return self._opened[proxy]


def _pool(address: str, timeout: float) -> httpcore.ConnectionPool:
    try:
        proxy = httpx.Proxy(address)
        pool = httpcore.SOCKSProxy if proxy.url.scheme.startswith("socks") else httpcore.HTTPProxy
        return pool(
            proxy_url=str(proxy.url),
            proxy_auth=proxy.raw_auth,
            ssl_context=ssl_context(),
            network_backend=_TimedBackend(timeout),
            max_connections=4,
        )
    # RuntimeError: a package that SOCKS needs is missing.
    except (ValueError, RuntimeError, httpx.InvalidURL):
        raise UnreadableError(
            f"the proxy {_shown(address)} cannot be used: one at http://, https:// or socks5:// can"
        ) from None


def _shown(address: str) -> str:
    """Return a proxy's address without its user name and password."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
