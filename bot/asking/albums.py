"""Albums: Telegram sends one message for each picture, and only one of them has the caption."""

import asyncio
from collections import OrderedDict
from typing import Final

from telegram import Message

from bot.asking.message_parsing import content_of

# The messages of an album come within this time, in any order.
_SECONDS: Final = 1.0
_MAX_ALBUMS: Final = 1000

_Album = tuple[int, str]


class Albums:
    """Picks the one message of each album that is handled; in memory only."""

    def __init__(self) -> None:
        # Whether the message that is handled has been chosen.
        self._chosen: OrderedDict[_Album, bool] = OrderedDict()

    async def stands_for_album(self, message: Message) -> bool:
        """Return whether a message is the one of its album to handle, or is in no album.

        It is the first one with a caption, or, where none comes within a second, the first one.
        """
        if message.media_group_id is None:
            return True
        album = (message.chat_id, message.media_group_id)
        known = album in self._chosen
        if content_of(message):
            return self._choose(album)
        if known:
            return False
        self._remember(album, chosen=False)
        await asyncio.sleep(_SECONDS)
        return self._choose(album)

    def _choose(self, album: _Album) -> bool:
        """Choose a message of an album; return False where another was chosen before."""
        before = self._chosen.get(album, False)
        self._remember(album, chosen=True)
        return not before

    def _remember(self, album: _Album, *, chosen: bool) -> None:
        self._chosen[album] = chosen
        while len(self._chosen) > _MAX_ALBUMS:
            self._chosen.popitem(last=False)
