"""Telegram Desktop's export of a channel (`result.json`): one post is one article.

A post's text is its lines; entities (bold, mentions) are flattened to what they show, hidden links
with their address behind it. A poll is its question and its answers. Messages without text
(service messages, media without a caption) are not articles. If a post comes twice, its latest
edit counts. An album is exported as one message per picture, and becomes one article.

In an account's export the members of a chat, and the chats among other data, have any order.
"""

import datetime as dt
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
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
# Correspondence, which is nobody's news; a chat's `type` in an export.
_PRIVATE = frozenset(
    ("personal_chat", "bot_chat", "saved_messages", "replies", "verification_codes")
)
# Chats whose members open a post by the chat's id.
_PRIVATE_CHANNELS = frozenset(("private_channel", "private_supergroup"))
# What is told of a chat beside its messages.
FACTS = ("name", "type", "id")
_CHAT_LISTS = ("chats", "left_chats")
_OBJECT, _ARRAY = b"{["
_TELEGRAM_ADDRESS = re.compile(r"(?:https?://)?(?:t|telegram)\.me/|tg:", re.IGNORECASE)
# Messages that come before the facts of their chat wait in a file if they are longer.
_MAX_HELD_BYTES = 2**20


def _flat(value: object) -> object:
    """Return the plain text of `"text"`, or of a list of strings and `{"text": ...}`."""
    if isinstance(value, list):
        return clean_text("".join(map(_shown, value)))
    return clean_text(value)


def _shown(part: object) -> str:
    if not isinstance(part, dict):
        return part if isinstance(part, str) else ""
    text, address = part.get("text"), part.get("href")
    if not isinstance(text, str):
        return ""
    return with_address(text, address) if isinstance(address, str) else text


def with_address(text: str, address: str) -> str:
    """Return the text of a hidden link, with its address unless that is in it or Telegram's."""
    text_ends = len(text.rstrip())
    if not text_ends or address in text or _TELEGRAM_ADDRESS.match(address):
        return text
    return f"{text[:text_ends]} ({address}){text[text_ends:]}"


def _poll_lines(value: object) -> object:
    """Return the question and the answers of a poll; other values as they are."""
    if not isinstance(value, dict):
        return value or ()
    answers = value.get("answers")
    given = [one.get("text") for one in answers or () if isinstance(one, dict)]
    lines = [_flat(line) for line in (value.get("question"), *given)]
    return tuple(line for line in lines if isinstance(line, str))


class TelegramMessage(BaseModel):
    """One message; keys that Khazar has no use for are ignored."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, frozen=True)

    id: int
    type: str
    date: dt.datetime | None = None
    date_unixtime: int | None = None
    edited_unixtime: int | None = None
    forwarded_from: Annotated[str | None, BeforeValidator(clean_text)] = None
    text: Annotated[str, BeforeValidator(_flat)] = ""
    poll: Annotated[tuple[str, ...], BeforeValidator(_poll_lines)] = ()

    @property
    def moment(self) -> int | dt.datetime | None:
        """When it was sent; exports of before 2022 have no Unix time."""
        return self.date if self.date_unixtime is None else self.date_unixtime


@dataclass(frozen=True, slots=True)
class TelegramPost:
    """One message with text, or an album, and its line in the file."""

    message: TelegramMessage
    line: int
    last_id: int
    has_media: bool


def is_member_of_export(name: str, first: int | None) -> bool:
    """Return whether a member of a file's object, and its first byte, are those of an export."""
    return (name == "messages" and first == _ARRAY) or (name in _CHAT_LISTS and first == _OBJECT)


def read_export(document: Document, cursor: JsonCursor) -> Items:
    """Yield the posts of an export: of one channel, or of all chats of an account.

    Raises:
        UnreadableError: what follows cannot be read.
    """
    if cursor.peek() != _OBJECT:
        raise UnreadableError("not an export of Telegram Desktop: expected a JSON object")
    yield from read_members(document, cursor, cursor.members(), {})


def read_members(
    document: Document, cursor: JsonCursor, members: Iterable[str], facts: Mapping[str, Any]
) -> Items:
    """Yield the posts of an export.

    Args:
        document: the export.
        cursor: stands in its object.
        members: the members that follow, as `cursor` yields them.
        facts: the values of those before.
    """
    yield from _Export(document).read(cursor, members, facts)


class _Export:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._left_out = 0

    def read(self, cursor: JsonCursor, members: Iterable[str], facts: Mapping[str, Any]) -> Items:
        try:
            yield from self._chat(cursor, members, facts, is_account=True)
        except UnreadableError as error:
            yield self._document.problem(error.line, error.message)
        if self._left_out:
            yield self._document.problem(
                None,
                f"private chats left out: {self._left_out}; to read them, set private_chats = true "
                "for this source",
            )

    def _chat(
        self,
        cursor: JsonCursor,
        members: Iterable[str],
        before: Mapping[str, Any],
        *,
        is_account: bool,
    ) -> Items:
        facts = dict(before)
        line = cursor.line
        problem: UnreadableError | None = None
        with tempfile.SpooledTemporaryFile(_MAX_HELD_BYTES) as held:
            try:
                for name in members:
                    if name in FACTS:
                        facts[name] = load(cursor.value(_MAX_FACT_BYTES))
                    elif name == "messages" and facts.keys() >= {"type", "id"}:
                        yield from self._messages(cursor, facts)
                    elif name == "messages":
                        line = cursor.line
                        cursor.copy(held)
                    elif is_account and name in _CHAT_LISTS and cursor.peek() == _OBJECT:
                        yield from self._chats(cursor)
            except UnreadableError as error:
                problem = error
            if held.tell():
                held.seek(0)
                yield from self._messages(JsonCursor(held, line), facts)
        if problem:
            raise problem

    def _chats(self, cursor: JsonCursor) -> Items:
        for part in cursor.members():
            if part == "list":
                for _ in cursor.elements():
                    if cursor.peek() == _OBJECT:
                        yield from self._chat(cursor, cursor.members(), {}, is_account=False)

    def _messages(self, cursor: JsonCursor, facts: dict[str, Any]) -> Items:
        if facts.get("type") in _PRIVATE and not self._document.options.private_chats:
            self._left_out += 1
        else:
            yield from articles_of(_posts(self._document, cursor), self._document, facts)


def articles_of(
    posts: Iterable[TelegramPost | SourceProblem], document: Document, facts: dict[str, Any]
) -> Items:
    """Yield the articles of a chat's posts, edits and albums merged.

    Args:
        posts: the posts, in the order of the export.
        document: the export.
        facts: the chat's name and id.
    """
    # A post waits for the next message, which may be its edit or the next picture of its album.
    waiting: TelegramPost | None = None
    for item in posts:
        if isinstance(item, SourceProblem):
            yield item
            continue
        merged = _merge(waiting, item) if waiting else None
        if waiting and not merged and (article := _article(document, facts, waiting)):
            yield article
        waiting = merged or item
    if waiting and (article := _article(document, facts, waiting)):
        yield article


def _posts(document: Document, cursor: JsonCursor) -> Iterator[TelegramPost | SourceProblem]:
    for _ in cursor.elements():
        cursor.peek()
        line = cursor.line
        try:
            record = load(cursor.value())
            message = TelegramMessage.model_validate(record)
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
            yield TelegramPost(message, line, message.id, has_media)


def _merge(first: TelegramPost, second: TelegramPost) -> TelegramPost | None:
    """Merge two messages of one post; return None if they are two posts."""
    one, two = first.message, second.message
    if one.id == two.id:
        return second if (two.edited_unixtime or 0) >= (one.edited_unixtime or 0) else first
    # The export does not mark albums. Their messages have consecutive numbers and the same time,
    # which two posts that people write do not.
    same_moment = one.moment is not None and one.moment == two.moment
    follows = two.id == first.last_id + 1
    same_origin = one.forwarded_from == two.forwarded_from
    if not (first.has_media and second.has_media and same_moment and follows and same_origin):
        return None
    text = "\n".join(filter(None, (one.text.strip(), two.text.strip())))
    return replace(first, message=one.model_copy(update={"text": text}), last_id=two.id)


def _article(document: Document, facts: dict[str, Any], post: TelegramPost) -> Article | None:
    message = post.message
    channel = document.options.channel
    day, time = _published(message, document)
    return post_article(
        "\n".join((message.text, *message.poll)),
        chat=facts.get("id") or channel or document.name,
        number=message.id,
        date=day,
        time=time,
        agency=document.options.agency or str(clean_text(facts.get("name") or "")),
        channel=channel,
        forwarded_from=message.forwarded_from,
        is_private=facts.get("type") in _PRIVATE_CHANNELS and isinstance(facts.get("id"), int),
    )


def _published(
    message: TelegramMessage, document: Document
) -> tuple[dt.date | None, dt.time | None]:
    """Return a message's day and time; what it has in writing is of the exporting computer.

    The time is None where it does not belong to the day: a number of another kind, say.
    """
    zone = document.dates.reader.zone
    try:
        day = document.dates.reader.read(message.date_unixtime or message.date).day
    except ValueError:
        return None, None
    moment = message.date
    try:
        if message.date_unixtime:
            moment = dt.datetime.fromtimestamp(message.date_unixtime, zone)
        elif moment and moment.tzinfo:
            moment = moment.astimezone(zone)
    except (ValueError, OverflowError, OSError):  # milliseconds
        return day, None
    return day, to_minute(moment) if moment and moment.date() == day else None


def to_minute(moment: dt.datetime) -> dt.time:
    """Return the time of day of a moment, without seconds."""
    return dt.time(moment.hour, moment.minute)


def post_article(
    text: str,
    *,
    chat: object,
    number: int,
    date: dt.date | None,
    time: dt.time | None,
    agency: str,
    channel: str | None,
    forwarded_from: str | None = None,
    is_private: bool = False,
) -> Article | None:
    """Return the article of one post; None for a post without text.

    Args:
        text: the post's text or caption.
        chat: the channel's id, without -100.
        number: the post's number in the channel.
        date: the day of the post.
        time: its time on that day; None: unknown.
        agency: the article's agency; "": the channel's public name.
        channel: the channel's public name, for links; None: it has none.
        forwarded_from: name of the channel that the post was forwarded from; None: it was not.
        is_private: whether the chat has no public name, so that its members open its posts by its
            id.
    """
    address = channel or (f"c/{chat}" if is_private else None)
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
        link=f"https://t.me/{address}/{number}" if address else None,
        tags=tags,
        time=time,
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
