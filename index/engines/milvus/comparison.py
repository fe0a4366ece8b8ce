"""A snapshot in Milvus compared with the folder that it was copied from."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from index.engines.milvus.client import MilvusServer
from index.engines.milvus.reader import MilvusIndex
from index.engines.milvus.schema import CollectionNames
from index.search_index import SynonymGroup, WeightedTerms
from index.snapshots.snapshot import Snapshot

# Passages that are read and searched for.
_SAMPLE: Final = 50
_FOUND: Final = 10
_TITLE_WEIGHT: Final = 1.0
# Scores are added in different orders, of numbers of 32 bits.
_VECTOR_TOLERANCE: Final = 1e-5
_WORD_TOLERANCE: Final = 1e-4


def differences(
    server: MilvusServer, names: CollectionNames, index: MilvusIndex, snapshot: Snapshot
) -> Iterator[str]:
    """Yield what differs, a line each: counts, and a sample of passages and searches.

    Args:
        server: where the snapshot is.
        names: of its collections.
        index: the same, opened.
        snapshot: the folder, opened.
    """
    facts = snapshot.facts
    for collection, expected in (
        (names.passages, facts.passages),
        (names.articles, facts.articles),
    ):
        if (count := server.count(collection)) != expected:
            yield f"{collection} holds {count:,} entities, not {expected:,}"
    rows = list(range(0, facts.passages, max(1, facts.passages // _SAMPLE)))
    try:
        vectors, passages = index.vectors(rows), index.passages(rows)
    except KeyError as error:
        yield f"{names.passages} does not hold passage {error}"
        return
    if not np.array_equal(vectors, snapshot.vectors(rows)):
        yield f"{names.passages} holds other vectors"
    for row, passage, expected_passage in zip(rows, passages, snapshot.passages(rows), strict=True):
        if passage != expected_passage:
            yield f"{names.passages} holds another passage {row}"
    for row, vector, passage_terms in zip(rows, vectors, snapshot.passage_terms(rows), strict=True):
        best = index.search_vectors(vector, 1).scores
        if not best.size or best[0] < vector @ vector - _VECTOR_TOLERANCE:
            yield f"{names.passages} does not find passage {row} by its vector"
        terms = sorted(
            passage_terms.text, key=lambda term: (snapshot.document_frequency(term), term)
        )
        group = SynonymGroup(tuple(WeightedTerms((term,)) for term in terms[:1]))
        one = index.search_terms((group,), _FOUND, _TITLE_WEIGHT).scores
        other = snapshot.search_terms((group,), _FOUND, _TITLE_WEIGHT).scores
        if one.shape != other.shape or not np.allclose(one, other, atol=_WORD_TOLERANCE):
            yield f"{names.passages} scores other passages for a word of passage {row}"
