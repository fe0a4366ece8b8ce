"""Albums in private chats count once: of their messages one reaches the other handlers."""

from telegram import Update
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop, ContextTypes, TypeHandler

from bot.asking.access import Access
from bot.asking.albums import Albums

# Handler group; it comes after the gate of access and before that of requests.
GROUP = -2


class AlbumGate:
    """Admits one message of an album, and every file that an operator sends."""

    def __init__(self, access: Access, albums: Albums) -> None:
        self._access = access
        self._albums = albums

    def handler(self) -> TypeHandler[Update, ContextTypes.DEFAULT_TYPE, None]:
        """Return the handler; it belongs to `GROUP`."""
        return TypeHandler(Update, self._check)

    async def _check(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None or message.chat.type != ChatType.PRIVATE:
            return
        if message.document is not None and self._access.is_operator(update):
            return
        if not await self._albums.stands_for_album(message):
            raise ApplicationHandlerStop
