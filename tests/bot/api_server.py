"""A small, strict Bot API server: real HTTP on loopback, Telegram's replies and refusals.

A method's parameters are in `api_parameters.METHODS`, what it does is a coroutine of `ApiServer`.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .api_parameters import METHODS, ApiError, read_arguments
from .telegram_html import MarkupError, Parsed, parse, utf16_length

TOKEN = "123456789:AAtest-Secret_0123456789abcdefghijk"
MAX_TEXT = 4096
MAX_RAW_TEXT = 32_768


@dataclass(frozen=True)
class Sent:
    """A message that the bot has sent."""

    chat_id: int
    html: str
    parsed: Parsed
    reply_to: int | None

    @property
    def text(self) -> str:
        return self.parsed.text


class ApiServer:
    """The server, and what it has seen; use it as an async context manager.

    Attributes:
        url: the server's address, for `[bot] api_url`.
        calls: names of the methods called, in order, refused calls included.
        sent: the messages that the bot sent, in order.
        actions: the chats that were shown "typing", in order.
    """

    def __init__(self, token: str = TOKEN, port: int = 0) -> None:
        self.token = token
        self.url = ""
        self.calls: list[str] = []
        self.sent: list[Sent] = []
        self.actions: list[int] = []
        self._port = port
        self._updates: deque[dict[str, Any]] = deque()
        self._counter = 0
        self._failures: dict[str, deque[ApiError]] = {}
        self._changed = asyncio.Condition()
        self._poll: asyncio.Task[Any] | None = None
        self._methods: dict[str, Callable[..., Awaitable[Any]]] = {
            "getMe": self._get_me,
            "deleteWebhook": self._delete_webhook,
            "getUpdates": self._get_updates,
            "sendChatAction": self._send_chat_action,
            "sendMessage": self._send_message,
        }

    async def __aenter__(self) -> "ApiServer":
        application = web.Application()
        application.router.add_route("*", "/bot{token}/{method}", self._handle)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def write(self, text: str | None, language_code: str | None = "fa", **fields: Any) -> int:
        """Let a person send the bot a message in a private chat; returns the update's id.

        `fields` are further fields of the message, `chat` and `from` among them.
        """
        self._counter += 1
        person = {"id": 7, "is_bot": False, "first_name": "Sara"}
        if language_code is not None:
            person["language_code"] = language_code
        message: dict[str, Any] = {
            "message_id": 100 + self._counter, "date": int(time.time()), "from": person,
            "chat": {"id": 7, "type": "private", "first_name": "Sara"},
        }  # fmt: skip
        if text is not None:
            message["text"] = text
            if text.startswith("/"):
                length = utf16_length(text.split()[0])
                command = {"type": "bot_command", "offset": 0, "length": length}
                message["entities"] = [command]
        return await self.deliver({"message": message | fields})

    async def deliver(self, update: dict[str, Any]) -> int:
        """Queue an update for the bot; returns its id."""
        self._counter += 1
        number = 1000 + self._counter
        async with self._changed:
            self._updates.append({"update_id": number, **update})
            self._changed.notify_all()
        return number

    def fail(self, method: str, *errors: ApiError) -> None:
        """Refuse the next calls of a method, one error each."""
        self._failures.setdefault(method, deque()).extend(errors)

    async def until(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait until something has become true of this server.

        Raises:
            TimeoutError: it has not.
        """
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def until_sent(self, count: int) -> list[Sent]:
        """Wait until `count` messages have been sent, and return all that were."""
        await self.until(lambda: len(self.sent) >= count)
        return self.sent

    async def until_confirmed(self) -> None:
        """Wait until the bot has taken every update and asked for newer ones."""
        await self.until(lambda: not self._updates)

    async def until_failed(self, method: str) -> None:
        """Wait until every refusal that `fail` ordered for a method has been given."""
        await self.until(lambda: not self._failures.get(method))

    async def _handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        try:
            if request.match_info["token"] != self.token:
                raise ApiError(401, "Unauthorized")
            if method not in METHODS:
                raise ApiError(404, "Not Found")
            async with self._changed:
                self.calls.append(method)
                self._changed.notify_all()
            if errors := self._failures.get(method):
                raise errors.popleft()
            arguments = read_arguments(method, await _parameters(request))
            result = await self._methods[method](**arguments)
        except ApiError as error:
            return error.response()
        async with self._changed:
            self._changed.notify_all()
        return web.json_response({"ok": True, "result": result})

    async def _get_me(self) -> dict[str, Any]:
        return {"id": 42, "is_bot": True, "first_name": "Khazar", "username": "khazar_test_bot"}

    async def _delete_webhook(self, drop_pending_updates: bool = False) -> bool:
        if drop_pending_updates:
            self._updates.clear()
        return True

    async def _get_updates(
        self,
        offset: int = 0,
        limit: int = 100,
        timeout: int = 0,
        allowed_updates: list[str] | None = None,
    ) -> list[dict[str, Any]]:
        if self._poll is not None:
            self._poll.cancel("conflict")
        self._poll = asyncio.current_task()
        try:
            async with self._changed:
                while self._updates and self._updates[0]["update_id"] < offset:
                    self._updates.popleft()
                self._changed.notify_all()
                self._drop_unwanted(allowed_updates)
                try:
                    async with asyncio.timeout(timeout):
                        await self._changed.wait_for(lambda: self._updates)
                except TimeoutError:
                    return []
                self._drop_unwanted(allowed_updates)
                return list(self._updates)[:limit]
        except asyncio.CancelledError as error:
            if error.args != ("conflict",):
                raise
            raise ApiError(409, "Conflict: terminated by other getUpdates request") from None
        finally:
            if self._poll is asyncio.current_task():
                self._poll = None

    def _drop_unwanted(self, allowed: list[str] | None) -> None:
        if allowed:
            wanted = [u for u in self._updates if u.keys() & set(allowed)]
            self._updates = deque(wanted)

    async def _send_chat_action(self, chat_id: int, action: str) -> bool:
        self.actions.append(chat_id)
        return True

    async def _send_message(
        self,
        chat_id: int,
        text: str,
        parse_mode: str | None = None,
        reply_parameters: dict[str, Any] | None = None,
        **_: Any,
    ) -> dict[str, Any]:
        if len(text) > MAX_RAW_TEXT:
            raise ApiError(400, "Bad Request: message is too long")
        try:
            parsed = parse(text) if parse_mode == "HTML" else Parsed(text.strip(), [])
        except MarkupError as error:
            raise ApiError(400, str(error)) from None
        if not parsed.text:
            raise ApiError(400, "Bad Request: message text is empty")
        if utf16_length(parsed.text) > MAX_TEXT:
            raise ApiError(400, "Bad Request: message is too long")
        self._counter += 1
        self.sent.append(Sent(chat_id, text, parsed, (reply_parameters or {}).get("message_id")))
        return {
            "message_id": 100 + self._counter, "date": int(time.time()),
            "chat": {"id": chat_id, "type": "private", "first_name": "Sara"},
            "text": parsed.text, "entities": parsed.entities,
        }  # fmt: skip


async def _parameters(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(await request.json())
    return dict(request.query) | dict(await request.post())
