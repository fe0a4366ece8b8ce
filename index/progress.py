"""Progress of long commands: the steps that a caller is told of."""

from typing import Protocol

READING = "reading"
CHECKING = "checking"
LOADING = "loading the model"
INDEXING = "indexing"
ENCODING = "encoding"
WRITING = "writing"
COMPRESSING = "compressing"


class ProgressCallback(Protocol):
    """Is told how a command advances; `indexing` and `encoding` advance beside each other."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note that `done` of `total` units of a stage are done; None: not known."""


def ignore_progress(stage: str, done: int, total: int | None) -> None:
    """Take no note of progress."""
