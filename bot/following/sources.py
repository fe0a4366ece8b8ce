"""The source that a followed subject names: a channel, by its name, a link or a post, or a site."""

import re
from dataclasses import dataclass
from typing import Final

from telegram import Bot, Chat, Message
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden

from bot.asking.async_retriever import AsyncRetriever, SnapshotRetriever
from bot.channels.posts import bare_id, post_prefix

_CHANNEL: Final = re.compile(
    r"(?:(?<!\S)@(?P<name>[A-Za-z]\w{3,31})"
    r"|(?<!\S)(?:https?://)?(?:www\.)?t(?:elegram)?\.me/(?:s/)?"
    r"(?:c/(?P<number>[0-9]{1,16})|@?(?P<linked>[A-Za-z]\w{3,31}))(?:/[0-9]{1,10}){0,2}/?(?:\?\S*)?"
    r")(?!\S)",
    re.ASCII | re.IGNORECASE,
)
_SITE: Final = re.compile(r"(?:https?://)?(?:www\.)?((?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,20})/?")


@dataclass(frozen=True, slots=True)
class NamedChannel:
    """A channel that a text names, and the text's other words.

    Attributes:
        reference: its public name, or its number as in exports and links of private channels.
        words: the rest of the text.
    """

    reference: str | int
    words: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel whose posts the archive has, or gets.

    Attributes:
        number: as in exports.
        name: as people know it: «@khabar», or its title if it is private.
    """

    number: int
    name: str


def find_named_channel(text: str) -> NamedChannel | None:
    """Return the first channel that a text names as @name or by a link; None: it names none."""
    match = _CHANNEL.search(text)
    if match is None:
        return None
    name = match["name"] or match["linked"]
    words = f"{text[: match.start()]} {text[match.end() :]}"
    return NamedChannel(name or int(match["number"]), " ".join(words.split()))


def channel_of_post(message: Message) -> NamedChannel | None:
    """Return the channel whose post a message is, or forwards; None: it is none."""
    chat = getattr(message.forward_origin, "chat", None) or message.sender_chat
    if not isinstance(chat, Chat) or chat.type != ChatType.CHANNEL:
        return None
    return NamedChannel(chat.username or bare_id(chat.id), "")


def site_named(text: str) -> str:
    """Return the host of a site's address without "www"; any other text as it is."""
    match = _SITE.fullmatch(text.strip().lower())
    return match[1] if match else text


async def find_channel(
    reference: str | int, configured: tuple[int | str, ...], retriever: AsyncRetriever, bot: Bot
) -> Channel | None:
    """Return a channel whose posts are in the archive, or will be; None: there is no such one.

    Args:
        reference: its public name or its number.
        configured: ids and names of the channels whose posts the bot adds to the index.
        retriever: has the index.
        bot: asks Telegram for the number of a name.
    """
    name, number = "", reference
    if isinstance(reference, str):
        try:
            chat = await bot.get_chat(f"@{reference}")
        except (BadRequest, Forbidden):  # nobody has this name, or nobody may see it
            return None
        name, number = f"@{chat.username or reference}", bare_id(chat.id)
    assert isinstance(number, int)

    def title(retriever: SnapshotRetriever) -> str | None:
        """Return the name that the channel's posts have in the index; None: it has none."""
        prefix = post_prefix(number)
        first = next((one for one in retriever.article_ids() if one.startswith(prefix)), None)
        article = None if first is None else retriever.article(first)
        return None if article is None else article.agency or str(number)

    titled = await retriever.run(title)
    ids = {bare_id(one) for one in configured if isinstance(one, int)}
    if titled is None and number not in ids and name.lstrip("@").lower() not in configured:
        return None
    return Channel(number, name or titled or str(number))
