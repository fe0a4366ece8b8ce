"""Shared parts of the command lines: errors, tables, progress, plurals."""

import errno
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any, Protocol, Self

import typer
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
from typer.core import TyperGroup
from typer.exceptions import TyperException

from index.errors import KhazarError
from index.progress import PARALLEL
from index.text.special_characters import to_json, without_controls

# What shells report of a process that SIGINT ended: 128 + 2.
_INTERRUPTED = 130
_STANDARD_OUTPUT = 1
# A stage tells its progress to scripts at most this often.
_EVENT_SECONDS = 0.5


def application(help_text: str, *, needs_command: bool = True) -> typer.Typer:
    """Return an empty command-line application with the settings that all of them share."""
    return typer.Typer(
        cls=_Group,
        help=help_text,
        no_args_is_help=needs_command,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def run(app: typer.Typer) -> None:
    """Run an application; errors meant for people become one line and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        # Where the locale's encoding lacks a letter, its escape is printed, not a traceback.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Messages of libraries and of readers quote names of files, too.
    handler = logging.StreamHandler()
    handler.setFormatter(_PlainFormatter())
    logging.basicConfig(handlers=[handler])
    try:
        try:
            app()
        finally:
            _flush()
    except KhazarError as error:
        echo(f"Error: {error}", err=True)
        sys.exit(2)
    except SystemExit as end:
        # Typer takes the interrupt itself and ends without a word.
        if end.code == _INTERRUPTED:
            echo("Stopped.", err=True)
        raise
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EPIPE):
            raise
        # What could not be written is still there, and would fail again at Python's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STANDARD_OUTPUT)
        if error.errno == errno.EPIPE:
            # Whoever read has read enough.
            sys.exit(1)
        where = f"{error.filename}: " if error.filename else ""
        echo(f"Error: {where}{error.strerror}", err=True)
        sys.exit(2)


class _Group(TyperGroup):
    """Commands whose usage errors quote arguments without what a terminal would obey."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with _plain_usage_errors():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        with _plain_usage_errors():
            return super().invoke(ctx)


@contextmanager
def _plain_usage_errors() -> Iterator[None]:
    try:
        yield
    except TyperException as error:
        error.message = without_controls(error.message)
        raise


class _PlainFormatter(logging.Formatter):
    """Log messages, and tracebacks below them, without what a terminal would obey."""

    def format(self, record: logging.LogRecord) -> str:
        return without_controls(super().format(record))


def run_and_leave(app: typer.Typer) -> None:
    """Run an application and end the process without cleaning up; nothing may be left open.

    Otherwise Python first unloads everything that was imported. Measured with
    `python -m retrieval ask`, medians of 5 runs in turn: 1.7 s of processor time instead of 1.9 s.
    """
    try:
        run(app)
    except SystemExit as end:
        if isinstance(end.code, int):
            os._exit(end.code)
        raise


def echo(text: str, *, err: bool = False) -> None:
    """Print lines that may quote what others wrote; on standard error with `err`."""
    typer.echo(without_controls(text), err=err)


def echo_json(record: object, *, indent: int | None = None, err: bool = False) -> None:
    """Print an object as JSON; on standard error with `err`."""
    typer.echo(to_json(record, indent=indent), err=err)


def _flush() -> None:
    """Flush what was printed."""
    for stream in (sys.stdout, sys.stderr):
        # There is none where it was closed before the start.
        if stream is not None:
            stream.flush()


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: 1 article, 1,200 articles."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def print_table(rows: Mapping[str, object]) -> None:
    """Print names and values in two columns."""
    console = Console(soft_wrap=True)
    width = max(map(len, rows), default=0)
    for name, value in rows.items():
        # Paths may hold what would be markup, and must not be broken or shortened.
        console.print(without_controls(f"{name:<{width}}  {value}"), markup=False)


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
