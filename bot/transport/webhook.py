"""Webhook server: Telegram sends updates to the bot's port, through a reverse proxy.

This replaces python-telegram-bot's server, which does not compare the secret in constant time,
accepts bodies of 100 MB, and logs updates that it cannot parse.
"""

import hashlib
import hmac
import json
from collections.abc import Callable

from telegram import Bot

from bot.transport.http_server import LocalServer, QuietHandler
from bot.transport.update_parsing import read_update
from bot.transport.update_store import DurableQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
# Bytes. The longest possible message, fully escaped and with all entities, has 200 kB.
_MAX_UPDATE = 1024 * 1024


def webhook_secret(token: str) -> str:
    """Derive the secret that authenticates Telegram's requests from the bot's token.

    It needs no setting, is the same after a restart, and does not reveal the token.
    """
    return hmac.new(token.encode(), b"khazar webhook", hashlib.sha256).hexdigest()


class WebhookServer(LocalServer):
    """Receives updates and replies once they are on disk; 403 without the secret."""

    def __init__(
        self,
        bot: Bot,
        queue: DurableQueue,
        *,
        secret: str,
        listen: str,
        port: int,
        path: str,
        on_call: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare the server; `start` starts it.

        Args:
            bot: the updates' bot.
            queue: the application's queue.
            secret: the `secret_token` of `Bot.set_webhook`; see `webhook_secret`.
            listen: the address to listen on, to which the reverse proxy connects.
            port: the port; 0 takes a free one.
            path: the URL's path as the reverse proxy passes it on, with its slash.
            on_call: called for each request with the right secret.
        """
        arguments = {"bot": bot, "queue": queue, "secret": secret, "on_call": on_call}
        rules = [(_exact_pattern(path), _UpdateHandler, arguments)]
        super().__init__(rules, listen=listen, port=port, max_body=_MAX_UPDATE)


class _UpdateHandler(QuietHandler):
    SUPPORTED_METHODS = ("POST",)

    def initialize(
        self, bot: Bot, queue: DurableQueue, secret: str, on_call: Callable[[], None]
    ) -> None:
        self._bot = bot
        self._on_call = on_call
        self._queue = queue
        self._secret = secret.encode()

    def prepare(self) -> None:
        given = self.request.headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret):
            self.send_error(403)
        else:
            self._on_call()

    async def post(self) -> None:
        try:
            content = json.loads(self.request.body)
            payload = json.dumps(content)
        except (ValueError, RecursionError):
            # No JSON, or arrays in arrays without end.
            self.send_error(400)
            return
        # An update that cannot be parsed gets 200 too, or Telegram would send it again and again.
        update = read_update(content, self._bot)
        if update is not None:
            await self._queue.persist({update.update_id: payload})
            await self._queue.put(update)
        self.set_status(200)


def _exact_pattern(path: str) -> str:
    escaped = "".join(f"\\{letter}" if not letter.isalnum() else letter for letter in path)
    return f"{escaped}/?"
