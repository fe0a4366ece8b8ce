"""Health of the bot: whether it can answer, and since when it cannot.

A bot that polls hears from Telegram at least once per poll, so that a long silence is a problem. A
webhook may be silent for days: there only requests that do not get through count.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol

from bot.settings import BotSettings
from bot.transport.api_request import RetryingRequest
from bot.transport.background_task import BackgroundTask
from bot.transport.update_parsing import LenientBot


class Stage(StrEnum):
    """Stage of the bot's run."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


class OpenIndex(Protocol):
    """The part of `AsyncRetriever` that tells which snapshot is open."""

    @property
    def snapshot(self) -> str | None:
        """Name of the open snapshot; None: none is open yet."""

    @property
    def behind_seconds(self) -> float:
        """Seconds since a newer snapshot was published that is not open yet; 0: none."""


@dataclass(frozen=True, slots=True)
class HealthStatus:
    """Health of the bot at one moment.

    Attributes:
        status: "ok", or the reason why the bot cannot answer.
        updates: "polling" or "webhook".
        last_contact_seconds: seconds since Telegram last replied to a request or sent an update;
            None: it never has.
        last_update_seconds: seconds since Telegram last replied to a poll, with or without updates,
            or called the webhook; None: it never has.
        snapshot: name of the open index snapshot; None: none is open yet.
        snapshot_behind_seconds: seconds since a newer snapshot was published that is not open yet.
        failing: background tasks whose last step failed, with the seconds since then.
        queue: number of updates that are waiting or being handled.
        uptime_seconds: seconds since the start.
    """

    status: str
    updates: str
    last_contact_seconds: float | None
    last_update_seconds: float | None
    snapshot: str | None
    snapshot_behind_seconds: float
    failing: dict[str, float]
    queue: int
    uptime_seconds: float

    @property
    def is_ok(self) -> bool:
        """True when the bot can answer."""
        return self.status == "ok"

    def to_record(self) -> dict[str, Any]:
        """Return the status as a JSON object."""
        return asdict(self)


class HealthMonitor:
    """Keeps track of the bot's health.

    Attributes:
        stage: the stage of the run; changed by `enter`.
        last_webhook_call: time of Telegram's last call of the webhook, on `time.monotonic`'s
            clock; None: it never called.
    """

    def __init__(
        self,
        settings: BotSettings,
        bot: LenientBot,
        index: OpenIndex,
        queue_length: Callable[[], int],
        tasks: Sequence[BackgroundTask] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin at the start of a bot.

        Args:
            settings: the `[bot]` table.
            bot: the bot.
            index: tells which snapshot is open.
            queue_length: returns the number of updates that are waiting or being handled.
            tasks: the background tasks.
            clock: returns seconds, as `time.monotonic` does.
        """
        self._settings = settings
        self._bot = bot
        self._index = index
        self._tasks = tasks
        self._queue_length = queue_length
        self._clock = clock
        self._started = self._stage_entered = clock()
        self.stage = Stage.STARTING
        self.last_webhook_call: float | None = None

    def enter(self, stage: Stage) -> None:
        """Enter a stage of the run."""
        self.stage = stage
        self._stage_entered = self._clock()

    def webhook_called(self) -> None:
        """Record a call of the webhook."""
        self.last_webhook_call = self._clock()

    def status(self) -> HealthStatus:
        """Return the bot's health now."""
        now = self._clock()
        polling = self._settings.webhook_url is None
        updated = self._bot.last_poll if polling else self.last_webhook_call
        contacts = [at for at in (updated, self._request.last_reply) if at is not None]
        return HealthStatus(
            status=self._problem(now) or "ok",
            updates="polling" if polling else "webhook",
            last_contact_seconds=_since(max(contacts, default=None), now),
            last_update_seconds=_since(updated, now),
            snapshot=self._index.snapshot,
            snapshot_behind_seconds=round(self._index.behind_seconds, 1),
            failing={
                task.name: round(now - task.failing_since, 1)
                for task in self._tasks
                if task.failing_since is not None
            },
            queue=self._queue_length(),
            uptime_seconds=round(now - self._started, 1),
        )

    @property
    def _request(self) -> RetryingRequest:
        request = self._bot.request
        assert isinstance(request, RetryingRequest)  # as `build_application` builds it
        return request

    def _problem(self, now: float) -> str | None:
        if self.stage is not Stage.RUNNING:
            return self.stage
        silent = [self._request.down_since]
        if self._settings.webhook_url is None:
            silent.append(max(self._stage_entered, self._bot.last_poll or 0.0))
        seconds = max((now - since for since in silent if since is not None), default=0.0)
        if seconds <= self._settings.unreachable_after:
            return None
        return f"Telegram has not been reached for {seconds:.0f} s"


def _since(moment: float | None, now: float) -> float | None:
    return None if moment is None else round(now - moment, 1)
