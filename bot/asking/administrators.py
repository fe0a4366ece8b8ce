"""Who may decide for a whole group."""

from typing import Final

from telegram import ChatMember, Message
from telegram.error import BadRequest

from bot.asking.message_parsing import is_group

_ADMINISTRATORS: Final = (ChatMember.OWNER, ChatMember.ADMINISTRATOR)


async def administers(user_id: int, message: Message) -> bool:
    """Return whether somebody administers the group of a message; nobody does a private chat.

    Args:
        user_id: of a person, or of the chat in whose name they write: anonymous administrators
            write in that of the group, and a channel's subscribers in that of a channel.
        message: a message in the chat.
    """
    if not is_group(message):
        return False
    if user_id < 0:
        return user_id == message.chat_id
    try:
        member = await message.get_bot().get_chat_member(message.chat_id, user_id)
    except BadRequest:  # no member
        return False
    return member.status in _ADMINISTRATORS
