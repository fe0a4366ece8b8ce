"""Errors of readers: a place in a source that cannot be read."""

import re
from dataclasses import dataclass
from pathlib import Path

# Characters that must not reach a terminal: line ends, controls, and marks that change the
# direction of text.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """Return a text of others in one line that is safe to print on a terminal."""
    return _UNPRINTABLE.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A source, or one place in it, that was skipped; `str()` is one line for people.

    Attributes:
        path: the file; an address or "-" (standard input) as a string.
        line: the 1-based line (row, of a table without lines) where it is; None: all of it.
        message: the reason.
    """

    path: Path | str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        return printable(f"{place}: {self.message}")


class UnreadableError(Exception):
    """The reason why the rest of a document cannot be read; readers yield a `SourceProblem`."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
