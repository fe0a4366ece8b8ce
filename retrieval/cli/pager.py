"""Paging: output that is higher than the terminal is read in a pager."""

import os
import pydoc
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from rich.console import Console

# As git sets it: colours are passed on, and what was read stays on the screen.
_LESS: Final = {"LESS": "FRX", "LESSCHARSET": "utf-8"}


@contextmanager
def paged(console: Console) -> Iterator[None]:
    """Print what a block prints, through a pager if it is higher than the terminal.

    Nothing is paged where the console does not write to a terminal.

    Args:
        console: what the block prints on.
    """
    if not console.file.isatty():
        yield
        return
    with console.capture() as captured:
        yield
    text = captured.get()
    if text.count("\n") < console.height:
        console.file.write(text)
        console.file.flush()
    else:
        _page(text)


def pager_command(environment: Mapping[str, str]) -> list[str] | None:
    """Return the pager that a person has chosen in $PAGER, else less; None: there is neither."""
    command = shlex.split(environment.get("PAGER", "")) or ["less"]
    path = shutil.which(command[0], path=environment.get("PATH"))
    return [path, *command[1:]] if path else None


def _page(text: str) -> None:
    command = pager_command(os.environ)
    if command is None:
        pydoc.pager(text)
        return
    # A file does not fill up as a pipe does while a person reads.
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
        file.seek(0)
        with subprocess.Popen(command, stdin=file, env=_LESS | os.environ) as pager:
            while pager.poll() is None:
                # Ctrl-C is for the pager.
                with suppress(KeyboardInterrupt):
                    pager.wait()
