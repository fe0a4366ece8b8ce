"""Question and conversation of a Telegram message."""

import re
from typing import Final

from telegram import Message, MessageEntity, User
from telegram.constants import ChatType

from bot.store.exchanges import ConversationKey

_COMMAND: Final = re.compile(r"/\w+(?:@\w+)?\s*", re.ASCII)
_GROUPS: Final = (ChatType.GROUP, ChatType.SUPERGROUP)


def conversation_key(message: Message) -> ConversationKey | None:
    """Return the conversation of a message; None for a message without a sender."""
    if message.sender_chat is not None:  # An anonymous administrator, or a channel.
        return ConversationKey(message.chat_id, message.sender_chat.id)
    return ConversationKey(message.chat_id, message.from_user.id) if message.from_user else None


def is_group(message: Message) -> bool:
    """Return whether a message is in a group."""
    return message.chat.type in _GROUPS


def extract_question(message: Message, bot: User) -> str | None:
    """Return the question in a message to the bot.

    In a private chat every text is a question. In a group the text must mention the bot or reply
    to it; a bare mention in reply to another message asks that message's text.

    Returns:
        The question; "" for a mention without one; None when the message is not for the bot.
    """
    text = message.text
    if text is None or _is_from_bot(message, bot):
        return None
    if not is_group(message):
        return text if message.chat.type == ChatType.PRIVATE else None
    mentions = [entity for entity in message.entities if _is_mention(message, entity, bot)]
    replied = message.reply_to_message
    is_reply = replied is not None and replied.from_user is not None
    to_bot = is_reply and replied is not None and replied.from_user == bot
    if not mentions and not to_bot:
        return None
    question = _without(text, mentions)
    if not _has_words(question) and replied is not None and not to_bot and replied.text:
        return replied.text
    return question if _has_words(question) or not mentions else ""


def after_command(text: str) -> str:
    """Return a text without the command at its beginning."""
    text = text.strip()
    match = _COMMAND.match(text)
    return text[match.end() :] if match else text


def _is_from_bot(message: Message, bot: User) -> bool:
    """Return whether a bot wrote a message, or it is one of this bot's inline results.

    Two bots that answer each other would never stop. A message in the name of a chat comes from a
    bot account, but from a person.
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
    """Return a text without some of its entities; their offsets count UTF-16 code units."""
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in sorted(entities, key=lambda entity: entity.offset, reverse=True):
        start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
        units = units[:start] + units[end:]
    return units.decode("utf-16-le", "replace").strip(" \t\n،,:؛;")


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)
