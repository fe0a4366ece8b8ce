"""Telegram Desktop's export of a channel (`result.json`): one post is one article.

A post's text is its lines; entities (bold, links, mentions) are flattened to what they show.
Messages without text (service messages, media without a caption) are not articles. If a post comes
twice, its latest edit counts. An album is exported as one message per picture, and becomes one
article.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from index.article import Article
from index.errors import validation_message
from index.readers.decoding.json_stream import JsonCursor
from index.readers.documents import Document, Items
from index.readers.errors import SourceProblem, UnreadableError
from index.readers.formats.jsonl import clean_text, load
from index.text.persian import ZWNJ, sentences

_MAX_TITLE = 160
_MAX_FACT_BYTES = 10_000
# Marks before a headline: coloured circles, arrows and dashes.
_ORNAMENT = re.compile(r"^[^\w«»\"'“‘(\[#@]+")
_HASHTAG = re.compile(rf"#([\w{ZWNJ}]+)")
# A line with hashtags only, or with the channel's own addresses only.
# Possessive, so that a long line is read once.
_ONLY_TAGS = re.compile(rf"(?:[^\w#]*+#[\w{ZWNJ}]++)++[^\w]*+")
_ONLY_ADDRESSES = re.compile(
    r"[^\w@]*+(?:(?:@\w++|(?:https?://)?(?:t|telegram)\.me/\S++)[^\w@]*+)++"
)
_MEDIA = ("photo", "media_type", "file")


def _flat(value: object) -> object:
    """Return the plain text of `"text"`, or of a list of strings and `{"text": ...}`."""
    if isinstance(value, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in value]
        return clean_text("".join(part for part in parts if isinstance(part, str)))
    return clean_text(value)


class _Message(BaseModel):
    """One message; keys that Khazar has no use for are ignored."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, frozen=True)

    id: int
    type: str
    date: dt.datetime | None = None
    date_unixtime: int | None = None
    edited_unixtime: int | None = None
    forwarded_from: Annotated[str | None, BeforeValidator(clean_text)] = None
    text: Annotated[str, BeforeValidator(_flat)] = ""


@dataclass(frozen=True, slots=True)
class _Post:
    """One message with text, or an album, and its line in the file."""

    message: _Message
    line: int
    last_id: int
    has_media: bool


def read_export(document: Document, cursor: JsonCursor) -> Items:
    """Yield the posts of an export: of one channel, or of all chats of an account.

    Raises:
        UnreadableError: what follows cannot be read.
    """
    if cursor.peek() != ord("{"):
        raise UnreadableError("not an export of Telegram Desktop: expected a JSON object")
    yield from _read_chat(document, cursor)


def _read_chat(document: Document, cursor: JsonCursor) -> Items:
    facts: dict[str, Any] = {}
    for name in cursor.members():
        if name == "messages":
            yield from _read_messages(document, cursor, facts)
        elif name == "chats":
            for part in cursor.members():
                if part == "list":
                    for _ in cursor.elements():
                        yield from _read_chat(document, cursor)
        elif name in ("name", "type", "id"):
            facts[name] = load(cursor.value(_MAX_FACT_BYTES))


def _read_messages(document: Document, cursor: JsonCursor, facts: dict[str, Any]) -> Items:
    # A post waits for the next message, which may be its edit or the next picture of its album.
    waiting: _Post | None = None
    for item in _posts(document, cursor):
        if isinstance(item, SourceProblem):
            yield item
            continue
        merged = _merge(waiting, item) if waiting else None
        if waiting and not merged and (article := _article(document, facts, waiting)):
            yield article
        waiting = merged or item
    if waiting and (article := _article(document, facts, waiting)):
        yield article


def _posts(document: Document, cursor: JsonCursor) -> Iterator[_Post | SourceProblem]:
    for _ in cursor.elements():
        cursor.peek()
        line = cursor.line
        try:
            record = load(cursor.value())
            message = _Message.model_validate(record)
        except UnreadableError as error:
            yield document.problem(line, error.message)
            if cursor.peek() is None:
                return
            continue
        except ValidationError as error:
            yield document.problem(line, f"not a message: {validation_message(error)}")
            continue
        if message.type == "message":
            has_media = isinstance(record, dict) and any(key in record for key in _MEDIA)
            yield _Post(message, line, message.id, has_media)


def _merge(first: _Post, second: _Post) -> _Post | None:
    """Merge two messages of one post; return None if they are two posts."""
    one, two = first.message, second.message
    if one.id == two.id:
        return second if (two.edited_unixtime or 0) >= (one.edited_unixtime or 0) else first
    # The export does not mark albums. Their messages have consecutive numbers and the same time,
    # which two posts that people write do not.
    same_moment = one.date_unixtime is not None and one.date_unixtime == two.date_unixtime
    follows = two.id == first.last_id + 1
    same_origin = one.forwarded_from == two.forwarded_from
    if not (first.has_media and second.has_media and same_moment and follows and same_origin):
        return None
    text = "\n".join(filter(None, (one.text.strip(), two.text.strip())))
    return replace(first, message=one.model_copy(update={"text": text}), last_id=two.id)


def _article(document: Document, facts: dict[str, Any], post: _Post) -> Article | None:
    message = post.message
    channel = document.options.channel
    return post_article(
        message.text,
        chat=facts.get("id") or channel or document.name,
        number=message.id,
        date=message.date.date() if message.date else None,
        agency=document.options.agency or str(clean_text(facts.get("name") or "")),
        channel=channel,
        forwarded_from=message.forwarded_from,
    )


def post_article(
    text: str,
    *,
    chat: object,
    number: int,
    date: dt.date | None,
    agency: str,
    channel: str | None,
    forwarded_from: str | None = None,
) -> Article | None:
    """Return the article of one post; None for a post without text.

    Args:
        text: the post's text or caption.
        chat: the channel's id, without -100.
        number: the post's number in the channel.
        date: the day of the post.
        agency: the article's agency; "": the channel's public name.
        channel: the channel's public name, for links; None: it has none.
        forwarded_from: name of the channel that the post was forwarded from; None: it was not.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not _ONLY_ADDRESSES.fullmatch(line)]
    tags = tuple(dict.fromkeys(tag.replace("_", " ") for tag in _HASHTAG.findall(text)))
    lines = [line for line in lines if not _ONLY_TAGS.fullmatch(line)]
    if not lines:
        return None
    title, paragraphs = _headline(lines)
    return Article(
        id=f"telegram-{chat}-{number}",
        title=title,
        paragraphs=paragraphs,
        kicker=f"بازنشر از {forwarded_from}" if forwarded_from else "",
        agency=agency or channel,
        date=date,
        link=f"https://t.me/{channel}/{number}" if channel else None,
        tags=tags,
    )


def _headline(lines: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return a post's title and its paragraphs.

    If the first line is as short as a headline, it is the title. Otherwise, and in a post of one
    line, the first sentence is the title, and the line stays a paragraph.
    """
    first = _ORNAMENT.sub("", lines[0]) or lines[0]
    if len(lines) > 1 and len(first) <= _MAX_TITLE:
        return first, tuple(lines[1:])
    start, end = next(iter(sentences(first)), (0, len(first)))
    sentence = first[start:end].strip()
    if len(sentence) > _MAX_TITLE:
        sentence = f"{sentence[:_MAX_TITLE].rpartition(' ')[0] or sentence[:_MAX_TITLE]}…"
    return sentence, tuple(lines)
