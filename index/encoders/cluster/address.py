"""Addresses of Ray clusters, and whether anything listens there."""

import re
import socket

from index.errors import KhazarError

AUTO, LOCAL = "auto", "local"
CLIENT = "ray://"
_ADDRESS = re.compile(rf"(?:{CLIENT})?(?P<host>\[[^\]\s]+\]|[^\s:/]+):(?P<port>\d{{1,5}})")
_SECONDS = 10.0


def knock(address: str) -> None:
    """Return if something listens at HOST:PORT or ray://HOST:PORT; Ray takes a minute to say no.

    Raises:
        KhazarError: nothing does, or it is no such address; why, in one line.
    """
    if not (parts := _ADDRESS.fullmatch(address)):
        raise KhazarError(
            f"--ray {address}: not an address; it is {AUTO}, {LOCAL}, HOST:PORT or "
            f"{CLIENT}HOST:PORT"
        )
    try:
        place = (parts["host"].strip("[]"), int(parts["port"]))
        socket.create_connection(place, _SECONDS).close()
    except (OSError, OverflowError) as error:
        raise KhazarError(f"no Ray cluster at {address}: {one_line(error)}") from None


def one_line(error: Exception) -> str:
    """Return what an error says, in one line."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(reason.split()) or type(error).__name__


def last_line(error: Exception) -> str:
    """Return the line of a message of Ray that says what happened: the last of a traceback."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].strip()
