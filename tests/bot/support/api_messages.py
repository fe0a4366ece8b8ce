"""Effects of the test Bot API's methods on chats, messages, queries, menus and files."""

import itertools
import json
import time
from dataclasses import dataclass, field, replace
from typing import Any

from tests.bot.support.api_parameters import ApiError, bad, read_text
from tests.bot.support.telegram_html import Parsed

BOT = {"id": 42, "is_bot": True, "first_name": "Khazar", "username": "khazar_test_bot"}
ADMINISTRATOR_RIGHTS = (
    "can_be_edited", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
    "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users",
    "can_post_stories", "can_edit_stories", "can_delete_stories", "is_anonymous",
)  # fmt: skip
MAX_DOWNLOAD = 20 * 1024 * 1024
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@dataclass(frozen=True)
class Sent:
    """A message from the bot, as it was sent or last edited.

    Attributes:
        topic: the forum topic that it is in.
        buttons: its inline keyboard, row by row; each button as the Bot API has it.
        at: time of sending, on time.monotonic's clock.
    """

    chat_id: int
    html: str
    parsed: Parsed
    reply_to: int | None
    message_id: int = 0
    topic: int | None = None
    buttons: tuple[tuple[dict[str, Any], ...], ...] = ()
    at: float = field(default_factory=time.monotonic, compare=False)

    @property
    def text(self) -> str:
        return self.parsed.text

    def button(self, words: str) -> dict[str, Any]:
        """Return the only button whose text contains `words`."""
        [found] = [button for row in self.buttons for button in row if words in button["text"]]
        return found


@dataclass
class Query:
    """A callback or inline query, and the bot's answer to it."""

    asked: float
    answer: dict[str, Any] | None = None


@dataclass
class Telegram:
    """The chats and their contents.

    Attributes:
        sent: every message that the bot sent, in order, as it was sent.
        edits: every edit, in order, as the message was afterwards.
        messages: the bot's messages as they are now, by chat and number.
        deleted: chat and number of every message that the bot deleted.
        actions: the chats that were shown "typing", in order.
        callbacks: button presses by the query's id.
        inlines: inline queries by the query's id.
        commands: command menus by (scope as JSON, language).
        descriptions: texts of the bot's empty chat, by language.
        short_descriptions: texts of the bot's profile, by language.
        guests: guest messages by the query's id.
        documents: name and content of the files that the bot sent, by chat and number.
        files: content of the files that people sent, by file_id.
        blocked_by: chats that have blocked the bot.
        chats: the chats that the bot knows, by id.
        administrators: user ids of the administrators of groups, by the group's id.
        migrated: new ids of groups that have become supergroups, by their old ids.
        written: chat and number of every message that others wrote.
        query_seconds: how long Telegram takes the answer to a query.
    """

    sent: list[Sent] = field(default_factory=list)
    edits: list[Sent] = field(default_factory=list)
    messages: dict[tuple[int, int], Sent] = field(default_factory=dict)
    deleted: list[tuple[int, int]] = field(default_factory=list)
    actions: list[int] = field(default_factory=list)
    callbacks: dict[str, Query] = field(default_factory=dict)
    inlines: dict[str, Query] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    guests: dict[str, Query] = field(default_factory=dict)
    documents: dict[tuple[int, int], tuple[str, bytes]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    blocked_by: set[int] = field(default_factory=set)
    chats: dict[int, dict[str, Any]] = field(default_factory=dict)
    administrators: dict[int, set[int]] = field(default_factory=dict)
    migrated: dict[int, int] = field(default_factory=dict)
    written: set[tuple[int, int]] = field(default_factory=set)
    query_seconds: float = 60.0
    numbers: Any = field(default_factory=lambda: itertools.count(101))

    def chat(self, chat_id: int | str) -> dict[str, Any]:
        """Return a chat that the bot may write to."""
        if chat_id in self.migrated:
            raise ApiError(
                400, "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.migrated[int(chat_id)],
            )  # fmt: skip
        for chat in self.chats.values():
            if chat_id in (chat["id"], f"@{chat.get('username')}"):
                if chat["id"] in self.blocked_by:
                    raise ApiError(403, "Forbidden: bot was blocked by the user")
                return chat
        raise bad("chat not found")

    async def get_me(self) -> dict[str, Any]:
        return {**BOT, "can_join_groups": True, "can_read_all_group_messages": False,
                "supports_inline_queries": True, "supports_guest_queries": True}  # fmt: skip

    async def get_chat(self, chat_id: int | str) -> dict[str, Any]:
        gifts = dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription",
             "gifts_from_channels"), True
        )  # fmt: skip
        return {**self.chat(chat_id), "accent_color_id": 0, "max_reaction_count": 11,
                "accepted_gift_types": gifts}  # fmt: skip

    async def get_chat_member(self, chat_id: int | str, user_id: int) -> dict[str, Any]:
        is_administrator = user_id in self.administrators.get(self.chat(chat_id)["id"], ())
        return {
            "user": {"id": user_id, "is_bot": False, "first_name": f"Person{user_id}"},
            "status": "creator" if is_administrator else "member",
            **({"is_anonymous": False} if is_administrator else {}),
        }

    async def send_chat_action(self, chat_id: int, action: str, **_: Any) -> bool:
        self.actions.append(self.chat(chat_id)["id"])
        return True

    async def send_message(
        self, chat_id: int, text: str, parse_mode: str | None = None, **others: Any
    ) -> dict[str, Any]:
        chat = self.chat(chat_id)
        return self._send(chat, Sent(chat["id"], text, read_text(text, parse_mode), None), others)

    def _send(self, chat: dict[str, Any], sent: Sent, others: dict[str, Any]) -> dict[str, Any]:
        reply = others.get("reply_parameters") or {}
        target = reply.get("message_id")
        place = (sent.chat_id, target)
        if target is not None and place not in self.written and place not in self.messages:
            if not reply.get("allow_sending_without_reply"):
                raise bad("message to be replied not found")
            target = None
        number = next(self.numbers)
        sent = replace(
            sent,
            reply_to=target,
            message_id=number,
            topic=others.get("message_thread_id"),
            buttons=_buttons(others.get("reply_markup")),
        )
        self.sent.append(sent)
        self.messages[sent.chat_id, number] = sent
        return self.shown(sent)

    def shown(self, sent: Sent) -> dict[str, Any]:
        """Return one of the bot's messages as the Bot API shows it."""
        message: dict[str, Any] = {
            "message_id": sent.message_id, "date": int(time.time()), "from": BOT,
            "chat": self.chats[sent.chat_id], "text": sent.text, "entities": sent.parsed.entities,
        }  # fmt: skip
        if sent.topic is not None:
            message |= {"message_thread_id": sent.topic, "is_topic_message": True}
        if sent.buttons:
            message["reply_markup"] = {"inline_keyboard": [list(row) for row in sent.buttons]}
        return message

    async def edit_message_text(
        self, text: str, parse_mode: str | None = None, **where: Any
    ) -> dict[str, Any] | bool:
        return self._edit(where, html=text, parsed=read_text(text, parse_mode))

    async def edit_message_reply_markup(self, **where: Any) -> dict[str, Any] | bool:
        return self._edit(where)

    def _edit(self, where: dict[str, Any], **changes: Any) -> dict[str, Any] | bool:
        if where.get("inline_message_id"):
            return True
        if "chat_id" not in where or "message_id" not in where:
            raise bad("message identifier is not specified")
        place = (self.chat(where["chat_id"])["id"], where["message_id"])
        before = self.messages.get(place)
        if before is None:
            known = place in self.written
            raise bad("message can't be edited" if known else "message to edit not found")
        after = replace(before, buttons=_buttons(where.get("reply_markup")), **changes)
        if (before.parsed, before.buttons) == (after.parsed, after.buttons):
            raise bad(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        self.messages[place] = after
        self.edits.append(after)
        return self.shown(after)

    async def delete_message(self, chat_id: int, message_id: int) -> bool:
        place = (self.chat(chat_id)["id"], message_id)
        if self.messages.pop(place, None) is None:
            raise bad("message to delete not found")
        self.deleted.append(place)
        return True

    async def answer_callback_query(self, callback_query_id: str, **answer: Any) -> bool:
        return self._answer(self.callbacks.get(callback_query_id), answer)

    async def answer_inline_query(self, inline_query_id: str, **answer: Any) -> bool:
        return self._answer(self.inlines.get(inline_query_id), answer)

    def _answer(self, query: Query | None, answer: dict[str, Any]) -> bool:
        late = query is not None and time.monotonic() - query.asked > self.query_seconds
        if query is None or late or query.answer is not None:
            raise bad(TOO_OLD)
        query.answer = answer
        return True

    async def set_my_commands(self, commands: list[dict[str, str]], **where: Any) -> bool:
        self.commands[_menu(where)] = commands
        return True

    async def get_my_commands(self, **where: Any) -> list[dict[str, str]]:
        return self.commands.get(_menu(where), [])

    async def set_my_description(self, description: str = "", language_code: str = "") -> bool:
        self.descriptions[language_code] = description
        return True

    async def get_my_description(self, language_code: str = "") -> dict[str, str]:
        return {"description": self.descriptions.get(language_code, "")}

    async def set_my_short_description(
        self, short_description: str = "", language_code: str = ""
    ) -> bool:
        self.short_descriptions[language_code] = short_description
        return True

    async def get_my_short_description(self, language_code: str = "") -> dict[str, str]:
        return {"short_description": self.short_descriptions.get(language_code, "")}

    async def answer_guest_query(self, guest_query_id: str, **answer: Any) -> dict[str, str]:
        self._answer(self.guests.get(guest_query_id), answer)
        return {"inline_message_id": f"guest-{guest_query_id}"}

    async def send_document(
        self, chat_id: int, document: Any, caption: str = "", **others: Any
    ) -> dict[str, Any]:
        chat = self.chat(chat_id)
        number = next(self.numbers)
        self.documents[chat["id"], number] = (document.filename, document.file.read())
        return {
            "message_id": number, "date": int(time.time()), "from": BOT, "chat": chat,
            "caption": caption, "document": {
                "file_id": f"d{number}", "file_unique_id": f"ud{number}",
                "file_name": document.filename,
            },
        }  # fmt: skip

    async def get_file(self, file_id: str) -> dict[str, Any]:
        content = self.files.get(file_id)
        if content is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if len(content) > MAX_DOWNLOAD:
            raise bad("file is too big")
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(content),
                "file_path": f"documents/{file_id}"}  # fmt: skip


def _buttons(markup: dict[str, Any] | None) -> tuple[tuple[dict[str, Any], ...], ...]:
    return tuple(tuple(row) for row in (markup or {}).get("inline_keyboard", []))


def _menu(where: dict[str, Any]) -> tuple[str, str]:
    scope = where.get("scope", {"type": "default"})
    return json.dumps(scope, sort_keys=True), where.get("language_code", "")
