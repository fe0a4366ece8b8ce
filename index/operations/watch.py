"""Watching sources: an update every few minutes, with a summary for people and for Prometheus."""

import datetime as dt
import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from pydantic import TypeAdapter

from index.errors import KhazarError
from index.files import atomic_write
from index.indexing.builder import BuildReport
from index.settings import IndexSettings

_log = logging.getLogger(__name__)
SUMMARY = "watch.json"
# Problems that a summary names; `update` prints all of them.
_SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class WatchRound:
    """What the last round of `watch` did.

    Attributes:
        time: when it began, ISO 8601 in UTC.
        seconds: how long it took.
        error: why nothing could be published; None: something could, or nothing was new.
        published: the snapshot that it published; None: nothing was new.
        articles: number of articles in the index; 0 if it failed.
        added: new articles.
        replaced: corrected articles.
        problems: number of problems of sources.
        first_problems: the first of them, a line each.
        last_success: when the last round without an error began; None: there was none.
    """

    time: str
    seconds: float
    error: str | None
    published: str | None
    articles: int
    added: int
    replaced: int
    problems: int
    first_problems: tuple[str, ...]
    last_success: str | None


_WATCH_ROUND = TypeAdapter(WatchRound)


def watch(
    settings: IndexSettings,
    minutes: float,
    update: Callable[[], BuildReport],
    on_round: Callable[[WatchRound], None],
    *,
    metrics: Path | None = None,
    rounds: int | None = None,
) -> WatchRound | None:
    """Update an index again and again; a round that fails is told, and the next one comes.

    Args:
        settings: the index's settings.
        minutes: from the beginning of one round to that of the next.
        update: updates the index.
        on_round: called after each round.
        metrics: a file for the textfile collector of Prometheus' node exporter; None: none.
        rounds: number of rounds; None: until the process is stopped.

    Returns:
        The last round.

    Raises:
        OSError: the summary cannot be written.
    """
    directory = settings.path(settings.directory)
    done, last = 0, None
    while rounds is None or done < rounds:
        begun = time.monotonic()
        last = _round(update, _previous_round(directory))
        directory.mkdir(parents=True, exist_ok=True)
        with atomic_write(directory / SUMMARY) as partial:
            partial.write_text(json.dumps(asdict(last), ensure_ascii=False), encoding="utf-8")
        if metrics is not None:
            _write_metrics(last, metrics)
        on_round(last)
        done += 1
        if rounds is None or done < rounds:
            time.sleep(max(0.0, minutes * 60 - (time.monotonic() - begun)))
    return last


def read_summary(directory: Path) -> WatchRound | None:
    """Return the last round of `watch` on an index directory; None if there was none.

    Raises:
        KhazarError: its file is damaged.
    """
    path = directory / SUMMARY
    try:
        last = _WATCH_ROUND.validate_json(path.read_bytes())
        for moment in (last.time, last.last_success or last.time):
            dt.datetime.fromisoformat(moment)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise KhazarError(
            f"{path}: damaged; delete it, and the next round of `watch` writes it anew"
        ) from error
    return last


def _previous_round(directory: Path) -> WatchRound | None:
    """Return the last round; a damaged one is told and replaced, since `watch` must go on."""
    try:
        return read_summary(directory)
    except KhazarError as error:
        _log.warning("%s", error)
        return None


def _round(update: Callable[[], BuildReport], previous: WatchRound | None) -> WatchRound:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    begun = time.monotonic()
    try:
        report = update()
    except KhazarError as error:
        return WatchRound(
            time=now,
            seconds=round(time.monotonic() - begun, 1),
            error=str(error),
            published=None,
            articles=0,
            added=0,
            replaced=0,
            problems=0,
            first_problems=(),
            last_success=previous.last_success if previous else None,
        )
    changes = report.changes
    return WatchRound(
        time=now,
        seconds=round(report.seconds, 1),
        error=None,
        published=report.snapshot.name if report.published else None,
        articles=report.articles,
        added=changes.added,
        replaced=changes.replaced,
        problems=len(changes.problems),
        first_problems=tuple(str(one) for one in changes.problems[:_SHOWN_PROBLEMS]),
        last_success=now,
    )


def _write_metrics(last: WatchRound, path: Path) -> None:
    registry = CollectorRegistry()

    def gauge(name: str, meaning: str, value: float) -> None:
        Gauge(f"khazar_watch_{name}", meaning, registry=registry).set(value)

    gauge("success", "Whether the last round of watch could update the index.", last.error is None)
    gauge("seconds", "Duration of the last round.", last.seconds)
    gauge("articles_added", "New articles in the last round.", last.added)
    gauge("articles_replaced", "Corrected articles in the last round.", last.replaced)
    gauge("problems", "Problems of sources in the last round.", last.problems)
    if last.last_success is not None:
        when = dt.datetime.fromisoformat(last.last_success).timestamp()
        gauge("last_success_timestamp_seconds", "When the last good round began.", when)
    write_to_textfile(str(path), registry)
