"""Posts of Telegram channels as articles, with the ids that an export of the channel gives them."""

import datetime as dt
import re
from typing import Final

from telegram import Chat, Message, MessageEntity

from index.article import Article
from index.readers.formats import telegram

# Iran's time zone, without daylight saving since 2022. Exports have local times, updates UTC.
_TEHRAN: Final = dt.timezone(dt.timedelta(hours=3, minutes=30))
# The Bot API's id of a channel is -100 followed by the channel's number.
_CHANNEL_BASE: Final = 1_000_000_000_000
_TELEGRAM: Final = re.compile(r"(?:https?://(?:www\.)?t(?:elegram)?\.me/|tg:)", re.IGNORECASE)
_LINK: Final = re.compile(
    r"(?:https?://)?t(?:elegram)?\.me/(?:c/(?P<number>[0-9]{1,16})|(?P<name>[A-Za-z]\w{3,31}))"
    r"/(?P<post>[0-9]{1,10})/?(?:\?[^\s]*)?",
    re.ASCII,
)


def channel_article(
    text: str, chat: Chat, message_id: int, date: dt.datetime, origin: str | None = None
) -> Article | None:
    """Return the article of a channel's post; None for a post without text.

    Args:
        text: the post's text or caption.
        chat: the channel.
        message_id: the post's number.
        date: time of the post.
        origin: name of the channel that it was forwarded from; None: it was not forwarded.
    """
    posted = date.astimezone(_TEHRAN)
    return telegram.post_article(
        text,
        chat=bare_id(chat.id),
        number=message_id,
        date=posted.date(),
        time=telegram.to_minute(posted),
        agency=chat.title or "",
        channel=chat.username or None,
        forwarded_from=origin,
        is_private=not chat.username,
    )


def post_text(message: Message) -> str:
    """Return a post's text or caption, with the addresses that are hidden behind its words.

    An address stands at the end of its line; that of a headline at the end of the next line, since
    the first one becomes the title. Telegram's own addresses, mostly of the channel, are left out.
    """
    parse = message.parse_entities if message.text else message.parse_caption_entities
    entities = parse([MessageEntity.TEXT_LINK])
    text = message.text or message.caption or ""
    units = text.encode("utf-16-le", "surrogatepass")
    lines = text.splitlines()
    for entity, words in entities.items():
        address = entity.url or ""
        if not address or words in address or _TELEGRAM.match(address):
            continue
        before = units[: 2 * entity.offset].decode("utf-16-le", "replace")
        number = len(f"{before}.".splitlines()) - 1
        following = (later for later in range(1, len(lines)) if lines[later].strip())
        number = number or next(following, 0)
        lines[number] = f"{lines[number]} ({address})"
    return "\n".join(lines)


def post_id(chat_id: int, message_id: int) -> str:
    """Return the id of a post's article."""
    return f"{post_prefix(chat_id)}{message_id}"


def post_prefix(chat_id: int) -> str:
    """Return what the ids of all articles of a channel begin with."""
    return f"telegram-{bare_id(chat_id)}-"


def bare_id(chat_id: int) -> int:
    """Return a channel's number as in exports, without the Bot API's -100."""
    return -chat_id - _CHANNEL_BASE if chat_id < -_CHANNEL_BASE else abs(chat_id)


def forwarded_from(message: Message) -> str | None:
    """Return the name of the channel that a post was forwarded from; None: it was not."""
    origin = message.forward_origin
    chat = getattr(origin, "chat", None) or getattr(origin, "sender_chat", None)
    return chat.title if isinstance(chat, Chat) else None


def parse_link(text: str) -> tuple[int | str, int] | None:
    """Read a link to a post.

    Returns:
        The channel - its number without -100, or its public name - and the post's number; None
        when the text is no such link.
    """
    match = _LINK.fullmatch(text.strip())
    if match is None:
        return None
    number = match["number"]
    return (int(number) if number else match["name"]), int(match["post"])
