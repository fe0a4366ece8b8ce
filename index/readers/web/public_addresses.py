"""Public IP addresses, by a table of our own: Python's differs from version to version.

The table is that of IANA's special-purpose registries of November 2025
(https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry), read
strictly: what is not plainly an address of a host on the internet is not public.
"""

import ipaddress
from typing import Final

_NOT_PUBLIC_4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
# All others are assigned to something else, or not at all: link-local fe80::/10, site-local
# fec0::/10, unique local fc00::/7, multicast ff00::/8, translated 64:ff9b::/96 and 64:ff9b:1::/48,
# segment routing 5f00::/16, mapped ::ffff:0:0/96.
_GLOBAL_UNICAST_6: Final = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_6: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, among them Teredo, which holds IPv4 addresses
        "2001:db8::/32",
        "2002::/16",  # 6to4, which holds IPv4 addresses
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
# ISATAP: the last 64 bits are 0000:5efe or 0200:5efe, and an IPv4 address.
_ISATAP: Final = frozenset((0x0000_5EFE, 0x0200_5EFE))


def is_public(address: str) -> bool:
    """Return whether an IP address is public; one that holds an IPv4 address, if that is, too.

    Raises:
        ValueError: it is not an IP address.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _NOT_PUBLIC_4)
    if ip.ipv4_mapped:
        return is_public(str(ip.ipv4_mapped))
    value = int(ip)
    if (value >> 32) & 0xFFFF_FFFF in _ISATAP:
        return False
    return ip in _GLOBAL_UNICAST_6 and not any(ip in network for network in _NOT_PUBLIC_6)
