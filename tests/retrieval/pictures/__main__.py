"""`python -m tests.retrieval.pictures`: an answer in real terminals, as pictures.

Needs Xvfb, ImageMagick, tmux and those of the terminals that are to be looked at: xterm, mlterm,
sakura (a VTE terminal) and Konsole. See docs/prompt.md.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from index.console import application, run

app = application("An answer in real terminals, as pictures.", needs_command=False)

_FONT = "DejaVu Sans Mono"
_COLUMNS, _LINES = 90, 30
_SCREEN = "1200x800x24"
_SHOT = "import -window root -trim +repage -strip +dither -colors 16".split()
# What a terminal would tell of the one from which this program was started.
_TELLING = (
    *("VTE_VERSION", "XTERM_VERSION", "KONSOLE_VERSION", "WT_SESSION", "TERM_PROGRAM", "TERM"),
    *("TMUX", "COLUMNS", "LINES"),
)
# The answer, and then nothing until the picture is taken; what the shell is told of it is a file.
_SHOW = 'python -m retrieval ask "$QUESTION"; touch "$SHOWN"; sleep 600'


def _terminals(show: Path, tmux_settings: Path) -> dict[str, list[str]]:
    """Return the command of each terminal, which runs the script `show`."""
    size = f"{_COLUMNS}x{_LINES}"
    socket = tmux_settings.with_suffix(".socket")
    tmux = ["tmux", "-u", "-S", str(socket), "-f", str(tmux_settings), "new", str(show)]
    xterm = ["xterm", "-u8", "-fa", _FONT, "-fs", "12", "-geometry", f"{size}+0+0", "-e"]
    vte = ["sakura", "-c", str(_COLUMNS), "-r", str(_LINES), "-f", f"{_FONT} 12", "-e"]
    return {
        "xterm": [*xterm, str(show)],
        "vte": [*vte, str(show)],
        "mlterm": ["mlterm", "-g", size, "-w", "16", "-e", str(show)],
        "konsole": [
            *("dbus-run-session", "konsole", "--separate", "--nofork", "--hide-menubar"),
            *("-p", f"TerminalColumns={_COLUMNS}", "-p", f"TerminalRows={_LINES}"),
            *("-p", f"Font={_FONT},11", "-e", str(show)),
        ],
        "tmux-in-xterm": [*xterm, *tmux],
        "tmux-in-vte": [*vte, shlex.join(tmux)],
    }


@app.callback(invoke_without_command=True)
def main(
    index: Annotated[
        Path, typer.Option(help="The folder of an index that has the answers.")
    ] = Path("data/index"),
    persian: Annotated[
        str, typer.Option(help="The question in Persian.")
    ] = "چند دانشجو در آستراخان درس می‌خوانند؟",
    english: Annotated[
        str, typer.Option(help="The question in English.")
    ] = "How many students study in Astrakhan?",
    out: Annotated[Path, typer.Option(help="Where pictures go.")] = Path("docs/pictures"),
    only: Annotated[str, typer.Option(help="The name of one terminal.")] = "",
) -> None:
    """Show one answer in Persian and one in English in each terminal; take a picture of each."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, _screen() as display:
        directory = Path(name)
        show = directory / "show"
        show.write_text(f"#!/bin/sh\n{_SHOW}\n", encoding="utf-8")
        show.chmod(0o700)
        tmux_settings = directory / "tmux.conf"
        # Its server ends with the terminal.
        tmux_settings.write_text("set -g destroy-unattached on\n", encoding="utf-8")
        environment = {
            **{key: value for key, value in os.environ.items() if key not in _TELLING},
            "DISPLAY": display,
            "KHAZAR_INDEX__DIRECTORY": str(index.resolve()),
            "LC_ALL": "C.UTF-8",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GDK_BACKEND": "x11",
            "QT_QPA_PLATFORM": "xcb",
            "XDG_RUNTIME_DIR": name,
        }
        for terminal, command in _terminals(show, tmux_settings).items():
            if only and only != terminal:
                continue
            if missing := [part for part in command[:2] if not _is_program(part)]:
                typer.echo(f"{terminal}: {missing[0]} is not installed")
                continue
            for language, question in (("persian", persian), ("english", english)):
                picture = out / f"terminal-{terminal}-{language}.png"
                shown = directory / picture.stem
                asked = {**environment, "QUESTION": question, "SHOWN": str(shown)}
                _photograph(command, asked, shown, picture)
                typer.echo(f"{picture}: {picture.stat().st_size / 1000:.0f} KB")


def _is_program(part: str) -> bool:
    return part.startswith("-") or shutil.which(part) is not None


@contextmanager
def _screen() -> Iterator[str]:
    """Start a screen of its own and yield the name of its display."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", _SCREEN]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as screen:
        os.close(writing)
        with os.fdopen(reading) as number:
            yield f":{number.readline().strip()}"
        screen.terminate()


def _photograph(
    command: list[str], environment: dict[str, str], shown: Path, picture: Path
) -> None:
    """Run a terminal until its answer is shown, and take a picture of the screen."""
    with subprocess.Popen(
        command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL
    ) as terminal:
        try:
            for _ in range(600):
                if shown.exists():
                    break
                time.sleep(0.1)
            else:
                raise typer.BadParameter(f"{command[0]} showed no answer in a minute")
            time.sleep(1)  # for the terminal to draw what it got
            subprocess.run([*_SHOT, f"PNG8:{picture}"], env=environment, check=True)
        finally:
            os.killpg(terminal.pid, signal.SIGTERM)


if __name__ == "__main__":
    run(app)
