"""A question's way to its passages: `Retriever.open()` and `ask`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrieval.answers import Answer
    from retrieval.retriever import Retriever

__all__ = ["Answer", "Retriever"]

_HOMES = {"Answer": "retrieval.answers", "Retriever": "retrieval.retriever"}


def __getattr__(name: str) -> Any:
    """Import what is exported when it is first asked for: the command line begins sooner."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
