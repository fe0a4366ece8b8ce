"""Ranking: both channels searched for one question, and fused."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.contract import SearchIndex
from index.passages import Passage
from retrieval.fusion import ChannelWeights, weighted_min_max
from retrieval.questions import Question


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """How candidates are found and weighed.

    Attributes:
        candidates: how many passages each channel proposes at most.
        title_weight: of a word in the title, against one in the text.
        article_weight: of the best passage of the same article, against the passage itself.
        lead_weight: what is left of a lead's score: it sums up what a paragraph says in full.
    """

    candidates: int
    title_weight: float
    article_weight: float
    lead_weight: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates of both channels, best first.

    Attributes:
        passages: the n passages.
        rows: (n,) their rows.
        scores: (n,) fused scores in [0, 1].
        cosines: (n,) cosine of each passage with the question.
        lexical: (n,) score of each passage in the lexical channel; 0 where it was not found.
    """

    passages: tuple[Passage, ...]
    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    cosines: NDArray[np.float64]
    lexical: NDArray[np.float64]


def rank(
    index: SearchIndex,
    question: Question,
    vector: NDArray[np.float32],
    weights: ChannelWeights,
    options: RankingOptions,
) -> Ranking:
    """Search both channels and fuse what they find.

    Args:
        index: the index.
        question: the question.
        vector: (dimension,) its vector.
        weights: of the channels.
        options: how candidates are found and weighed.
    """
    near = index.search_vectors(vector, options.candidates)
    matching = index.search_terms(question.groups, options.candidates, options.title_weight)
    rows = np.union1d(near.rows, matching.rows)
    # Vectors are at hand for all candidates, so that the dense channel judges every one.
    cosines = (index.vectors(rows.tolist()) @ vector).astype(np.float64)
    lexical = np.zeros(len(rows))
    lexical[np.searchsorted(rows, matching.rows)] = matching.scores
    passages = index.passages(rows.tolist())
    unranked = Ranking(tuple(passages), rows, np.zeros(len(rows)), cosines, lexical)
    return reweighed(unranked, weights, options)


def reweighed(ranking: Ranking, weights: ChannelWeights, options: RankingOptions) -> Ranking:
    """Return the same candidates in the order that other weights give them."""
    scores = weighted_min_max(
        [(ranking.cosines, weights.dense), (ranking.lexical, weights.lexical)]
    )
    scores = _with_article(scores, ranking.passages, options.article_weight)
    leads = np.array([not passage.paragraphs for passage in ranking.passages])
    scores = np.where(leads, scores * options.lead_weight, scores)
    # Equal scores are ordered by cosine and then by row, so that an answer is always the same.
    order = np.lexsort((ranking.rows, -ranking.cosines, -scores))
    return Ranking(
        passages=tuple(ranking.passages[at] for at in order),
        rows=ranking.rows[order],
        scores=scores[order],
        cosines=ranking.cosines[order],
        lexical=ranking.lexical[order],
    )


def _with_article(
    scores: NDArray[np.float64], passages: Sequence[Passage], weight: float
) -> NDArray[np.float64]:
    """Let a passage share in its article's best score: the answer is often beside the match."""
    best: dict[str, float] = {}
    for passage, score in zip(passages, scores.tolist(), strict=True):
        best[passage.article_id] = max(score, best.get(passage.article_id, 0.0))
    articles = np.array([best[passage.article_id] for passage in passages])
    return (scores + weight * articles) / (1 + weight)
