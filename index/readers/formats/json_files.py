"""JSON files: an array of articles, one article, articles in an envelope, or Telegram's export."""

import itertools
from collections.abc import Iterator
from typing import Any

from index.readers.decoding.json_stream import JsonCursor
from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats import telegram
from index.readers.formats.field_names import field_of
from index.readers.formats.jsonl import clean_text, load, read_article

# Members of an object that hold articles: {"status": "ok", "articles": [...]}; JSON Feed: "items".
_ENVELOPES = frozenset("articles items news data results posts entries records docs rows".split())
_MAX_ENVELOPES = 3
# Members that tell whose articles they are.
_FACTS = ("version", *telegram.FACTS)
_OBJECT, _ARRAY = b"{["


def read(document: Document) -> Items:
    """Yield the file's articles, and a problem for each element that is not one.

    Raises:
        OSError: the file cannot be opened or read.
    """
    try:
        with document.open_text() as stream:
            cursor, places = JsonCursor(stream), itertools.count(1)
            if document.options.format == "telegram":
                yield from telegram.read_export(document, cursor)
            elif (first := cursor.peek()) == _OBJECT:
                yield from _read_object(document, cursor, places)
                if cursor.peek() is not None:
                    raise UnreadableError(
                        "more follows the article: is this JSON Lines?", cursor.line
                    )
            elif first is not None:
                yield from _read_array(document, cursor, places)
    except UnreadableError as error:
        yield document.problem(error.line, error.message)


def _read_object(
    document: Document, cursor: JsonCursor, places: Iterator[int], depth: int = 0
) -> Items:
    """Yield the articles in an object, or the one that it is."""
    record: dict[str, Any] = {}
    is_envelope = False
    line = cursor.line
    members = cursor.members()
    for name in members:
        first = cursor.peek()
        if not depth and telegram.is_member_of_export(name, first):
            rest = itertools.chain([name], members)
            yield from telegram.read_members(document, cursor, rest, record)
            return
        inside = name.lower() in _ENVELOPES
        if inside and first == _ARRAY:
            is_envelope = True
            yield from _read_array(document, cursor, places, _title(record))
        elif inside and first == _OBJECT and depth < _MAX_ENVELOPES:
            for item in _read_object(document, cursor, places, depth + 1):
                is_envelope = True
                yield item
        elif field_of(name) or name in _FACTS:
            record[name] = load(cursor.value())
    has_text = any(field_of(name) == "paragraphs" for name in record)
    # Where an object within has neither text nor articles, the one around it is looked at.
    if has_text or not (is_envelope or depth):
        yield from read_article(record, document, str(next(places)), line)


def _read_array(
    document: Document, cursor: JsonCursor, places: Iterator[int], agency: str = ""
) -> Items:
    for _ in cursor.elements():
        cursor.peek()
        line = cursor.line
        try:
            value = load(cursor.value())
            yield from read_article(value, document, str(next(places)), line, agency)
        except UnreadableError as error:
            yield document.problem(line, error.message)
            if cursor.peek() is None:
                return


def _title(envelope: dict[str, Any]) -> str:
    """Return the title of a JSON Feed, the agency of its articles; "" of other envelopes."""
    title = envelope.get("title")
    is_feed = "jsonfeed.org" in str(envelope.get("version"))
    return str(clean_text(title)) if is_feed and isinstance(title, str) else ""
