"""Albums: Telegram sends one message for each picture, and only one of them has the caption."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from telegram import Message, MessageOriginChannel

from bot.asking.message_parsing import content_of

# The messages of an album come within this time, in any order.
_SECONDS: Final = 1.0
_MAX_ALBUMS: Final = 1000


@dataclass(slots=True)
class _Album:
    """What has come of an album.

    Attributes:
        is_chosen: whether the message that is handled has been chosen.
        posts: of an album that was forwarded from a channel, its messages by their numbers there.
    """

    is_chosen: bool = False
    posts: dict[int, Message] = field(default_factory=dict)


class Albums:
    """Picks the one message of each album that is handled; in memory only."""

    def __init__(self) -> None:
        self._albums: OrderedDict[tuple[int, str], _Album] = OrderedDict()

    async def stands_for_album(self, message: Message) -> bool:
        """Return whether a message is the one of its album to handle, or is in no album.

        It is the first one with a caption, or, where none comes within a second, the first one.
        """
        if message.media_group_id is None:
            return True
        is_first = (message.chat_id, message.media_group_id) not in self._albums
        album = self._album(message)
        if isinstance(message.forward_origin, MessageOriginChannel):
            album.posts[message.forward_origin.message_id] = message
        if not content_of(message):
            if not is_first:
                return False
            await asyncio.sleep(_SECONDS)
        is_chosen, album.is_chosen = album.is_chosen, True
        return not is_chosen

    async def forwarded_posts(self, message: Message) -> list[Message]:
        """Return the messages of the album of a forwarded post, in the channel's order.

        Of a post that is in no album, itself.
        """
        if message.media_group_id is None:
            return [message]
        await asyncio.sleep(_SECONDS)
        return [post for _, post in sorted(self._album(message).posts.items())] or [message]

    def _album(self, message: Message) -> _Album:
        assert message.media_group_id is not None
        album = self._albums.setdefault((message.chat_id, message.media_group_id), _Album())
        while len(self._albums) > _MAX_ALBUMS:
            self._albums.popitem(last=False)
        return album
