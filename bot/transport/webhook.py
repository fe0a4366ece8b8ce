"""The webhook: Telegram brings updates to the bot's own port, through a reverse proxy.

python-telegram-bot's server compares the secret byte by byte, takes bodies of 100 MB and writes
updates that it cannot read into the log; hence one of our own.
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
# The longest message, all of it escaped and with as many entities as there may be, has 200 kB.
_LARGEST_UPDATE = 1024 * 1024


def webhook_secret(token: str) -> str:
    """Derive the secret that proves a request to be Telegram's from the bot's token.

    It stays the same over restarts, needs no setting, and does not give the token away.
    """
    return hmac.new(token.encode(), b"khazar webhook", hashlib.sha256).hexdigest()


class WebhookServer(LocalServer):
    """Takes updates that Telegram posts, and replies once they are on disk.

    Whoever does not know the secret gets 403 and nothing else.
    """

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
        """Know where to listen, and where updates go.

        Args:
            bot: the bot that updates are for.
            queue: the application's queue.
            secret: what `Bot.set_webhook` was given as `secret_token`; see `webhook_secret`.
            listen: address to listen on; the reverse proxy's side of this machine.
            port: 0 takes a free one.
            path: of the URL as the reverse proxy passes it on, with its slash.
            on_call: is called whenever somebody who knows the secret has called.
        """
        arguments = {"bot": bot, "queue": queue, "secret": secret, "on_call": on_call}
        rules = [(_literally(path), _UpdateHandler, arguments)]
        super().__init__(rules, listen=listen, port=port, largest_body=_LARGEST_UPDATE)


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
        except ValueError:
            self.send_error(400)
            return
        # What Telegram itself brings and cannot be read is not to be brought again and again.
        update = read_update(content, self._bot)
        if update is not None:
            await self._queue.persist({update.update_id: json.dumps(content)})
            await self._queue.put(update)
        self.set_status(200)


def _literally(path: str) -> str:
    escaped = "".join(f"\\{letter}" if not letter.isalnum() else letter for letter in path)
    return f"{escaped}/?"
