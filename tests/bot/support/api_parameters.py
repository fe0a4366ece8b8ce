"""Methods and parameters of the test Bot API, and their validation.

Unknown parameters and fields, which Telegram ignores, are errors here. Limits are those of
https://core.telegram.org/bots/api; errors have Telegram's words.
"""

import json
import re
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from tests.bot.support.telegram_html import MarkupError, Parsed, parse, utf16_length

MAX_TEXT = 4096
MAX_RAW_TEXT = 32_768
MAX_ENTITIES = 100
Reader = Callable[[Any], Any]


class ApiError(Exception):
    """An error, in the Bot API's words."""

    def __init__(
        self,
        code: int,
        description: str,
        retry_after: int | None = None,
        migrate_to_chat_id: int | None = None,
    ) -> None:
        super().__init__(description)
        self.migrate_to_chat_id = migrate_to_chat_id
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrate_to_chat_id = migrate_to_chat_id

    def response(self) -> web.Response:
        body: dict[str, Any] = {
            "ok": False, "error_code": self.code, "description": self.description
        }  # fmt: skip
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        if self.migrate_to_chat_id is not None:
            body["parameters"] = {"migrate_to_chat_id": self.migrate_to_chat_id}
        return web.json_response(body, status=self.code)


def bad(description: str) -> ApiError:
    return ApiError(400, f"Bad Request: {description}")


def read_text(text: str, parse_mode: str | None) -> Parsed:
    """Parse a message's text as Telegram does.

    Raises:
        ApiError: it is not valid Telegram HTML, empty, or too long.
    """
    try:
        parsed = parse(text) if parse_mode == "HTML" else Parsed(text.strip(), [])
    except MarkupError as error:
        raise ApiError(400, str(error)) from None
    if not parsed.text:
        raise bad("message text is empty")
    if utf16_length(parsed.text) > MAX_TEXT or len(text) > MAX_RAW_TEXT:
        raise bad("message is too long")
    if len(parsed.entities) > MAX_ENTITIES:
        # Telegram ignores the others silently.
        raise bad("more entities than Telegram shows")
    return parsed


def _json(kind: type) -> Reader:
    def read(value: Any) -> Any:
        read_value = json.loads(value) if isinstance(value, str) else value
        if type(read_value) is not kind:
            raise ValueError(f"{kind.__name__} expected")
        return read_value

    return read


def _number(least: int, most: int) -> Reader:
    def read(value: Any) -> int:
        number = _json(int)(value)
        if not least <= number <= most:
            raise ValueError(f"{least} to {most} expected")
        return int(number)

    return read


def _chat(value: Any) -> int | str:
    """Read a chat's id, or a channel's @name."""
    if isinstance(value, str) and re.fullmatch(r"@\w{4,32}", value):
        return value
    return int(_json(int)(value))


def _object(required: Collection[str] = (), **fields: type | Reader) -> Reader:
    def read(value: Any) -> dict[str, Any]:
        found = dict(_json(dict)(value))
        for name, content in found.items():
            check = fields.get(name)
            if check is None or (isinstance(check, type) and type(content) is not check):
                raise ValueError(f"field {name} is unknown or of a wrong type")
            if not isinstance(check, type):
                found[name] = check(content)
        for name in required:
            if name not in found:
                raise ValueError(f"field {name} is missing")
        return found

    return read


def _list(content: Reader, most: int, error: str) -> Reader:
    def read(value: Any) -> list[Any]:
        items = _json(list)(value)
        if len(items) > most:
            raise bad(error)
        return [content(item) for item in items]

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("string expected")
    return value


def _short(least: int, most: int, pattern: str = r"(?s).*", *, in_bytes: bool = False) -> Reader:
    def read(value: Any) -> str:
        text = _text(value)
        length = len(text.encode()) if in_bytes else len(text)
        if not least <= length <= most or not re.fullmatch(pattern, text):
            raise ValueError(f"{least} to {most} {'bytes' if in_bytes else 'characters'} expected")
        return text

    return read


def _file(value: Any) -> web.FileField:
    if not isinstance(value, web.FileField):
        raise ValueError("file expected")
    return value


def _one_of(*values: str) -> Reader:
    def read(value: Any) -> str:
        if value not in values:
            raise ValueError(f"one of {', '.join(values)} expected")
        return value

    return read


def _address(value: Any) -> str:
    try:
        parts = urlsplit(_text(value))
    except ValueError:
        raise bad("BUTTON_URL_INVALID") from None
    if parts.scheme not in ("http", "https", "tg") or not parts.netloc:
        raise bad("BUTTON_URL_INVALID")
    return str(value)


def _callback_data(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    return value


_BUTTON = _object(
    ["text"], text=_short(1, 256), url=_address, callback_data=_callback_data,
    copy_text=_object(["text"], text=_short(1, 256)),
    switch_inline_query=str, switch_inline_query_current_chat=str,
)  # fmt: skip


def _button(value: Any) -> dict[str, Any]:
    button = dict(_BUTTON(value))
    if len(button) != 2:
        raise bad("Text buttons are unallowed in the inline keyboard")
    return button


def _keyboard(value: Any) -> dict[str, Any]:
    found = _object(["inline_keyboard"], inline_keyboard=list)(value)
    rows = [[_button(button) for button in row] for row in found["inline_keyboard"]]
    if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows):
        raise bad("reply markup has too many buttons")
    return {"inline_keyboard": [row for row in rows if row]}


_PREVIEW = _object(is_disabled=bool, url=str, prefer_small_media=bool, show_above_text=bool)
_HTML = _one_of("HTML")


def _message_content(value: Any) -> dict[str, Any]:
    content = _object(
        ["message_text"], message_text=str, parse_mode=_HTML, link_preview_options=_PREVIEW
    )(value)
    content["parsed"] = read_text(content["message_text"], content.get("parse_mode"))
    return content


def _result(value: Any) -> dict[str, Any]:
    # The only kind that the bot needs.
    return dict(_object(
        ["type", "id", "title", "input_message_content"],
        type=_one_of("article"), id=_short(1, 64, in_bytes=True), title=_short(1, 512),
        input_message_content=_message_content, reply_markup=_keyboard, url=_address,
        description=_short(0, 1024), thumbnail_url=_address,
    )(value))  # fmt: skip


def _results(value: Any) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = _list(_result, 50, "RESULTS_TOO_MUCH")(value)
    if len({result["id"] for result in results}) < len(results):
        raise bad("RESULT_ID_DUPLICATE")
    return results


def _command(value: Any) -> dict[str, Any]:
    command = dict(_object(["command", "description"], command=str, description=str)(value))
    if not re.fullmatch("[a-z0-9_]{1,32}", command["command"]):
        raise bad("BOT_COMMAND_INVALID")
    if not 1 <= len(command["description"]) <= 256:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return command


ACTIONS = ("typing", "upload_photo", "upload_document", "choose_sticker", "find_location")
SCOPES = (
    "default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat",
    "chat_administrators", "chat_member",
)  # fmt: skip
_SCOPE = _object(["type"], type=_one_of(*SCOPES), chat_id=int, user_id=int)
_LANGUAGE = _short(0, 2, "([a-z]{2})?")
_REPLY = _object(
    ["message_id"], message_id=int, chat_id=int, allow_sending_without_reply=bool, quote=str
)
_SEND: dict[str, Reader] = {
    "!chat_id": _chat,
    "message_thread_id": _json(int),
    "reply_parameters": _REPLY,
    "reply_markup": _keyboard,
    "disable_notification": _json(bool),
    "protect_content": _json(bool),
}
_EDIT: dict[str, Reader] = {
    "chat_id": _chat,
    "message_id": _json(int),
    "inline_message_id": _text,
    "reply_markup": _keyboard,
}
# Method -> parameters; "!" marks a required one.
METHODS: dict[str, dict[str, Reader]] = {
    "getMe": {},
    "setWebhook": {
        "!url": _text,
        "ip_address": _text,
        "max_connections": _number(1, 100),
        "allowed_updates": _json(list),
        "drop_pending_updates": _json(bool),
        "secret_token": _short(1, 256, "[A-Za-z0-9_-]*"),
    },
    "deleteWebhook": {"drop_pending_updates": _json(bool)},
    "getUpdates": {
        "offset": _json(int),
        "limit": _number(1, 100),
        "timeout": _number(0, 50),
        "allowed_updates": _json(list),
    },
    "sendChatAction": {
        "!chat_id": _chat,
        "!action": _one_of(*ACTIONS),
        "message_thread_id": _json(int),
    },
    "sendMessage": {
        **_SEND,
        "!text": _text,
        "parse_mode": _HTML,
        "link_preview_options": _PREVIEW,
    },
    "editMessageText": {
        **_EDIT,
        "!text": _text,
        "parse_mode": _HTML,
        "link_preview_options": _PREVIEW,
    },
    "editMessageReplyMarkup": _EDIT,
    "deleteMessage": {"!chat_id": _chat, "!message_id": _json(int)},
    "answerCallbackQuery": {
        "!callback_query_id": _text,
        "text": _short(0, 200),
        "show_alert": _json(bool),
        "url": _address,
        "cache_time": _number(0, 2**31),
    },
    "answerInlineQuery": {
        "!inline_query_id": _text,
        "!results": _results,
        "cache_time": _number(0, 2**31),
        "is_personal": _json(bool),
        "next_offset": _short(0, 64, in_bytes=True),
        "button": _object(
            ["text"], text=_short(1, 64), start_parameter=_short(1, 64, "[A-Za-z0-9_-]*")
        ),
    },
    "setMyCommands": {
        "!commands": _list(_command, 100, "BOT_COMMANDS_TOO_MUCH"),
        "scope": _SCOPE,
        "language_code": _LANGUAGE,
    },
    "getMyCommands": {"scope": _SCOPE, "language_code": _LANGUAGE},
    "setMyDescription": {"description": _short(0, 512), "language_code": _LANGUAGE},
    "getMyDescription": {"language_code": _LANGUAGE},
    "setMyShortDescription": {"short_description": _short(0, 120), "language_code": _LANGUAGE},
    "getMyShortDescription": {"language_code": _LANGUAGE},
    "answerGuestQuery": {"!guest_query_id": _text, "!result": _result},
    "sendDocument": {
        **_SEND,
        "!document": _file,
        "caption": _short(0, 1024),
        "parse_mode": _HTML,
    },
    "getFile": {"!file_id": _text},
    "getChat": {"!chat_id": _chat},
    "getChatMember": {"!chat_id": _chat, "!user_id": _json(int)},
}  # fmt: skip


def read_arguments(method: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call, checked and converted.

    Raises:
        ApiError: one is missing, unknown, not of its type or over its limit.
    """
    readers = METHODS[method]
    arguments = {}
    for name, value in given.items():
        reader = readers.get(name) or readers.get(f"!{name}")
        if reader is None:
            raise bad(f"unknown parameter {name}")
        try:
            arguments[name] = reader(value)
        except ValueError as error:
            raise bad(f"parameter {name}: {error}") from None
    for name in readers:
        if name.startswith("!") and name[1:] not in arguments:
            raise bad(f"{name[1:]} is empty")
    return arguments
