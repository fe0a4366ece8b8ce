"""A JSON stream: values of a document that is too large for memory, one at a time.

It finds where values end and leaves their content to `json`. So one broken element costs only
itself, and one that is too long is skipped without being held. ijson can do neither: it stops at
the first error, and builds each element whole.
"""

import re
from collections.abc import Iterator
from typing import IO

from index.readers.decoding.streams import MAX_ARTICLE_BYTES, too_long
from index.readers.errors import UnreadableError
from index.readers.formats.jsonl import load

_CHUNK = 256 * 2**10
_SPACE = re.compile(rb"[ \t\r\n]*")
# Possessive, so that no text makes them go back and try again.
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_TO_QUOTE = re.compile(rb'[^"]*+')
_BRACKET = re.compile(rb"[{}\[\]]")
_BRACKETS = (b"{", b"["), (b"}", b"]")
_SCALAR = re.compile(rb"[^,\]}\s]*+")
_QUOTE, _BACKSLASH, _COMMA, _COLON = b'"\\,:'
# Bytes searched for the next quote; the rest of the buffer would hold many short values.
_WINDOW = 512


class JsonCursor:
    """Reads a stream of JSON in UTF-8 from front to back.

    `elements` and `members` step through an array or object that comes next; at each step the
    caller takes the value that comes next by `value`, or steps into it; what is not taken is
    skipped.

    Attributes:
        line: the 1-based line of what comes next.
    """

    def __init__(self, stream: IO[bytes], line: int = 1) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._at = 0
        self._ended = False
        self._values = 0
        self.line = line

    def peek(self) -> int | None:
        """Return the first byte of what comes next, white space left out; None at the end."""
        while True:
            space = _SPACE.match(self._buffer, self._at)
            self._move(space.end() if space else self._at)
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return None

    def value(self, limit: int = MAX_ARTICLE_BYTES) -> bytes:
        """Return the text of the value that comes next, and step behind it.

        Raises:
            UnreadableError: it is longer than `limit` bytes (the cursor is behind it then), or
                the document ends in it.
        """
        line = self._line_of_next()
        text = self._take(limit)
        if text is None:
            raise UnreadableError(f"{too_long(limit)}: skipped", line)
        return text

    def copy(self, to: IO[bytes]) -> None:
        """Write the value that comes next, of any length, to a file, and step behind it.

        Raises:
            UnreadableError: the document ends in it; the file has what there is of it.
        """
        self._values += 1
        for part in self._pieces():
            to.write(part)

    def elements(self) -> Iterator[None]:
        """Step through the array that comes next.

        Raises:
            UnreadableError: it is none, or is not written as one.
        """
        yield from self._steps(b"[", b"]")

    def members(self) -> Iterator[str]:
        """Step through the object that comes next, yielding each member's name.

        Raises:
            UnreadableError: it is none, or is not written as one.
        """
        for _ in self._steps(b"{", b"}"):
            if self.peek() != _QUOTE:
                raise self._error("expected a name in quotes")
            name = load(self.value())
            self._expect(_COLON)
            self._values -= 1
            yield str(name)

    def _steps(self, opener: bytes, closer: bytes) -> Iterator[None]:
        self._expect(opener[0])
        self._values += 1
        first = True
        while True:
            following = self.peek()
            if following == closer[0]:
                self._move(self._at + 1)
                return
            if not first:
                self._expect(_COMMA)
                # A missing element, [1,,2], or a comma after the last one is ignored.
                if self.peek() in (_COMMA, closer[0]):
                    continue
            first = False
            before = self._values
            yield None
            if self._values == before:
                self._take(0)

    def _expect(self, byte: int) -> None:
        found = self.peek()
        if found is None:
            raise self._error("the file ends too early")
        if found != byte:
            raise self._error(f"expected {chr(byte)!r} and found {chr(found)!a}")
        self._move(self._at + 1)

    def _error(self, message: str) -> UnreadableError:
        return UnreadableError(f"not JSON: {message}; the rest is left out", self.line)

    def _line_of_next(self) -> int:
        self.peek()
        return self.line

    def _take(self, limit: int) -> bytes | None:
        """Step behind the value that comes next; return its text, None if longer than `limit`."""
        line = self._line_of_next()
        self._values += 1
        parts: list[bytes] = []
        size = 0
        for part in self._pieces():
            size += len(part)
            if size <= limit:
                parts.append(part)
            else:
                parts.clear()
        if not size:
            raise UnreadableError("the file ends where a value should be", line)
        return b"".join(parts) if size <= limit else None

    def _pieces(self) -> Iterator[bytes]:
        """Step behind the value that comes next, yielding its text as far as the buffer holds it.

        Raises:
            UnreadableError: the document ends in it.
        """
        first = self.peek()
        if first is None:
            return
        if first not in b'"{[':
            yield from self._scalar()
            return
        line, depth, in_string = self.line, 0, False
        while True:
            end, depth, in_string = self._scan(depth, in_string)
            yield self._cut(end)
            if not depth and not in_string:
                return
            if not self._more():
                raise UnreadableError("the file ends inside a value", line)

    def _scalar(self) -> Iterator[bytes]:
        found = _SCALAR.match(self._buffer, self._at)
        # A comma or a closer where a value should be is taken for one, so that there is progress.
        yield self._cut(max(found.end() if found else 0, self._at + 1))
        while self._at == len(self._buffer) and self._more():
            found = _SCALAR.match(self._buffer, self._at)
            yield self._cut(found.end() if found else self._at)

    def _scan(self, depth: int, in_string: bool) -> tuple[int, int, bool]:
        """Go through a string or nesting, to its end or as far as the buffer goes.

        Returns where that is, how deep in the nesting, and whether in a string.
        """
        buffer, at, end = self._buffer, self._at, len(self._buffer)
        while at < end:
            if in_string:
                found = _IN_STRING.match(buffer, at)
                at = found.end() if found else end
                # The buffer's end, or a backslash of which the next byte is not here yet.
                if at == end or buffer[at] == _BACKSLASH:
                    break
            elif buffer[at] != _QUOTE:
                at, depth = self._to_quote(at, depth)
                if not depth:
                    break
                continue
            at += 1
            in_string = not in_string
            if not depth and not in_string:
                break
        return at, depth, in_string

    def _to_quote(self, at: int, depth: int) -> tuple[int, int]:
        """Go on towards the next quote, or behind the bracket that closes all: depth is 0 there."""
        buffer = self._buffer
        found = _TO_QUOTE.match(buffer, at, at + _WINDOW)
        end = found.end() if found else len(buffer)
        openers, closers = (sum(buffer.count(byte, at, end) for byte in kind) for kind in _BRACKETS)
        # Where not all can be closed, the brackets need not be looked at one by one.
        if closers < depth or not closers:
            return end, depth + openers - closers
        for bracket in _BRACKET.finditer(buffer, at, end):
            depth += 1 if bracket[0] in _BRACKETS[0] else -1
            if depth <= 0:
                return bracket.end(), 0
        return end, depth

    def _cut(self, end: int) -> bytes:
        text = bytes(self._buffer[self._at : end])
        self._move(end)
        return text

    def _move(self, at: int) -> None:
        self.line += self._buffer.count(b"\n", self._at, at)
        self._at = at

    def _more(self) -> bool:
        """Read on; what is behind the cursor is dropped."""
        if self._ended:
            return False
        data = self._stream.read(_CHUNK)
        del self._buffer[: self._at]
        self._at = 0
        self._buffer += data
        self._ended = not data
        return not self._ended
