"""Shared parts of the command lines: errors, tables, plurals."""

import errno
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from index.errors import KhazarError
from index.text.special_characters import to_json, without_controls

# What shells report of a process that SIGINT ended: 128 + 2.
_INTERRUPTED = 130
_STANDARD_OUTPUT = 1


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
    # Imported here: `ask` loads the model before it prints anything.
    from rich.console import Console

    console = Console(soft_wrap=True)
    width = max(map(len, rows), default=0)
    for name, value in rows.items():
        # Paths may hold what would be markup, and must not be broken or shortened.
        console.print(without_controls(f"{name:<{width}}  {value}"), markup=False)
