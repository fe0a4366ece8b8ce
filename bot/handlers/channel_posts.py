"""Posts of the channels that the bot indexes."""

import logging
from typing import Any

from telegram import Message, Update
from telegram.ext import BaseHandler, ContextTypes, MessageHandler, filters

from bot.channels.post_indexer import PostIndexer
from bot.channels.posts import channel_article, forwarded_from, post_id, post_text
from bot.settings import BotSettings
from bot.store.albums import add_to_album
from bot.store.database import Database
from bot.store.posts import PostStore

_logger = logging.getLogger(__name__)


class ChannelPostHandlers:
    """Queues new and edited posts of the channels that the settings name.

    Other channels are ignored: anybody can make the bot an administrator of their channel.
    """

    def __init__(
        self,
        settings: BotSettings,
        database: Database,
        posts: PostStore,
        post_indexer: PostIndexer,
    ) -> None:
        self._database = database
        self._channels = frozenset(settings.channels)
        self._posts = posts
        self._post_indexer = post_indexer
        self._reported: set[int] = set()

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handler of posts."""
        return [MessageHandler(filters.UpdateType.CHANNEL_POSTS, self._post)]

    async def _post(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        assert message is not None  # the filter admits posts only
        if not self._is_indexed(message):
            return
        number, text = message.message_id, post_text(message)
        if message.media_group_id is not None:
            album = await add_to_album(
                self._database, message.chat_id, message.media_group_id, number, text
            )
            number, text = album.number, album.text
            if album.former_number is not None:
                await self._posts.remove(post_id(message.chat_id, album.former_number))
        article = channel_article(text, message.chat, number, message.date, forwarded_from(message))
        if article is not None:
            await self._posts.add(article)
        elif update.edited_channel_post is not None:
            # The Bot API does not report deleted posts; one without text counts as deleted.
            await self._posts.remove(post_id(message.chat_id, number))
        else:
            return
        self._post_indexer.notify()

    def _is_indexed(self, message: Message) -> bool:
        chat = message.chat
        if {chat.id, (chat.username or "").lower()} & self._channels:
            return True
        if chat.id not in self._reported:
            self._reported.add(chat.id)
            _logger.warning(
                "posts of channel %d are not indexed: it is not in [bot] channels", chat.id
            )
        return False
