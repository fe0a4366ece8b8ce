import io
import os
import shlex
import sys
from pathlib import Path

import pytest
from rich.console import Console

from retrieval.cli.pager import paged, pager_command

KEEPS = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(lines: int, file: io.StringIO) -> str:
    console = Console(file=file, force_terminal=True, width=20, height=10, _environ={})
    with paged(console):
        for _ in range(lines):
            console.print("سطر می\u200cآید", style="bold")
    return file.getvalue()


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file in which the pager keeps what it has shown."""
    file = tmp_path / "kept"
    command = shlex.join([sys.executable, "-c", KEEPS, str(file)])
    monkeypatch.setenv("PAGER", command)
    return file


def test_what_is_higher_than_the_terminal_is_paged_with_its_colours(kept: Path) -> None:
    assert printed(10, Terminal()) == ""
    lines = kept.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 10
    assert lines[0] == "\x1b[1mسطر می\u200cآید\x1b[0m"


def test_what_fits_is_printed(kept: Path) -> None:
    assert printed(9, Terminal()).count("\n") == 9
    assert not kept.exists()


def test_a_file_is_no_terminal(kept: Path) -> None:
    assert printed(10, io.StringIO()).count("\n") == 10
    assert not kept.exists()


def test_the_chosen_pager_comes_before_less(tmp_path: Path) -> None:
    for name in ("less", "most"):
        (tmp_path / name).touch(mode=0o755)
    path = {"PATH": str(tmp_path)}
    assert pager_command(path) == [str(tmp_path / "less")]
    assert pager_command({**path, "PAGER": "most -s"}) == [str(tmp_path / "most"), "-s"]
    assert pager_command({**path, "PAGER": "nothing"}) is None
    assert pager_command({"PATH": os.devnull}) is None
