"""Question answering over an index: `Retriever.open()` and `ask`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.errors import KhazarError
    from retrieval.answers import Answer
    from retrieval.presentation.grouping import ArticleGroup, group_by_article
    from retrieval.retriever import Retriever

__all__ = ["Answer", "ArticleGroup", "KhazarError", "Retriever", "group_by_article"]

_HOMES = {
    "Answer": "retrieval.answers",
    "ArticleGroup": "retrieval.presentation.grouping",
    "KhazarError": "index.errors",
    "Retriever": "retrieval.retriever",
    "group_by_article": "retrieval.presentation.grouping",
}


def __getattr__(name: str) -> Any:
    """Import an exported name when it is first used, so that the command line starts sooner."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
