"""Articles, questions and names that a terminal would obey: nothing of that comes out."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index import __main__ as index_command
from index import console
from index.text.special_characters import without_controls
from retrieval import __main__ as retrieval_command
from tests.support.paths import ROOT

# A clipboard (OSC 52), a title (OSC 0), a link (OSC 8), CSI with and without ESC, bell, backspace,
# carriage return, C1, an override and isolates of the direction, a separator of lines.
EVIL = (
    "\x1b]52;c;YQ==\x07\x1b]0;title\x07\x1b]8;;http://x.ir\x1b\\\x9b2J\x1b[2J\x07\x08\r\x9d0;x\x9c"
    "\u202e\u2066\u2069\u2067\u2028"
)
WORDS = "همکاری دانشگاه‌ها در دریای خزر"
FIELDS = ("id", "title", "kicker", "abstract", "agency", "code", "link", "cat")


@pytest.fixture(scope="module")
def archive(
    tiny_model_folder: Path, tiny_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The configuration of an index of hostile articles from a file with a hostile name."""
    folder = tmp_path_factory.mktemp("hostile")
    record = {field: f"{EVIL}{field} {WORDS}{EVIL}" for field in FIELDS}
    record["link"] = f"https://news.example/{EVIL}"
    record["date"] = f"{EVIL}2025-11-17"
    article = {**record, "paragraphs": [f"{WORDS}{EVIL} بیشتر شد.{EVIL}"], "tags": [EVIL]}
    source = folder / f"{EVIL.replace('/', '')}.jsonl"
    lines = [json.dumps(article), json.dumps({**article, "id": "2", "date": "2025-11-17"}), EVIL]
    source.write_text("\n".join(lines), encoding="utf-8")
    config = folder / "config.toml"
    config.write_text(
        f"[index]\nencoder = {json.dumps(str(tiny_model_folder))}\n"
        f"sources = [{json.dumps(str(source))}]\nmin_passage_tokens = 0\n",
        encoding="utf-8",
    )
    (folder / "questions.jsonl").write_text(
        "\n".join([json.dumps({"id": EVIL, "question": f"{EVIL}{WORDS}"}), EVIL, "{}"]),
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KHAZAR_CACHE", str(tiny_cache))
        environment.setattr(sys, "argv", ["index", "build", "--config", str(config)])
        with pytest.raises(SystemExit) as ended:
            console.run(index_command.app)
    # The last line is no article.
    assert ended.value.code == 1
    return config


@pytest.fixture
def shown(
    archive: Path,
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """Run a command over the archive; return all that it prints."""
    monkeypatch.chdir(archive.parent)
    capsys.readouterr()

    def run(package: str, *arguments: str) -> str:
        app = {"index": index_command, "retrieval": retrieval_command}[package].app
        monkeypatch.setattr(sys, "argv", [package, *arguments])
        with pytest.raises(SystemExit):
            console.run(app)
        captured = capsys.readouterr()
        return captured.out + captured.err

    return run


@pytest.mark.parametrize(
    "command",
    [
        ("retrieval", "ask", WORDS),
        ("retrieval", "ask", WORDS, "--json"),
        ("retrieval", "ask", WORDS, "--why"),
        ("retrieval", "ask", f"{EVIL}{WORDS}{EVIL}", "--source", f"{EVIL}agency"),
        ("retrieval", "ask", "خبرهای ۲۶ آبان ۱۴۰۴"),
        ("retrieval", "ask", WORDS, "--from", EVIL),
        ("retrieval", "ask", WORDS, "--config", EVIL),
        ("retrieval", "ask", "--questions", "questions.jsonl"),
        ("retrieval", "ask", "--questions", EVIL),
        ("index", "update"),
        ("index", "update", "--json"),
        ("index", "list"),
        ("index", "show", "2"),
        ("index", "diff", EVIL),
        ("index", "log"),
        ("index", "status"),
        ("index", "doctor"),
        ("index", "prune"),
        ("index", "report", "--html", f"{EVIL.replace('/', '')}.html"),
        ("index", "list", EVIL),
        ("index", "list", f"--{EVIL}"),
        ("index", "list", "--limit", EVIL),
        ("index", "build", f"http://127.0.0.1:1/{EVIL}"),
    ],
    ids=lambda command: " ".join(command).replace(EVIL, "EVIL"),
)
def test_nothing_that_a_terminal_obeys_comes_out(
    shown: Callable[..., str], command: tuple[str, ...]
) -> None:
    printed = shown(*command)
    assert printed
    assert without_controls(printed) == printed


LOGS = """
import logging, sys
from index import console
app = console.application("", needs_command=False)

@app.callback(invoke_without_command=True)
def log() -> None:
    try:
        raise ValueError(sys.stdin.read())
    except ValueError as error:
        logging.getLogger("reader").exception("%s: cannot be read", error)

console.run(app)
"""


def test_nor_does_it_in_log_messages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGS],
        cwd=ROOT,
        input=EVIL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "cannot be read" in done.stderr
    assert "ValueError" in done.stderr
    assert without_controls(done.stderr) == done.stderr
