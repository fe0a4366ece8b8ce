"""Vital signs: whether the bot can answer, and what an operator wants to know of it.

Who polls hears of Telegram at least as often as a poll lasts, so that silence is trouble. To a
webhook nobody may write for days: there only requests that do not get through are.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.settings import BotSettings
from bot.transport.api_request import RetryingRequest
from bot.transport.update_parsing import LenientBot


class Stage(StrEnum):
    """How far the bot is."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class HealthStatus:
    """How the bot is at one moment.

    Attributes:
        status: "ok", or why it cannot answer, in a few words.
        updates: "polling" or "webhook".
        last_contact_seconds: since Telegram last replied to anything, or brought an update; None:
            it has not yet.
        last_update_seconds: since Telegram last replied to a poll, with updates or none, or called
            the webhook; None: it has not yet.
        snapshot: name of the index snapshot that is asked; None: none is open yet.
        queue: updates that wait or are being dealt with.
        uptime_seconds: since the bot began to start.
    """

    status: str
    updates: str
    last_contact_seconds: float | None
    last_update_seconds: float | None
    snapshot: str | None
    queue: int
    uptime_seconds: float

    @property
    def is_ok(self) -> bool:
        """Whether the bot can answer."""
        return self.status == "ok"

    def to_record(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


class HealthMonitor:
    """Watches over the bot.

    Attributes:
        stage: how far the bot is; changed by `enter`.
        last_webhook_call: when Telegram last called the webhook, on `time.monotonic`'s clock.
    """

    def __init__(
        self,
        settings: BotSettings,
        bot: LenientBot,
        snapshot: Callable[[], str | None],
        queue: Callable[[], int],
    ) -> None:
        """Watch over a bot that begins to start now.

        Args:
            settings: how it hears of Telegram.
            bot: the bot.
            snapshot: names the snapshot that is open.
            queue: counts the updates that wait or are being dealt with.
        """
        self._settings = settings
        self._bot = bot
        self._snapshot = snapshot
        self._queue = queue
        self._began = self._entered = time.monotonic()
        self.stage = Stage.STARTING
        self.last_webhook_call: float | None = None

    def enter(self, stage: Stage) -> None:
        """Take note that the bot has got so far."""
        self.stage = stage
        self._entered = time.monotonic()

    def webhook_called(self) -> None:
        """Take note that Telegram has called the webhook."""
        self.last_webhook_call = time.monotonic()

    def condition(self) -> HealthStatus:
        """Tell how the bot is."""
        now = time.monotonic()
        polling = self._settings.webhook_url is None
        updated = self._bot.last_poll if polling else self.last_webhook_call
        contacts = [at for at in (updated, self._connection.last_reply) if at is not None]
        return HealthStatus(
            status=self._trouble(now) or "ok",
            updates="polling" if polling else "webhook",
            last_contact_seconds=_since(max(contacts, default=None), now),
            last_update_seconds=_since(updated, now),
            snapshot=self._snapshot(),
            queue=self._queue(),
            uptime_seconds=round(now - self._began, 1),
        )

    @property
    def _connection(self) -> RetryingRequest:
        request = self._bot.request
        assert isinstance(request, RetryingRequest)  # as `build_application` builds it
        return request

    def _trouble(self, now: float) -> str | None:
        if self.stage is not Stage.RUNNING:
            return self.stage
        silent = [self._connection.down_since]
        if self._settings.webhook_url is None:
            silent.append(max(self._entered, self._bot.last_poll or 0.0))
        seconds = max((now - since for since in silent if since is not None), default=0.0)
        if seconds <= self._settings.unreachable_after:
            return None
        return f"Telegram has not been reached for {seconds:.0f} s"


def _since(moment: float | None, now: float) -> float | None:
    return None if moment is None else round(now - moment, 1)
