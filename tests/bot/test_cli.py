"""The `khazar` command does what `python -m` does."""

import subprocess
import sys
import tomllib

import pytest

from tests.support.paths import ROOT

# What the script that pip installs does, whether it is installed or not.
SCRIPT = "import sys; from bot.cli import main; sys.exit(main())"


def khazar(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )


def test_the_script_is_installed() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["scripts"] == {"khazar": "bot.cli:main"}


def test_help_names_the_commands_and_shows_examples() -> None:
    shown = khazar("--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    for name in ("ask", "eval", "calibrate", "bench", "index", "bot", "Examples:"):
        assert name in shown.stdout


@pytest.mark.parametrize(
    "command",
    [["ask"], ["eval"], ["calibrate"], ["bench"], ["index"], ["index", "build"], ["bot"]],
    ids=" ".join,
)
def test_every_command_has_help_under_its_name(command: list[str]) -> None:
    shown = khazar(*command, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"Usage: khazar {' '.join(command)} " in shown.stdout


def test_errors_and_exit_status_are_those_of_the_packages(tmp_path) -> None:
    missing = str(tmp_path / "none.toml")
    for arguments in (["ask", "خزر"], ["index", "status"], ["bot"]):
        package, *rest = arguments if arguments[0] != "ask" else ["retrieval", *arguments]
        done = subprocess.run(
            [sys.executable, "-m", package, *rest, "--config", missing],
            capture_output=True,
            encoding="utf-8",
            check=False,
            cwd=ROOT,
        )
        same = khazar(*arguments, "--config", missing)
        assert (same.returncode, same.stdout, same.stderr) == (2, done.stdout, done.stderr)


def test_a_question_does_not_import_telegram() -> None:
    program = "import sys; from bot.cli import main; import retrieval.__main__; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", cwd=ROOT, check=True
    )
    assert not {"telegram", "bot.app", "torch"} & set(done.stdout.split())
