"""Metrics in Prometheus' text format: numbers only, no user's text."""

import time
from collections.abc import Callable
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.transport.background_task import BackgroundTask

# Seconds; the goal for an answer is 1.5.
_BUCKETS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)


class Metrics:
    """The bot's counters, in a registry of their own.

    The share of questions with an answer is the "found" of `khazar_questions_total`, divided by the
    sum of "found" and "not_found".
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._questions = Counter(
            "khazar_questions",
            "Questions by result: found, not_found, refused, failed.",
            ["result"],
            registry=self.registry,
        )
        self._reranking = Counter(
            "khazar_reranking",
            "Answers by what became of reranking: off, done, not needed, overloaded.",
            ["outcome"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "khazar_answer_seconds",
            "Seconds from the start of handling a question until its answer was sent.",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._errors = Counter(
            "khazar_errors", "Errors while handling updates, by kind.", ["kind"],
            registry=self.registry,
        )  # fmt: skip
        self._queue = Gauge(
            "khazar_queue_length",
            "Updates that are waiting or being handled.",
            registry=self.registry,
        )
        self._duplicates = Gauge(
            "khazar_repeated_updates",
            "Updates that came twice and were dropped, since the start.",
            registry=self.registry,
        )
        self._contact = Gauge(
            "khazar_last_contact_seconds",
            "Seconds since Telegram last replied or sent an update; NaN: it never has.",
            registry=self.registry,
        )
        self._behind = Gauge(
            "khazar_index_behind_seconds",
            "Seconds since a newer index was published that is not in use yet; 0: none.",
            registry=self.registry,
        )
        self._failing = Gauge(
            "khazar_task_failing_seconds",
            "Seconds since a background task began to fail; 0: it works.",
            ["task"],
            registry=self.registry,
        )
        for result in ("found", "not_found", "refused", "failed"):
            self._questions.labels(result)

    def answered(self, seconds: float, *, found: bool, reranking: str) -> None:
        """Count an answered question.

        Args:
            seconds: from the start of handling it until the answer was sent.
            found: whether the archive answers it.
            reranking: what became of reranking; see `Answer`.
        """
        self._reranking.labels(reranking).inc()
        self._questions.labels("found" if found else "not_found").inc()
        self._seconds.observe(seconds)

    def refused(self) -> None:
        """Count a question that was refused: too long, above the limit, or without access."""
        self._questions.labels("refused").inc()

    def failed(self) -> None:
        """Count a question that ended in an error."""
        self._questions.labels("failed").inc()

    def count_error(self, error: BaseException) -> None:
        """Count an error by its class."""
        self._errors.labels(type(error).__name__).inc()

    def watch_queue(self, length: Callable[[], int], duplicates: Callable[[], int]) -> None:
        """Report the queue's length and the number of duplicate updates."""
        self._queue.set_function(length)
        self._duplicates.set_function(duplicates)

    def watch_contact(self, seconds: Callable[[], float | None]) -> None:
        """Report the seconds since the last contact with Telegram."""

        def read() -> float:
            since = seconds()
            return nan if since is None else since

        self._contact.set_function(read)

    def watch_index(self, behind_seconds: Callable[[], float]) -> None:
        """Report the seconds since a newer snapshot was published that is not open yet."""
        self._behind.set_function(behind_seconds)

    def watch_task(self, task: BackgroundTask) -> None:
        """Report for how long a background task has been failing."""

        def read() -> float:
            return 0.0 if task.failing_since is None else time.monotonic() - task.failing_since

        self._failing.labels(task.name).set_function(read)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
