"""A question's way to its passages: `Retriever.open()` and `ask`."""

from retrieval.answers import Answer
from retrieval.retriever import Retriever

__all__ = ["Answer", "Retriever"]
