"""Posts of Telegram channels as articles, just as Telegram Desktop's export of them reads."""

import datetime as dt
import io
import json
import re
from typing import Final

from telegram import Chat, Message

from index.article import Article
from index.readers.decoding.json_stream import JsonCursor
from index.readers.documents import Document
from index.readers.formats.telegram import read_export
from index.source_settings import SourceSettings

# Iran's time; it has had no summer time since 2022. Telegram's own is UTC.
_TEHRAN: Final = dt.timezone(dt.timedelta(hours=3, minutes=30))
# What the Bot API puts before a channel's number.
_CHANNEL_BASE: Final = 1_000_000_000_000
_LINK: Final = re.compile(
    r"(?:https?://)?t(?:elegram)?\.me/(?:c/(?P<number>[0-9]{1,16})|(?P<name>[A-Za-z]\w{3,31}))"
    r"/(?P<post>[0-9]{1,10})/?(?:\?[^\s]*)?",
    re.ASCII,
)


def post_article(
    text: str, chat: Chat, message_id: int, date: dt.datetime, origin: str | None = None
) -> Article | None:
    """Return the article that a post of a channel is; None for one without text.

    Args:
        text: the post's text or caption.
        chat: the channel.
        message_id: the post's number.
        date: when it was posted.
        origin: the channel that it was forwarded from; None: it was not.
    """
    name = chat.username or ""
    options = SourceSettings(path="telegram", format="telegram", channel=name or None)
    message = {
        "id": message_id,
        "type": "message",
        "date": date.astimezone(_TEHRAN).replace(tzinfo=None).isoformat(),
        "text": text,
        **({"forwarded_from": origin} if origin else {}),
    }
    export = {"name": chat.title or name, "id": bare_id(chat.id), "messages": [message]}
    cursor = JsonCursor(io.BytesIO(json.dumps(export).encode()))
    items = read_export(Document("telegram", options, "telegram"), cursor)
    return next((item for item in items if isinstance(item, Article)), None)


def post_id(chat_id: int, message_id: int) -> str:
    """Return the id of the article that a post is."""
    return f"telegram-{bare_id(chat_id)}-{message_id}"


def bare_id(chat_id: int) -> int:
    """Return a channel's number as exports have it, without the Bot API's -100 before it."""
    return -chat_id - _CHANNEL_BASE if chat_id < -_CHANNEL_BASE else abs(chat_id)


def origin_of(message: Message) -> str | None:
    """Return the name of the channel that a post was forwarded from."""
    origin = message.forward_origin
    chat = getattr(origin, "chat", None) or getattr(origin, "sender_chat", None)
    return chat.title if isinstance(chat, Chat) else None


def parse_link(text: str) -> tuple[int | str, int] | None:
    """Read a post's link.

    Returns:
        The channel - its number without the Bot API's -100, or its public name - and the post's
        number; None for another text.
    """
    match = _LINK.fullmatch(text.strip())
    if match is None:
        return None
    number = match["number"]
    return (int(number) if number else match["name"]), int(match["post"])
