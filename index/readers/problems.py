"""What a reader says of a place that it cannot read."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A source, or one place in it, that was skipped; `str()` is one line for people.

    Attributes:
        path: the file; an address or "-" (standard input) as a string.
        line: the 1-based line (row, of a table without lines) where it is; None: all of it.
        message: why.
    """

    path: Path | str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class UnreadableError(Exception):
    """Why the rest of a document cannot be read; readers tell it as a `SourceProblem`."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
