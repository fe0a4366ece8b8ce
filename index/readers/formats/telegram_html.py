"""Telegram Desktop's export as HTML (`messages.html`): one post is one article, as of its JSON."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.readers.documents import Document, Items
from index.readers.errors import UnreadableError
from index.readers.formats.html_text import BLOCKS, text_lines
from index.readers.formats.telegram import (
    TelegramMessage,
    TelegramPost,
    articles_of,
    with_address,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

_START = 20_000
_NUMBER = re.compile(r"message([0-9]{1,15})", re.ASCII)
_TIME = "%d.%m.%Y %H:%M:%S"
_TIME_LENGTH = len("18.11.2025 10:30:00")
_BULLETS = "- •"


def is_export(page: str) -> bool:
    """Return whether a page is one of an export."""
    start = page[:_START]
    return 'class="page_body chat_page"' in start and 'class="history"' in start


def read(page: str, document: Document) -> Items:
    """Yield the posts of a page of an export.

    Its id is of the chat's name, since these exports lack the chat's number.

    Raises:
        UnreadableError: it is not HTML.
    """
    from lxml.etree import LxmlError
    from lxml.html import document_fromstring

    try:
        root = document_fromstring(page.replace("\0", ""))
    except (LxmlError, ValueError) as error:
        raise UnreadableError(f"not a page that can be read: {type(error).__name__}") from None
    name = " ".join(_lines(_first(root, "page_header"), "text"))
    facts = {"name": name, "id": document.options.channel or name}
    yield from articles_of(_posts(root), document, facts)


def _posts(root: "_Element") -> Iterator[TelegramPost]:
    for element in _with_class(root, "message"):
        number = _NUMBER.fullmatch(element.get("id") or "")
        if not number or "default" not in _classes(element):
            continue
        forwarded = _first(element, "forwarded")
        body = element if forwarded is None else forwarded
        poll = _first(element, "media_poll")
        question, answers = _lines(poll, "question"), _lines(poll, "answer")
        message = TelegramMessage(
            id=int(number[1]),
            type="message",
            date=_time(element),
            text="\n".join(_lines(body, "text")),
            forwarded_from=None if forwarded is None else _origin(forwarded),
            poll=(*question, *(answer.lstrip(_BULLETS) for answer in answers)),
        )
        has_media = _first(element, "media_wrap") is not None
        yield TelegramPost(message, element.sourceline or 0, message.id, has_media)


def _classes(element: "_Element") -> list[str]:
    return (element.get("class") or "").split()


def _with_class(root: "_Element | None", name: str) -> "Iterator[_Element]":
    if root is not None:
        yield from (one for one in root.iter("div") if name in _classes(one))


def _first(root: "_Element | None", name: str) -> "_Element | None":
    return next(_with_class(root, name), None)


def _lines(root: "_Element | None", name: str) -> list[str]:
    """Return the text of all elements of a class, hidden links with their addresses."""
    found = []
    for element in _with_class(root, name):
        for link in element.iter("a"):
            shown = "".join(link.itertext())
            written = with_address(shown, link.get("href") or shown)
            if written != shown:
                link.clear(keep_tail=True)
                link.text = written
        found.extend(text_lines(element, BLOCKS))
    return found


def _time(message: "_Element") -> dt.datetime | None:
    title = next((one.get("title") or "" for one in _with_class(message, "date")), "")
    try:
        return dt.datetime.strptime(title[:_TIME_LENGTH], _TIME)
    except ValueError:
        return None


def _origin(forwarded: "_Element") -> str | None:
    """Return the name of the channel that a post was forwarded from."""
    name = _first(forwarded, "from_name")
    if name is None:
        return None
    # Behind the name, in an element of its own, is the time of the original.
    return " ".join((name.text or "").split()) or None
