"""Question and conversation of a Telegram message."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from telegram import Message, MessageEntity, User
from telegram.constants import ChatType

from bot.asking.claims import asks_about_other_words
from bot.store.exchanges import ConversationKey
from retrieval.query.small_talk import find_small_talk

_COMMAND: Final = re.compile(r"/\w+(?:@\w+)?\s*", re.ASCII)
GROUPS: Final = (ChatType.GROUP, ChatType.SUPERGROUP)
# Of a post the headline and the first paragraphs are asked.
_MAX_QUOTED: Final = 1000
_MENTIONS: Final = (MessageEntity.MENTION, MessageEntity.TEXT_MENTION)


@dataclass(frozen=True, slots=True)
class ExtractedQuestion:
    """What a message asks.

    Attributes:
        text: the question; "" for a call of the bot without one.
        is_quoted: whether the words are somebody else's - a forwarded post, or a message that was
            replied to - and follow up nothing.
    """

    text: str
    is_quoted: bool = False


def conversation_key(message: Message) -> ConversationKey | None:
    """Return the conversation of a message; None for a message without a sender."""
    # An anonymous administrator and a channel write in the name of a chat.
    sender = message.sender_chat or message.from_user
    if sender is None:
        return None
    return ConversationKey(message.chat_id, sender.id, message.message_thread_id or 0)


def is_group(message: Message) -> bool:
    """Return whether a message is in a group."""
    return message.chat.type in GROUPS


def content_of(message: Message) -> str:
    """Return a message's text or caption; "" for one without."""
    content: object = message.text or message.caption
    # python-telegram-bot does not check the types of fields.
    return content if isinstance(content, str) else ""


def extract_question(message: Message, bot: User) -> ExtractedQuestion | None:
    """Return the question in a message to the bot, in its text or its caption.

    In a private chat every text is a question. In a group the text must mention the bot or reply
    to it; a reply to the bot that thanks it, or mentions others, asks nothing. A bare mention, or
    «این درست است؟», in reply to another message asks that message, or what is quoted of it.

    Returns:
        The question; None when the message is not for the bot.
    """
    content = content_of(message)
    if not content or _is_from_bot(message, bot):
        return None
    if message.chat.type == ChatType.PRIVATE:
        if message.forward_origin is not None:
            return _quoted(content)
        return with_quoted(message, content, bot)
    if not is_group(message):
        return None
    entities = message.entities or message.caption_entities
    mentions = [entity for entity in entities if _is_mention(content, entity, bot)]
    if not mentions:
        replied = message.reply_to_message
        if replied is None or replied.from_user != bot or not _is_for_bot(content, entities):
            return None
    question = with_quoted(message, _without(content, mentions), bot)
    return question if _has_words(question.text) or not mentions else ExtractedQuestion("")


def guest_question(message: Message, bot: User) -> ExtractedQuestion:
    """Return the question of a message that calls the bot in a chat that it is not in."""
    content = content_of(message)
    entities = message.entities or message.caption_entities
    mentions = [entity for entity in entities if _is_mention(content, entity, bot)]
    question = with_quoted(message, _without(content, mentions), bot)
    return question if _has_words(question.text) else ExtractedQuestion("")


def with_quoted(message: Message, own: str, bot: User) -> ExtractedQuestion:
    """Return the question of a message that says `own`, about what it replies to if it has none."""
    quoted = _quoted_text(message, bot)
    # «درسته» agrees, «درسته؟» asks.
    asks = find_small_talk(own) is None or any(mark in own for mark in "؟?")
    if quoted and asks and asks_about_other_words(own):
        return _quoted(quoted)
    return ExtractedQuestion(own)


def caption_command(message: Message, bot: User) -> str | None:
    """Return the name of the command at the beginning of a caption, if it is for this bot.

    Returns:
        The name in lower case; "" for another bot's command; None where the caption has none.
    """
    first = next(iter(message.caption_entities), None)
    if first is None or first.type != MessageEntity.BOT_COMMAND or first.offset:
        return None
    name, _, addressed = message.parse_caption_entity(first)[1:].lower().partition("@")
    return name if addressed in ("", (bot.username or "").lower()) else ""


def after_command(text: str) -> str:
    """Return a text without the command at its beginning."""
    text = text.strip()
    match = _COMMAND.match(text)
    return text[match.end() :] if match else text


def _quoted(text: str) -> ExtractedQuestion:
    if len(text) > _MAX_QUOTED:
        text = text[:_MAX_QUOTED].rsplit(maxsplit=1)[0]
    return ExtractedQuestion(text, is_quoted=True)


def _quoted_text(message: Message, bot: User) -> str:
    """Return the words of others that a message replies to; "" for none.

    Of another chat's message only the quoted words are known.
    """
    replied = message.reply_to_message
    if message.quote is not None and message.quote.text.strip():
        return message.quote.text
    if replied is None or replied.from_user == bot:
        return ""
    return content_of(replied)


def _is_for_bot(content: str, entities: Sequence[MessageEntity]) -> bool:
    """Return whether a reply to the bot in a group is a question to it."""
    if not _has_words(content) or find_small_talk(content) is not None:
        return False
    return not any(entity.type in _MENTIONS for entity in entities)


def _is_from_bot(message: Message, bot: User) -> bool:
    """Return whether a bot wrote a message, or it is one of this bot's inline results.

    Two bots that answer each other would never stop. A message in the name of a chat comes from a
    bot account, but from a person.
    """
    if message.is_automatic_forward or message.via_bot == bot:
        return True
    user = message.from_user
    return user is not None and user.is_bot and message.sender_chat is None


def _is_mention(content: str, entity: MessageEntity, bot: User) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user == bot
    if entity.type != MessageEntity.MENTION:
        return False
    units = content.encode("utf-16-le", "surrogatepass")
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
