"""A small, strict Bot API server: real HTTP on loopback, Telegram's replies and refusals.

A method's parameters are in `api_parameters.METHODS`, what it does is a method of
`api_messages.Telegram`, what people do is in `api_people.People` and how the bot gets to know of it
in `api_delivery.Deliveries`; here is HTTP, and all that can go wrong with it.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.bot.support.api_delivery import Deliveries, Disorder
from tests.bot.support.api_messages import Sent
from tests.bot.support.api_parameters import METHODS, ApiError, read_arguments

__all__ = ["TOKEN", "ApiError", "ApiServer", "Disorder", "Fault", "Sent"]

TOKEN = "123456789:AAtest-Secret_0123456789abcdefghijk"


@dataclass(frozen=True)
class Fault:
    """A fault in one call.

    Attributes:
        error: the error to reply; None: the normal reply.
        page: status and text of a page that comes instead of a Bot API reply.
        delay: seconds before the reply.
        cut: "before" or "after": the connection is cut before or after the call takes effect.
        reply_after: an event for which the reply waits after the call has taken effect.
    """

    error: ApiError | None = None
    page: tuple[int, str] | None = None
    delay: float = 0.0
    cut: str | None = None
    reply_after: asyncio.Event | None = None


class ApiServer(Deliveries):
    """The server and a record of its calls; use it as an async context manager.

    Attributes:
        url: the server's address, for `[bot] api_url`.
        calls: names of the called methods, in order, including failed calls.
        faults: returns the fault of a call, or None for no fault.
        cut_after: messages that were sent, but whose reply did not reach the bot.
    """

    def __init__(
        self, token: str = TOKEN, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__()
        self.token = token
        self.url = ""
        self.calls: list[str] = []
        self.faults: Callable[[str], Fault | None] | None = None
        self.cut_after: list[Sent] = []
        self._port = port
        self._tls = tls
        self._failures: dict[str, deque[Fault]] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> "ApiServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.delete_webhook()
        await self.stop()

    async def start(self) -> None:
        """Listen, on the same port as before."""
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/bot{token}/{method}", self._handle)
        application.router.add_get("/file/bot{token}/{path:.*}", self._download)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(
            self._runner, "127.0.0.1", self._port, reuse_address=True, ssl_context=self._tls
        ).start()
        self._port = self._runner.addresses[0][1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Cut all connections and refuse new ones until `start`."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def fail(self, method: str, *errors: ApiError | Fault) -> None:
        """Let the next calls of a method fail, each with one of the errors."""
        faults = (Fault(error) if isinstance(error, ApiError) else error for error in errors)
        self._failures.setdefault(method, deque()).extend(faults)

    async def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until a condition is true.

        Raises:
            TimeoutError: it is not true in time.
        """
        async with asyncio.timeout(seconds):
            while not condition():
                async with self._changed:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(0.05):
                            await self._changed.wait()

    async def until_sent(self, count: int, seconds: float = 60.0) -> list[Sent]:
        """Wait until `count` messages have been sent, and return all sent messages."""
        await self.until(lambda: len(self.sent) >= count, seconds)
        return self.sent

    async def until_edited(self, count: int) -> list[Sent]:
        """Wait until messages have been edited `count` times, and return all edits."""
        await self.until(lambda: len(self.edits) >= count)
        return self.edits

    async def callback_answer(self, query: str) -> dict[str, Any]:
        """Wait for the answer to a pressed button."""
        await self.until(lambda: self.callbacks[query].answer is not None)
        return self.callbacks[query].answer or {}

    async def inline_answer(self, query: str) -> dict[str, Any]:
        """Wait for the answer to an inline query."""
        await self.until(lambda: self.inlines[query].answer is not None)
        return self.inlines[query].answer or {}

    async def guest_answer(self, query: str) -> dict[str, Any]:
        """Wait for the answer to a guest message."""
        await self.until(lambda: self.guests[query].answer is not None)
        return (self.guests[query].answer or {})["result"]

    async def until_confirmed(self) -> None:
        """Wait until the bot has confirmed all updates."""
        await self.until(lambda: not self._updates)

    async def until_failed(self, method: str) -> None:
        """Wait until all faults that `fail` set for a method have occurred."""
        await self.until(lambda: not self._failures.get(method))

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            if request.match_info["token"] != self.token:
                raise ApiError(401, "Unauthorized")
            if method not in METHODS:
                raise ApiError(404, "Not Found")
            async with self._changed:
                self.calls.append(method)
                self._changed.notify_all()
            # An aborted upload has no effect: the body is read first.
            given = await _parameters(request)
            fault = self._next_fault(method)
            if fault.delay:
                # A slow server; no test relies on this time.
                await asyncio.sleep(fault.delay)
            if fault.cut == "before":
                return _cut(request)
            if fault.page:
                return web.Response(status=fault.page[0], text=fault.page[1])
            if fault.error:
                raise fault.error
            result = await self._obey(method, read_arguments(method, given))
        except ApiError as error:
            return error.response()
        replied = False
        try:
            async with self._changed:
                self._changed.notify_all()
            if fault.reply_after:
                # Cancelled when the client disconnects.
                await fault.reply_after.wait()
            if fault.cut == "after":
                return _cut(request)
            reply = web.json_response({"ok": True, "result": result})
            await reply.prepare(request)
            await reply.write_eof()
            replied = True
            return reply
        finally:
            if method == "sendMessage" and not replied:
                sent = self.messages[result["chat"]["id"], result["message_id"]]
                self.cut_after.append(sent)

    def _next_fault(self, method: str) -> Fault:
        if ordered := self._failures.get(method):
            return ordered.popleft()
        return (self.faults(method) if self.faults else None) or Fault()

    async def _obey(self, method: str, arguments: dict[str, Any]) -> Any:
        name = re.sub("([A-Z])", lambda match: f"_{match[0].lower()}", method)
        return await getattr(self, name)(**arguments)

    async def _download(self, request: web.Request) -> web.Response:
        content = self.files.get(request.match_info["path"].removeprefix("documents/"))
        if request.match_info["token"] != self.token or content is None:
            return ApiError(404, "Not Found").response()
        fault = self._next_fault("download")
        if fault.error:
            return fault.error.response()
        return web.Response(body=content)


def _cut(request: web.Request) -> web.Response:
    """Abort the connection."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _parameters(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(await request.json())
    return dict(request.query) | dict(await request.post())
