"""Telegram HTML, made of spans of plain text.

Text is cut while it is still plain; it is escaped and tagged afterwards. So no cut falls into a tag
or an entity, and a style continues in the next message.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

from telegram.constants import MessageLimit

from index.text.persian import sentences
from index.text.special_characters import without_controls

MAX_UNITS = MessageLimit.MAX_TEXT_LENGTH - 1
_SPACE = re.compile(r"\s")
_JOINERS = "\u200c\u200d\ufe0f"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of plain text in one style.

    Attributes:
        text: plain text, not escaped.
        bold: shown in bold.
        italic: shown in italics.
        underline: underlined.
        quote: part of a block quotation; neighbouring spans share one.
        expandable: part of a quotation that is folded until somebody taps it.
        link: address that the text links to.
    """

    text: str
    bold: bool = False
    italic: bool = False
    underline: bool = False
    quote: bool = False
    expandable: bool = False
    link: str | None = None


Block = tuple[Span, ...]


def utf16_units(text: str) -> int:
    """Return the length of `text` as Telegram counts it, in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def to_html(block: Block) -> str:
    """Return a block as Telegram HTML."""
    html = ""
    for (quoted, expandable), spans in groupby(block, lambda span: (span.quote, span.expandable)):
        inner = "".join(_span_html(span) for span in spans)
        tag = "<blockquote expandable>" if expandable else "<blockquote>"
        html += f"{tag}{inner}</blockquote>" if quoted and inner else inner
    return html


def pack(blocks: Iterable[Block], limit: int = MAX_UNITS) -> list[str]:
    """Pack blocks into as few messages as possible; a block is split only where it must be.

    Args:
        blocks: the blocks in order; an empty line separates two in one message.
        limit: UTF-16 code units of plain text in a message, at most.

    Returns:
        The messages as Telegram HTML; none is blank.
    """
    messages: list[Block] = []
    for block in blocks:
        joined = (*messages[-1], Span("\n\n"), *block) if messages else block
        if utf16_units(plain(joined)) <= limit:
            messages[-1:] = [joined]
        else:
            messages += split(block, limit)
    return [to_html(message) for message in messages if plain(message).strip()]


def split(block: Block, limit: int) -> Iterator[Block]:
    """Cut a block into pieces of at most `limit` units, at sentence ends, else at spaces."""
    while utf16_units(text := plain(block)) > limit:
        cut = _cut(text, limit)
        yield _slice(block, 0, len(text[:cut].rstrip()))
        rest = len(text) - len(text[cut:].lstrip())
        block = _slice(block, rest, len(text))
    yield block


def _span_html(span: Span) -> str:
    html = escape(without_controls(span.text), quote=False)
    if not html:
        return ""
    if span.link is not None:
        html = f'<a href="{escape(span.link)}">{html}</a>'
    if span.italic:
        html = f"<i>{html}</i>"
    if span.underline:
        html = f"<u>{html}</u>"
    return f"<b>{html}</b>" if span.bold else html


def plain(block: Block) -> str:
    """Return the plain text of a block."""
    return "".join(span.text for span in block)


def _slice(block: Block, start: int, end: int) -> Block:
    pieces = []
    for span in block:
        text = span.text[max(start, 0) : max(end, 0)]
        if text:
            pieces.append(replace(span, text=text))
        start -= len(span.text)
        end -= len(span.text)
    return tuple(pieces)


def _cut(text: str, limit: int) -> int:
    """Return how many characters of `text` to keep, at least one, in at most `limit` units."""
    end = _fitting(text, limit)
    # A sentence end in the first half would leave a short message; then cut at a space.
    sentence_ends = [last for _, last in sentences(text) if end // 2 < last <= end]
    if sentence_ends:
        return sentence_ends[-1]
    spaces = [match.start() for match in _SPACE.finditer(text, end // 2, end + 1)]
    if spaces:
        return spaces[-1]
    hard = end
    while hard > end // 2 and _holds_together(text[hard - 1], text[hard]):
        hard -= 1
    return max(hard, 1)


def _fitting(text: str, limit: int) -> int:
    units = 0
    for position, character in enumerate(text):
        units += utf16_units(character)
        if units > limit:
            return position
    return len(text)


def _holds_together(before: str, after: str) -> bool:
    return bool(unicodedata.combining(after)) or after in _JOINERS or before in _JOINERS
