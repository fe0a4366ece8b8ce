"""Ranking: both channels searched for one question, and fused."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.contract import Hits, SearchIndex
from retrieval.fusion import Channel, ChannelWeights, weighted_min_max
from retrieval.questions import Question


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates of both channels, best first.

    Attributes:
        rows: (n,) passage rows.
        scores: (n,) fused scores in [0, 1].
        cosines: (n,) cosine of each passage with the question.
        lexical: (n,) score of each passage in the lexical channel; NaN where it was not found.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    cosines: NDArray[np.float64]
    lexical: NDArray[np.float64]


def rank(
    index: SearchIndex,
    question: Question,
    vector: NDArray[np.float32],
    *,
    candidates: int,
    title_weight: float,
    weights: ChannelWeights,
) -> Ranking:
    """Search both channels and fuse what they find.

    Args:
        index: the index.
        question: the question.
        vector: (dimension,) its vector.
        candidates: how many passages each channel proposes at most.
        title_weight: of a word in the title, against one in the text.
        weights: of the channels.
    """
    near = index.search_vectors(vector, candidates)
    matching = index.search_terms(question.groups, candidates, title_weight)
    rows = np.union1d(near.rows, matching.rows)
    # Both channels judge every candidate as far as they can: vectors are at hand for all of them.
    cosines = (index.vectors(rows.tolist()) @ vector).astype(np.float64)
    lexical = _scores(rows, matching)
    scores = weighted_min_max([Channel(cosines, weights.dense), Channel(lexical, weights.lexical)])
    # Equal scores are ordered by cosine and then by row, so that an answer is always the same.
    order = np.lexsort((rows, -cosines, -scores))
    return Ranking(rows[order], scores[order], cosines[order], lexical[order])


def _scores(rows: NDArray[np.int64], hits: Hits) -> NDArray[np.float64]:
    """Return the hits' scores in the order of (sorted) rows, NaN for rows without a hit."""
    scores = np.full(len(rows), np.nan)
    scores[np.searchsorted(rows, hits.rows)] = hits.scores
    return scores
