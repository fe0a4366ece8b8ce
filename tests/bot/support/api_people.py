"""Actions of users: messages, edits, buttons, inline queries, channel posts, files."""

import itertools
import re
import time
from typing import Any

from tests.bot.support.api_messages import (
    ADMINISTRATOR_RIGHTS,
    BOT,
    Query,
    Sent,
    Telegram,
)
from tests.bot.support.telegram_html import utf16_length

SARA = 7
_ENTITY = re.compile(r"(?<!\S)(?P<bot_command>/\w+(?:@\w+)?)|(?P<mention>@\w+)")


class People(Telegram):
    """All users. Methods return the number of the update unless they say otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self._queries = itertools.count(1)
        self._files = itertools.count(1)

    async def deliver(self, update: dict[str, Any]) -> int:
        raise NotImplementedError  # the server's

    async def write(
        self,
        text: str | None,
        language_code: str | None = "fa",
        *,
        user: int = SARA,
        chat: dict[str, Any] | None = None,
        reply_to: Sent | None = None,
        **fields: Any,
    ) -> int:
        """Send the bot a message, in the private chat or in `chat`.

        `fields` are further fields of the message. Commands and mentions get their entities.
        """
        message = self._message(text, language_code, user, chat)
        if reply_to is not None:
            message["reply_to_message"] = self.shown(reply_to)
        return await self.deliver({"message": message | fields})

    async def edit(
        self, message_id: int, text: str, language_code: str | None = "fa", *,
        user: int = SARA, chat: dict[str, Any] | None = None, **fields: Any,
    ) -> int:  # fmt: skip
        """Edit a message."""
        message = self._message(text, language_code, user, chat)
        message |= {"message_id": message_id, "edit_date": int(time.time())}
        return await self.deliver({"edited_message": message | fields})

    @property
    def last_written(self) -> int:
        """Number of the last message from a user, in any chat."""
        return self._last_written

    async def press(
        self, sent: Sent, button: str, *, user: int = SARA, language_code: str = "fa"
    ) -> str:
        """Press the button with these words under a message's current version; return the query."""
        now = self.messages[sent.chat_id, sent.message_id]
        return await self.call_back(now, now.button(button)["callback_data"], user, language_code)

    async def call_back(
        self, sent: Sent, data: str, user: int = SARA, language_code: str = "fa"
    ) -> str:
        """Send callback data as a button under a message would, forged or not."""
        query = f"callback{next(self._queries)}"
        self.callbacks[query] = Query(time.monotonic())
        await self.deliver({
            "callback_query": {
                "id": query, "from": person(user, language_code), "message": self.shown(sent),
                "chat_instance": str(sent.chat_id), "data": data,
            }
        })  # fmt: skip
        return query

    async def ask_inline(
        self, text: str, offset: str = "", *, user: int = SARA, language_code: str = "fa"
    ) -> str:
        """Send an inline query; return its id."""
        query = f"inline{next(self._queries)}"
        self.inlines[query] = Query(time.monotonic())
        await self.deliver({
            "inline_query": {
                "id": query, "from": person(user, language_code), "query": text,
                "offset": offset, "chat_type": "sender",
            }
        })  # fmt: skip
        return query

    async def react(
        self, sent: Sent, now: str = "", before: str = "", *, user: int = SARA,
    ) -> int:  # fmt: skip
        """React to a message with an emoji in place of another; "" stands for none."""
        old, new = (
            [{"type": "emoji", "emoji": one}] if one else [] for one in (before, now)
        )  # fmt: skip
        return await self.deliver({
            "message_reaction": {
                "chat": self.chats[sent.chat_id], "message_id": sent.message_id,
                "user": person(user), "date": int(time.time()), "old_reaction": old,
                "new_reaction": new,
            }
        })  # fmt: skip

    async def join(
        self, chat: dict[str, Any], status: str = "member", *, before: str = "left",
        user: int = SARA,
    ) -> int:  # fmt: skip
        """Change the bot's own membership of a chat."""
        self.meet(chat)
        return await self.deliver({
            "my_chat_member": {
                "chat": chat, "from": person(user), "date": int(time.time()),
                "old_chat_member": _member(before), "new_chat_member": _member(status),
            }
        })  # fmt: skip

    async def call_guest(
        self, text: str, chat: dict[str, Any], language_code: str = "fa", *, user: int = SARA,
        reply_to: str = "",
    ) -> str:  # fmt: skip
        """Mention the bot in a chat that it is not in; return the query."""
        query = f"guest{next(self._queries)}"
        self.guests[query] = Query(time.monotonic())
        message = {
            "message_id": 9000, "date": int(time.time()), "chat": chat, "guest_query_id": query,
            "from": person(user, language_code), "text": text, "entities": _entities(text),
        }  # fmt: skip
        if reply_to:
            message["reply_to_message"] = {
                "message_id": 8999, "date": 1, "chat": chat, "from": person(5), "text": reply_to,
            }  # fmt: skip
        await self.deliver({"guest_message": message})
        return query

    async def post(self, text: str, chat: dict[str, Any], **fields: Any) -> int:
        """Post in a channel that the bot indexes."""
        return await self.deliver({"channel_post": self._post(text, chat) | fields})

    async def edit_post(
        self, message_id: int, text: str, chat: dict[str, Any], **fields: Any
    ) -> int:
        """Edit a channel's post."""
        post = self._post(text, chat) | {"message_id": message_id, "edit_date": int(time.time())}
        return await self.deliver({"edited_channel_post": post | fields})

    async def forward(
        self, text: str, origin: dict[str, Any], number: int, *, user: int = SARA
    ) -> int:
        """Forward a channel's post to the bot."""
        return await self.write(text, user=user, forward_origin={
            "type": "channel", "date": int(time.time()), "chat": origin, "message_id": number,
        })  # fmt: skip

    async def send_file(
        self,
        name: str,
        content: bytes,
        mime: str = "application/json",
        *,
        user: int = SARA,
        claimed_size: int | None = None,
        language_code: str = "fa",
    ) -> int:
        """Send the bot a document; its stated size may be wrong."""
        file_id = f"file{next(self._files)}"
        self.files[file_id] = content
        size = len(content) if claimed_size is None else claimed_size
        document = {
            "file_id": file_id, "file_unique_id": f"u{file_id}", "file_name": name,
            "mime_type": mime, "file_size": size,
        }  # fmt: skip
        return await self.write(None, language_code, user=user, document=document)

    def meet(self, chat: dict[str, Any]) -> None:
        """Let the bot know a chat."""
        self.chats[chat["id"]] = chat

    def _message(
        self, text: str | None, language_code: str | None, user: int, chat: dict[str, Any] | None
    ) -> dict[str, Any]:
        sender = person(user, language_code)
        chat = chat or private_chat(user)
        message = self._new(chat) | {"from": sender}
        if text is not None:
            message["text"] = text
            if entities := _entities(text):
                message["entities"] = entities
        return message

    def _post(self, text: str, chat: dict[str, Any]) -> dict[str, Any]:
        return self._new(chat) | {"sender_chat": chat, "text": text}

    def _new(self, chat: dict[str, Any]) -> dict[str, Any]:
        self.meet(chat)
        self._last_written = next(self.numbers)
        self.written.add((chat["id"], self._last_written))
        return {"message_id": self._last_written, "date": int(time.time()), "chat": chat}


def person(user: int = SARA, language_code: str | None = "fa") -> dict[str, Any]:
    """Return a user in the Bot API's format."""
    name = "Sara" if user == SARA else f"Person{user}"
    shown: dict[str, Any] = {"id": user, "is_bot": False, "first_name": name}
    if language_code is not None:
        shown["language_code"] = language_code
    return shown


def private_chat(user: int = SARA) -> dict[str, Any]:
    """Return a user's private chat with the bot."""
    return {"id": user, "type": "private", "first_name": person(user)["first_name"]}


def group(number: int = -5, title: str = "گروه") -> dict[str, Any]:
    """Return a group."""
    return {"id": number, "type": "supergroup", "title": title}


def channel(
    number: int = -1001, title: str = "کانال", username: str | None = "khazar_news"
) -> dict[str, Any]:
    """Return a channel, public if it has a name."""
    named = {"username": username} if username else {}
    return {"id": number, "type": "channel", "title": title, **named}


def _member(status: str) -> dict[str, Any]:
    rights = dict.fromkeys(ADMINISTRATOR_RIGHTS, False) if status == "administrator" else {}
    return {"status": status, "user": BOT, **rights}


def _entities(text: str) -> list[dict[str, Any]]:
    return [
        {
            "type": found.lastgroup,
            "offset": utf16_length(text[: found.start()]),
            "length": utf16_length(found.group()),
        }
        for found in _ENTITY.finditer(text)
    ]
