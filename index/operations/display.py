"""Progress of long commands on standard error, for people and for scripts."""

import time
from typing import Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from index.console import echo_json
from index.progress import PARALLEL

# A stage tells its progress to scripts at most this often.
_EVENT_SECONDS = 0.5


class Display(Protocol):
    """Display of a running command's progress; a context manager."""

    def __enter__(self) -> Self:
        """Start the display."""

    def __exit__(self, *_: object) -> None:
        """End the display."""

    def update(self, stage: str, done: int, total: int | None) -> None:
        """Show that `done` of `total` units of a stage are done; see `ProgressCallback`."""


def display(*, as_json: bool) -> Display:
    """Return the display for standard error: events for scripts, or bars for a person."""
    return EventStream() if as_json else BuildDisplay()


class BuildDisplay:
    """Bars with rate and time left on standard error; nothing where that is not a terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._progress = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def update(self, stage: str, done: int, total: int | None) -> None:
        """Show that `done` of `total` units of a stage are done; see `ProgressCallback`."""
        if stage not in self._tasks:
            if stage not in PARALLEL:
                for task in self._tasks.values():
                    self._progress.stop_task(task)
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)


class EventStream:
    """Progress as one JSON object a line on standard error, for scripts.

    A stage tells its first step, then one at most twice a second, and the last of those that know
    how many there are.
    """

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._told: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: each event was written at once."""

    def update(self, stage: str, done: int, total: int | None) -> None:
        """Write that `done` of `total` units of a stage are done; see `ProgressCallback`."""
        now = time.monotonic()
        if now - self._told.get(stage, 0) < _EVENT_SECONDS and done != total:
            return
        self._told[stage] = now
        event = {
            "event": "progress",
            "stage": stage,
            "done": done,
            "total": total,
            "seconds": round(now - self._begun, 2),
        }
        echo_json(event, err=True)


class _RateColumn(ProgressColumn):
    """The number of units done per second."""

    def render(self, task: Task) -> Text:
        """Return the rate, or nothing before it is known."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")
