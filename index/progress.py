"""Progress of long commands: stages, and the callback that is told of them."""

from typing import Protocol

FETCHING = "fetching"
READING = "reading"
CHECKING = "checking"
PREPARING = "preparing the reranker"
LOADING = "loading the model"
INDEXING = "indexing"
ENCODING = "encoding"
# Of a cluster that encodes: how many there are, of those there were at the start.
NODES = "nodes"
ACTORS = "actors"
WRITING = "writing"
COMPRESSING = "compressing"
PUBLISHING = "publishing"
# Those that advance while others do.
PARALLEL = frozenset({INDEXING, ENCODING, NODES, ACTORS})


class ProgressCallback(Protocol):
    """A callback for the progress of a command; those in `PARALLEL` advance together."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Report that `done` of `total` units of a stage are done; None: unknown."""


def ignore_progress(stage: str, done: int, total: int | None) -> None:
    """Ignore progress."""
