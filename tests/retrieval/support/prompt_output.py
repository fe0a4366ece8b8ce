"""Questions typed at the prompt, and parts of its output."""

import re
from collections.abc import Callable

from rich.console import Console

from tests.retrieval.support.archive import ARCHIVE

STUDENTS = "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"


FIRST, STUDY, LAST = ARCHIVE[0].paragraphs


Type = Callable[[str], list[str]]


def output(console: Console) -> str:
    return console.file.getvalue()


def numbers(lines: list[str]) -> list[str]:
    return [match[1] for line in lines if (match := re.match(r"\[(.+?)\] ", line))]


def passage_number(lines: list[str], text: str) -> str:
    """Return the number under which a passage is shown."""
    at = next(at for at, line in enumerate(lines) if line.replace("**", "") == text)
    return numbers(lines[:at])[-1]
