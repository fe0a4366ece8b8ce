"""Posts of channels that the bot looks after."""

import logging
from typing import Any

from telegram import Message, Update
from telegram.ext import BaseHandler, ContextTypes, MessageHandler, filters

from bot.channels.post_indexer import PostIndexer
from bot.channels.posts import origin_of, post_article, post_id
from bot.settings import BotSettings
from bot.store.posts import PostStore

_logger = logging.getLogger(__name__)


class Channels:
    """Takes posts, new and edited, of the channels that the settings name.

    Whoever makes the bot an administrator of a channel of theirs would otherwise write what the
    archive says.
    """

    def __init__(self, settings: BotSettings, posts: PostStore, feed: PostIndexer) -> None:
        self._channels = frozenset(settings.channels)
        self._posts = posts
        self._feed = feed
        self._named: set[int] = set()

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, Any]]:
        """Return the handler of posts."""
        return [MessageHandler(filters.UpdateType.CHANNEL_POSTS, self._take)]

    async def _take(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        assert message is not None  # the filter lets nothing else through
        if not self._is_ours(message):
            return
        text = message.text or message.caption or ""
        article = post_article(
            text, message.chat, message.message_id, message.date, origin_of(message)
        )
        if article is not None:
            await self._posts.add(article)
        elif update.edited_channel_post is not None:
            # The Bot API does not tell of deleted posts; one without words is as good as deleted.
            await self._posts.remove(post_id(message.chat_id, message.message_id))
        else:
            return
        self._feed.notify()

    def _is_ours(self, message: Message) -> bool:
        chat = message.chat
        if {chat.id, (chat.username or "").lower()} & self._channels:
            return True
        if chat.id not in self._named:
            self._named.add(chat.id)
            _logger.warning(
                "posts of channel %d are not indexed: it is not in [bot] channels", chat.id
            )
        return False
