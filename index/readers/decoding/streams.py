"""Bytes in, UTF-8 bytes out: unpacking, transcoding and cutting into lines, all within limits."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from index.readers.decoding.encodings import SAMPLE_BYTES, detect
from index.readers.errors import UnreadableError
from index.source_settings import TextEncoding

# The longest line, element or page that is read; longer ones are skipped without being held.
MAX_ARTICLE_BYTES = 16 * 2**20
_CHUNK = 64 * 2**10
# Text is compressed to a tenth, rarely to a thirtieth; anything far beyond that is a gzip bomb.
_MAX_EXPANSION = 200
_EXPANSION_FREE_BYTES = 64 * 2**20
_GZIP = b"\x1f\x8b"


class _Counted(io.RawIOBase):
    """A binary stream that counts what was read from it."""

    def __init__(self, raw: BinaryIO) -> None:
        self.raw = raw
        self.bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        # A pipe returns what it has; waiting for a full buffer would delay lines.
        read1 = getattr(self.raw, "read1", self.raw.read)
        data = read1(len(view)) or b""
        view[: len(data)] = data
        self.bytes += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self.raw.close()
        super().close()


class _Unpacked(io.RawIOBase):
    """A gzip stream, unpacked while that stays in proportion."""

    def __init__(self, raw: BinaryIO, limit: int | None) -> None:
        self._limit = limit
        self._packed = _Counted(raw)
        self._stream = gzip.GzipFile(fileobj=io.BufferedReader(self._packed), mode="rb")
        self._unpacked = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        try:
            data = self._stream.read1(len(view))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UnreadableError(f"the gzip data is damaged: {error}") from None
        self._unpacked += len(data)
        if self._unpacked > max(_EXPANSION_FREE_BYTES, self._packed.bytes * _MAX_EXPANSION):
            raise UnreadableError(
                f"it unpacks to more than {_MAX_EXPANSION} times its size, as no news does; "
                "the rest is left out"
            )
        if self._limit is not None and self._unpacked > self._limit:
            raise UnreadableError(f"it unpacks to more than {self._limit // 2**20} MiB")
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._packed.close()
        super().close()


class _Transcoded(io.RawIOBase):
    """A text stream in another encoding, as UTF-8."""

    def __init__(self, raw: "io.BufferedReader[_Counted]", encoding: TextEncoding) -> None:
        self._raw = raw
        # Half a character cannot be kept in UTF-8; it is shown as U+FFFD, as of JSON's escapes.
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        while not self._ready and not self._ended:
            data = self._raw.read1(_CHUNK)
            self._ended = not data
            self._ready = self._decoder.decode(data, final=self._ended).encode()
        part, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(part)] = part
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def unpack(raw: BinaryIO, limit: int | None = None) -> BinaryIO:
    """Return what a gzip stream holds.

    Reading it raises `UnreadableError` where the data is damaged or is a bomb, or where it is
    longer than `limit` bytes.
    """
    return cast("BinaryIO", io.BufferedReader(_Unpacked(raw, limit), _CHUNK))


def unpack_if_packed(raw: BinaryIO, limit: int | None = None) -> BinaryIO:
    """Return a stream, or what it holds if it is gzip by its content: see `unpack`."""
    buffered = cast("BinaryIO", io.BufferedReader(_Counted(raw), SAMPLE_BYTES))
    # One read at most: a pipe that still waits for its writer has its first lines soon enough.
    return unpack(buffered, limit) if _is_packed(buffered) else buffered


def _is_packed(stream: BinaryIO) -> bool:
    return cast("io.BufferedReader[_Counted]", stream).peek(2).startswith(_GZIP)


def as_utf8(raw: BinaryIO, encoding: TextEncoding | None = None) -> BinaryIO:
    """Return a text stream as UTF-8 without its byte order mark.

    Args:
        raw: the bytes; they may come from a pipe.
        encoding: of the text; None means to tell it from the beginning.

    Raises:
        UnreadableError: the encoding is unknown.
    """
    buffered = io.BufferedReader(_Counted(raw), SAMPLE_BYTES)
    # One read at most: a pipe that still waits for its writer has its first lines soon enough.
    found = detect(buffered.peek(SAMPLE_BYTES))
    if found is None and encoding is None:
        raise UnreadableError(
            "neither UTF-8, UTF-16 nor, as far as one can tell, Windows-1256; name its encoding "
            'in config.toml: {path = "...", encoding = "windows-1256"}'
        )
    chosen: TextEncoding = encoding or (found.encoding if found else "utf-8")
    if found and found.encoding == chosen:
        buffered.read(found.mark)
    if chosen == "utf-8":
        return cast("BinaryIO", buffered)
    return cast("BinaryIO", io.BufferedReader(_Transcoded(buffered, chosen)))


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a stream; `content` is None for a line that is too long to be read."""

    number: int
    content: bytes | None


def read_lines(stream: BinaryIO, limit: int = MAX_ARTICLE_BYTES) -> Iterator[TextLine]:
    """Yield a stream's lines; of one longer than `limit` bytes no more than that is ever held."""
    number = 0
    while start := stream.readline(limit + 1):
        number += 1
        if len(start) <= limit or start.endswith(b"\n"):
            yield TextLine(number, start)
            continue
        del start
        while (rest := stream.readline(_CHUNK)) and not rest.endswith(b"\n"):
            pass
        yield TextLine(number, None)


def read_all(stream: BinaryIO, limit: int = MAX_ARTICLE_BYTES) -> bytes:
    """Return all of a stream.

    Raises:
        UnreadableError: it is longer than `limit` bytes.
    """
    parts, size = [], 0
    while part := stream.read(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise UnreadableError(too_long(limit))
    return b"".join(parts)


def too_long(limit: int = MAX_ARTICLE_BYTES) -> str:
    """Return the reason for which something long was skipped."""
    return f"longer than {limit // 2**20} MiB"
