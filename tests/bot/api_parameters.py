"""What the test Bot API takes: methods, their parameters and how each must look.

Whatever Telegram would ignore silently (an unknown parameter or field) is refused here.
"""

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web


class ApiError(Exception):
    """A refusal, as the Bot API words it."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def response(self) -> web.Response:
        body: dict[str, Any] = {
            "ok": False, "error_code": self.code, "description": self.description
        }  # fmt: skip
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return web.json_response(body, status=self.code)


def _json(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        read_value = json.loads(value) if isinstance(value, str) else value
        if type(read_value) is not kind:
            raise ValueError(f"{kind.__name__} expected")
        return read_value

    return read


def _object(**fields: type) -> Callable[[Any], dict[str, Any]]:
    def read(value: Any) -> dict[str, Any]:
        found = _json(dict)(value)
        for name, content in found.items():
            if type(content) is not fields.get(name):
                raise ValueError(f"field {name} is unknown or of a wrong type")
        return found

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("string expected")
    return value


def _one_of(*values: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in values:
            raise ValueError(f"one of {', '.join(values)} expected")
        return value

    return read


ACTIONS = ("typing", "upload_photo", "upload_document", "choose_sticker", "find_location")
# name -> parameters; a "!" marks one that must be there.
METHODS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "getMe": {},
    "deleteWebhook": {"drop_pending_updates": _json(bool)},
    "getUpdates": {
        "offset": _json(int),
        "limit": _json(int),
        "timeout": _json(int),
        "allowed_updates": _json(list),
    },
    "sendChatAction": {"!chat_id": _json(int), "!action": _one_of(*ACTIONS)},
    "sendMessage": {
        "!chat_id": _json(int),
        "!text": _text,
        "parse_mode": _one_of("HTML"),
        "link_preview_options": _object(is_disabled=bool),
        "reply_parameters": _object(
            message_id=int, chat_id=int, allow_sending_without_reply=bool
        ),
        "disable_notification": _json(bool),
        "protect_content": _json(bool),
    },
}  # fmt: skip


def read_arguments(method: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call, checked and converted.

    Raises:
        ApiError: one is missing, unknown or not of its type.
    """
    readers = METHODS[method]
    arguments = {}
    for name, value in given.items():
        reader = readers.get(name) or readers.get(f"!{name}")
        if reader is None:
            raise ApiError(400, f"Bad Request: unknown parameter {name}")
        try:
            arguments[name] = reader(value)
        except ValueError as error:
            raise ApiError(400, f"Bad Request: parameter {name}: {error}") from None
    for name in readers:
        if name.startswith("!") and name[1:] not in arguments:
            raise ApiError(400, f"Bad Request: {name[1:]} is empty")
    return arguments
