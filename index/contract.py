"""What retrieval asks of an index; a snapshot on disk is the first implementation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.articles import Article
from index.passages import Passage


@dataclass(frozen=True, slots=True)
class Hits:
    """A ranked list of passages, best first.

    Attributes:
        rows: (k,) int64 passage rows.
        scores: (k,) float32 scores of one channel, comparable within this list only.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to say a query word: index terms that must all occur, and the trust in it."""

    terms: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One word of a query; a passage gets the score of the best of its alternatives."""

    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What an index says of itself.

    Attributes:
        snapshot: name of the published state that is open.
        articles: number of articles.
        passages: number of passages; rows are 0 to passages - 1.
        encoder: the encoder's name as configured when the index was built.
        fingerprint: identifies the encoder; question vectors must come from the same one.
        dimension: length of a vector.
    """

    snapshot: str
    articles: int
    passages: int
    encoder: str
    fingerprint: str
    dimension: int


class SearchIndex(Protocol):
    """An opened index; every method may be called from several threads at once."""

    @property
    def facts(self) -> IndexFacts:
        """Return what the index says of itself."""

    def search_vectors(self, vector: NDArray[np.float32], limit: int) -> Hits:
        """Return the passages nearest to `vector`, (dimension,) normalised, by inner product."""

    def search_terms(self, groups: Sequence[TermGroup], limit: int, title_weight: float) -> Hits:
        """Return the passages that best match the query words by BM25 over text and title."""

    def vectors(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Return the (len(rows), dimension) vectors of the given passages."""

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Return the passages of the given rows, in their order."""

    def article(self, article_id: str) -> Article | None:
        """Return an article by its id, or None when the index has no such article."""

    def document_frequency(self, term: str) -> int:
        """Return how many passages contain an index term in their text."""

    def vocabulary(self) -> list[tuple[str, int]]:
        """Return every index term with its document frequency, most frequent first."""
