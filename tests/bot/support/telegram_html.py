"""Telegram HTML as the Bot API's documentation describes it, parsed strictly.

What Telegram refuses is refused here with its words. Two things that it would let pass, but that
are never meant, are refused too: a bare & and quotations inside quotations.
"""

import re
from dataclasses import dataclass
from html import unescape

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "code": "code", "pre": "pre", "a": "text_link",
    "blockquote": "blockquote",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "blockquote": {"expandable"}, "code": {"class"}}
TOKEN = re.compile(r"<(?P<close>/?)(?P<tag>[^\s<>/]*)(?P<rest>[^<>]*)>|(?P<entity>&[^\s;&<]*;?)")
ATTRIBUTE = re.compile(r'\s+([a-z-]+)(?:="([^"<>]*)")?')
ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")


class MarkupError(ValueError):
    """The text is not Telegram HTML; the message is the Bot API's description."""


@dataclass(frozen=True)
class Parsed:
    """Plain text, and entities in the Bot API's format."""

    text: str
    entities: list[dict[str, object]]

    def shown(self, kind: str) -> list[str]:
        """Return the pieces of text that entities of one kind cover."""
        units = self.text.encode("utf-16-le")
        return [
            units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")
            for e in self.entities
            if e["type"] == kind
        ]


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def parse(html: str) -> Parsed:
    """Parse Telegram HTML, trimmed as Telegram trims it.

    Raises:
        MarkupError: it is not Telegram HTML.
    """
    text, entities, opened, position = "", [], [], 0
    for token in TOKEN.finditer(html):
        text += _literal(html[position : token.start()], position)
        position = token.end()
        place = len(html[: token.start()].encode())
        if token["entity"]:
            text += _entity(token["entity"], place)
        elif token["close"]:
            if not opened:
                _fail(f"Unexpected end tag at byte offset {place}")
            tag, start, extra = opened.pop()
            if token["tag"] not in ("", tag) or token["rest"].strip():
                _fail(f'Unmatched end tag at byte offset {place}, expected "</{tag}>"')
            if length := utf16_length(text) - start:
                entities.append({"type": TAGS[tag], "offset": start, "length": length, **extra})
        else:
            tag = token["tag"].lower()
            extra = _attributes(tag, token["rest"], place)
            _check_nesting(tag, [name for name, _, _ in opened], place)
            opened.append((tag, utf16_length(text), extra))
    text += _literal(html[position:], position)
    if opened:
        _fail(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return _trimmed(text, sorted(entities, key=lambda e: (e["offset"], -e["length"])))


def _literal(text: str, position: int) -> str:
    if "<" in text:
        _fail(f"Unclosed start tag at byte offset {position + text.index('<')}")
    return text


def _entity(entity: str, place: int) -> str:
    if not ENTITY.fullmatch(entity):
        _fail(f'Unknown entity "{entity}" at byte offset {place}')
    return unescape(entity)


def _attributes(tag: str, rest: str, place: int) -> dict[str, object]:
    if tag not in TAGS:
        _fail(f'Unsupported start tag "{tag}" at byte offset {place}')
    found = ATTRIBUTE.findall(rest)
    if ATTRIBUTE.sub("", rest).strip():
        _fail(f"Unexpected end of name token at byte offset {place}")
    if unknown := {name for name, _ in found} - ATTRIBUTES.get(tag, set()):
        _fail(f'Unsupported attribute "{min(unknown)}" at byte offset {place}')
    values = {name: "".join(_unquote(value, place)) for name, value in found}
    return {"url": values["href"]} if tag == "a" and "href" in values else {}


def _unquote(value: str, place: int) -> str:
    for entity in re.findall(r"&[^\s;&<]*;?", value):
        _entity(entity, place)
    return unescape(value)


def _check_nesting(tag: str, opened: list[str], place: int) -> None:
    if (opened and opened[-1] == "code") or (tag in ("blockquote", "a") and tag in opened):
        _fail(f'"{tag}" is not allowed inside "{opened[-1]}" at byte offset {place}')


def _trimmed(text: str, entities: list[dict[str, object]]) -> Parsed:
    kept = text.strip()
    start = utf16_length(text[: len(text) - len(text.lstrip())])
    end = utf16_length(kept)
    moved = []
    for entity in entities:
        first = max(entity["offset"] - start, 0)
        last = min(entity["offset"] + entity["length"] - start, end)
        if last > first:
            moved.append({**entity, "offset": first, "length": last - first})
    return Parsed(kept, moved)


def _fail(description: str) -> None:
    raise MarkupError(f"Bad Request: can't parse entities: {description}")
