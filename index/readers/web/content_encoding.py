"""Content encodings of answers: none or gzip, unpacked no further than asked for."""

import zlib
from collections.abc import Iterable, Iterator

from index.readers.errors import UnreadableError

# What is asked of servers, and the only encoding that is read, once.
ACCEPTED = "gzip"
_GZIP_BITS = zlib.MAX_WBITS | 16


def unpacked(parts: Iterable[bytes], encoding: str, limit: int) -> Iterator[bytes]:
    """Yield the content of an answer, of at most `limit` bytes packed and unpacked.

    Args:
        parts: the answer's bytes.
        encoding: its Content-Encoding; "" for none.
        limit: bytes.

    Raises:
        UnreadableError: it is longer, damaged or in another encoding.
    """
    named = encoding.strip().lower()
    if named in ("", "identity"):
        yield from _limited(parts, limit)
    elif named in ("gzip", "x-gzip"):
        yield from _limited(_gunzipped(_limited(parts, limit), limit), limit)
    else:
        raise UnreadableError(f"its content is encoded as {named[:80]}, not as gzip or not at all")


def too_long(limit: int) -> str:
    """Return the reason for which a longer answer is refused."""
    return f"longer than {limit // 2**10} KiB"


def _limited(parts: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > limit:
            raise UnreadableError(too_long(limit))
        yield part


def _gunzipped(parts: Iterable[bytes], limit: int) -> Iterator[bytes]:
    stream = zlib.decompressobj(_GZIP_BITS)
    is_begun = False
    try:
        for part in parts:
            rest = part
            while rest:
                if stream.eof:
                    stream = zlib.decompressobj(_GZIP_BITS)
                yield stream.decompress(rest, limit + 1)
                rest = stream.unused_data if stream.eof else stream.unconsumed_tail
            is_begun = True
    except zlib.error:
        raise UnreadableError("cannot be fetched: its gzip data is damaged") from None
    if is_begun and not stream.eof:
        raise UnreadableError("cannot be fetched: its gzip data ends early")
