"""What the command lines of all packages share: errors, tables, the build's progress."""

import sys
from collections.abc import Mapping
from typing import Self

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from index.errors import KhazarError

# What shells report of a process that SIGINT ended: 128 + 2.
_INTERRUPTED = 130


def application(help_text: str, *, needs_command: bool = True) -> typer.Typer:
    """Return an empty command-line application with the settings that all of them share."""
    return typer.Typer(
        help=help_text,
        no_args_is_help=needs_command,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def run(app: typer.Typer) -> None:
    """Run an application; errors meant for people become one line and exit status 2."""
    try:
        app()
    except KhazarError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except SystemExit as end:
        # Typer takes the interrupt itself and ends without a word.
        if end.code == _INTERRUPTED:
            typer.echo("Stopped.", err=True)
        raise


def print_table(rows: Mapping[str, object]) -> None:
    """Print names and values in two columns."""
    console = Console(soft_wrap=True)
    width = max(map(len, rows), default=0)
    for name, value in rows.items():
        # Paths may hold what would be markup, and must not be broken or shortened.
        console.print(f"{name:<{width}}  {value}", markup=False)


class BuildDisplay:
    """The progress of a build on standard error; nothing where that is not a terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
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
        """Show that `done` of `total` units of a stage are done; see `index.builder.Progress`."""
        if stage not in self._tasks:
            for task in self._tasks.values():
                self._progress.stop_task(task)
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)
