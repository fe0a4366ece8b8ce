"""Routes of requests to the web: direct, or through a proxy.

A proxy resolves names itself; where one is needed, local answers are often missing or wrong. So
with a proxy, resolved addresses are not checked: the proxy decides what can be reached. Hosts that
are private by their name are still refused: numeric addresses, and names that no public host has.
"""

import ipaddress
import socket
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from index.readers.errors import UnreadableError
from index.readers.web.deadlines import Deadline, UnknownHostError
from index.readers.web.guarded_transport import (
    GuardedBackend,
    PoolTransport,
    guarded_transport,
    private_host,
    ssl_context,
)
from index.readers.web.public_addresses import is_public
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


class RoutingTransport(httpx.BaseTransport):
    """A transport that routes requests; each route is opened on its first use.

    Args:
        settings: which proxy, and whether private hosts are allowed.
        deadline: of the request under way.
    """

    def __init__(self, settings: WebSettings, deadline: Deadline) -> None:
        self._settings = settings
        self._deadline = deadline
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
        except (
            httpcore.ConnectError,
            httpcore.ConnectTimeout,
            httpcore.ProxyError,
            UnknownHostError,
        ) as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise UnreadableError(f"the proxy {_shown(proxy)}: {reason}") from None

    def close(self) -> None:
        """Close all connections."""
        for transport in self._opened.values():
            transport.close()

    def _way(self, proxy: str | None) -> PoolTransport:
        if proxy not in self._opened:
            self._opened[proxy] = (
                guarded_transport(self._settings.allow_private, self._deadline)
                if proxy is None
                else PoolTransport(_pool(proxy, self._deadline))
            )
        return self._opened[proxy]


def _pool(address: str, deadline: Deadline) -> httpcore.ConnectionPool:
    try:
        proxy = httpx.Proxy(address)
        pool = httpcore.SOCKSProxy if proxy.url.scheme.startswith("socks") else httpcore.HTTPProxy
        return pool(
            proxy_url=str(proxy.url),
            proxy_auth=proxy.raw_auth,
            ssl_context=ssl_context(),
            # The proxy itself may be in the private network.
            network_backend=GuardedBackend(deadline, allow_private=True),
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
