"""JSON files: an array of articles, one article, or an export of Telegram Desktop."""

from typing import BinaryIO

from index.readers.decoding.json_stream import JsonCursor
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats import telegram
from index.readers.formats.jsonl import parse

_SAMPLE_BYTES = 64 * 2**10


def read(document: Document) -> Items:
    """Yield the file's articles, and a problem for each element that is not one.

    Raises:
        OSError: the file cannot be opened or read.
    """
    try:
        with document.open_text() as stream:
            if document.options.format == "telegram" or _is_export(stream):
                yield from telegram.read_export(document, JsonCursor(stream))
            else:
                yield from _read_articles(document, JsonCursor(stream))
    except UnreadableError as error:
        yield document.problem(error.line, error.message)


def _is_export(stream: BinaryIO) -> bool:
    """Return whether a file begins like an export of Telegram: the chat before its messages."""
    peek = getattr(stream, "peek", None)
    start: bytes = peek(_SAMPLE_BYTES)[:_SAMPLE_BYTES].lstrip() if peek else b""
    return start.startswith(b"{") and (b'"messages"' in start or b'"chats"' in start)


def _read_articles(document: Document, cursor: JsonCursor) -> Items:
    first = cursor.peek()
    if first is None:
        return
    if first == ord("{"):
        yield parse(cursor.value(), document)
        if cursor.peek() is not None:
            raise UnreadableError("more follows the article: is this JSON Lines?", cursor.line)
        return
    for _ in cursor.elements():
        cursor.peek()
        line = cursor.line
        try:
            yield parse(cursor.value(), document)
        except UnreadableError as error:
            yield document.problem(line, error.message)
            if cursor.peek() is None:
                return
