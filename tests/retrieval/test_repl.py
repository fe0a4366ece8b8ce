import io
from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from retrieval import Retriever
from retrieval.repl import CommandError, Prompt


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=100)


@pytest.fixture
def prompt(retriever: Retriever, console: Console) -> Prompt:
    return Prompt(retriever, console)


def output(console: Console) -> str:
    return console.file.getvalue()


def test_a_session_of_typed_lines(prompt: Prompt, console: Console, tmp_path: Path) -> None:
    history = tmp_path / "state" / "history"
    with create_pipe_input() as typed:
        typed.send_text(
            ":k ۱\n\nچند دانشجوی ایرانی؟\n:open 1\n:nope\nabandoned\x03:json\nصید ماهی\n:quit\n"
        )
        prompt.run(history, typed, DummyOutput())
    text = output(console)
    assert "Answers have 1 passages." in text
    assert "[۱] دانشگاه‌های آستراخان" in text
    assert "[۲]" not in text
    assert "استاندار گفت بندر تازه سال آینده افتتاح می‌شود." in text
    assert ":nope: no such command; :help lists them" in text
    assert "Answers are shown as JSON." in text
    assert '"article_id": "astrakhan"' in text
    assert "abandoned" not in text
    assert "+چند دانشجوی ایرانی؟" in history.read_text(encoding="utf-8")


def test_the_end_of_input_ends_the_session(prompt: Prompt, tmp_path: Path) -> None:
    with create_pipe_input() as typed:
        typed.send_text("\x04")
        prompt.run(tmp_path / "history", typed, DummyOutput())


def test_a_refused_question_does_not_end_the_session(prompt: Prompt, console, tmp_path) -> None:
    with create_pipe_input() as typed:
        typed.send_text("ا" * 3000 + "\n:help\n:quit\n")
        prompt.run(tmp_path / "history", typed, DummyOutput())
    assert "a question may have 2,000 characters, and this one has 3,000" in output(console)
    assert ":open 1   show the whole article of passage 1" in output(console)


def test_commands_go_on_and_quit_ends(prompt: Prompt) -> None:
    assert prompt.handle("  ")
    assert prompt.handle(":help")
    assert not prompt.handle(":quit")
    assert prompt.commands == [":help", ":json", ":k", ":open", ":quit"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (":k", ":k 5 shows 5 passages; from 1 to 100"),
        (":k 0", ":k 5 shows 5 passages; from 1 to 100"),
        (":k 101", ":k 5 shows 5 passages; from 1 to 100"),
        (":k many", ":k 5 shows 5 passages; from 1 to 100"),
        (":open 1", "there is no passage to open yet; ask a question first"),
        (":x", ":x: no such command; :help lists them"),
    ],
)
def test_wrong_commands_say_what_is_right(prompt: Prompt, line: str, message: str) -> None:
    with pytest.raises(CommandError) as error:
        prompt.handle(line)
    assert str(error.value) == message


def test_open_names_the_passages_there_are(prompt: Prompt) -> None:
    prompt.handle(":k 2")
    prompt.handle("استاندار آستراخان")
    with pytest.raises(CommandError, match=":open takes a passage's number, 1 to 2"):
        prompt.handle(":open 3")
