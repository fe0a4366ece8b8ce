"""A prompt over the small archive, and what it shows for a typed line."""

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from retrieval import Retriever
from retrieval.cli.repl import Prompt
from tests.retrieval.conftest import ARCHIVE

STUDENTS = "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"
FIRST, STUDY, LAST = ARCHIVE[0].paragraphs

Type = Callable[[str], list[str]]


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=100)


@pytest.fixture
def prompt(retriever: Retriever, console: Console) -> Prompt:
    return Prompt(retriever, console)


@pytest.fixture
def type_line(prompt: Prompt, console: Console) -> Type:
    """Type one line; return the lines that are shown for it."""

    def type_now(line: str) -> list[str]:
        before = len(output(console))
        assert prompt.handle(line)
        return output(console)[before:].splitlines()

    return type_now


def output(console: Console) -> str:
    return console.file.getvalue()


def numbers(lines: list[str]) -> list[str]:
    return [match[1] for line in lines if (match := re.match(r"\[(.+?)\] ", line))]


def passage_number(lines: list[str], text: str) -> str:
    """Return the number under which a passage is shown."""
    at = next(at for at, line in enumerate(lines) if line.replace("**", "") == text)
    return numbers(lines[:at])[-1]
