"""Whether a message asks the bot something, and what."""

import re
from typing import Final

from telegram import Message, MessageEntity, User
from telegram.constants import ChatType

from bot.store.exchanges import ConversationKey

_COMMAND: Final = re.compile(r"/\w+(?:@\w+)?\s*", re.ASCII)
_GROUPS: Final = (ChatType.GROUP, ChatType.SUPERGROUP)


def conversation_key(message: Message) -> ConversationKey | None:
    """Return whose conversation a message is in; None where nobody is named."""
    if message.sender_chat is not None:  # A group's anonymous administrator, or a channel.
        return ConversationKey(message.chat_id, message.sender_chat.id)
    return ConversationKey(message.chat_id, message.from_user.id) if message.from_user else None


def is_group(message: Message) -> bool:
    """Tell whether several people write in a message's chat."""
    return message.chat.type in _GROUPS


def extract_question(message: Message, bot: User) -> str | None:
    """Return what a message asks the bot, "" where it calls it and asks nothing; None: nothing.

    In a private chat each text does. In a group, one that mentions the bot or replies to it; a
    mention alone, in reply to somebody's message, asks what that message asks.
    """
    text = message.text
    if text is None or _is_of_a_bot(message, bot):
        return None
    if not is_group(message):
        return text if message.chat.type == ChatType.PRIVATE else None
    mentions = [entity for entity in message.entities if _is_mention(message, entity, bot)]
    replied = message.reply_to_message
    is_reply = replied is not None and replied.from_user is not None
    to_bot = is_reply and replied is not None and replied.from_user == bot
    if not mentions and not to_bot:
        return None
    asked = _without(text, mentions)
    if not _has_words(asked) and replied is not None and not to_bot and replied.text:
        return replied.text
    return asked if _has_words(asked) or not mentions else ""


def after_command(text: str) -> str:
    """Return what stands behind a command at the beginning of a text."""
    text = text.strip()
    match = _COMMAND.match(text)
    return text[match.end() :] if match else text


def _is_of_a_bot(message: Message, bot: User) -> bool:
    """Tell whether a bot wrote a message, this one's inline results included.

    Two bots that answer each other would never end. Who writes in the name of a chat has a bot's
    account, but is none.
    """
    if message.is_automatic_forward or message.via_bot == bot:
        return True
    user = message.from_user
    return user is not None and user.is_bot and message.sender_chat is None


def _is_mention(message: Message, entity: MessageEntity, bot: User) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user == bot
    if entity.type != MessageEntity.MENTION:
        return False
    units = (message.text or "").encode("utf-16-le", "surrogatepass")
    start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
    named = units[start:end].decode("utf-16-le", "replace")
    return named.lower() == f"@{bot.username}".lower()


def _without(text: str, entities: list[MessageEntity]) -> str:
    """Return a text without some entities, whose offsets count UTF-16 code units."""
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in sorted(entities, key=lambda entity: entity.offset, reverse=True):
        start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
        units = units[:start] + units[end:]
    return units.decode("utf-16-le", "replace").strip(" \t\n،,:؛;")


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)
