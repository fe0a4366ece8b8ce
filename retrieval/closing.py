"""Closing what answers questions, and one clear error for whoever uses it afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self

from retrieval.errors import RetrieverClosedError


class ClosableAnswerer:
    """Lets go of an index when it is closed; a context manager.

    Attributes:
        _held: names of the attributes that hold the index.
    """

    _held: ClassVar[tuple[str, ...]] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the index; all that asks it afterwards raises `RetrieverClosedError`."""
        for name in self._held:
            self.__dict__.pop(name, None)

    def __getattr__(self, name: str) -> Any:
        """Refuse what `close` let go of; Python calls this for attributes that do not exist.

        Raises:
            RetrieverClosedError: the index was released.
        """
        if name in self._held:
            raise RetrieverClosedError
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @contextmanager
    def lease(self) -> Iterator[Self]:
        """Lend this object, as a `LiveRetriever` lends the retriever of its open snapshot."""
        yield self
