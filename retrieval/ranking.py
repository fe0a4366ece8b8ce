"""Ranking: both channels searched for one question, and fused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.contract import EVERYTHING, Filter, Hits, PassageTerms, SearchIndex
from index.passages import Passage
from retrieval.fusion import FusionWeights, weighted_min_max
from retrieval.periods import Period
from retrieval.questions import Question
from retrieval.timing import stage

_LEXICAL_DEPTH = 4


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """How candidates are found and weighed.

    Attributes:
        candidates: how many passages each channel proposes at most.
        title_weight: of a word in the title, against one in the text.
        article_weight: of the article, which its best passage speaks for, against the passage.
        lead_weight: what is left of a lead's score: it sums up what a paragraph says in full.
        new_words_weight: in a follow-up, of its own words, against them after the question that
            they follow up.
        topic_weight: in a follow-up, of being in an article of the answer before.
        shown_weight: in a follow-up, against the passage that answered before.
        period_weight: of being from a time that the question names in passing.
    """

    candidates: int
    title_weight: float
    article_weight: float
    lead_weight: float
    new_words_weight: float
    topic_weight: float
    shown_weight: float
    period_weight: float


@dataclass(frozen=True, slots=True)
class Focus:
    """What a follow-up asks, and where its answer is likely to be.

    Attributes:
        question: the follow-up's own words.
        vector: (dimension,) their vector.
        shares: for each article of the answer before, how much speaks for it, in [0, 1].
        shown: article and paragraphs of the passage that answered before.
    """

    question: Question
    vector: NDArray[np.float32]
    shares: Mapping[str, float]
    shown: tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates of both channels, best first.

    Attributes:
        passages: the n passages.
        rows: (n,) their rows.
        scores: (n,) fused scores in [0, 1].
        cosines: (n,) cosine of each passage with the question.
        lexical: (n,) score of each passage in the lexical channel; 0 where it was not found.
        asked_cosines: (n,) cosine of each passage with the words that are asked now: in a
            follow-up its own, else those of the question.
        asked_lexical: (n,) its lexical score for these words.
        bonus: (n,) what speaks for each passage besides its match with the question.
        terms: gives the index terms of some of the rows.
    """

    passages: tuple[Passage, ...]
    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    cosines: NDArray[np.float64]
    lexical: NDArray[np.float64]
    asked_cosines: NDArray[np.float64]
    asked_lexical: NDArray[np.float64]
    bonus: NDArray[np.float64]
    terms: Callable[[Sequence[int]], Sequence[PassageTerms]]


def rank(
    index: SearchIndex,
    question: Question,
    vector: NDArray[np.float32],
    weights: FusionWeights,
    options: RankingOptions,
    *,
    within: Filter = EVERYTHING,
    period: Period | None = None,
    focus: Focus | None = None,
) -> Ranking:
    """Search both channels and fuse what they find.

    Args:
        index: the index.
        question: the question; a follow-up after the question that it follows up.
        vector: (dimension,) its vector.
        weights: of the channels.
        options: how candidates are found and weighed.
        within: the articles that are searched.
        period: the time that passages are preferred from.
        focus: what a follow-up adds to the question before.
    """
    channels = [_search(index, question, vector, options, within)]
    known: list[NDArray[np.int64]] = []
    if focus is not None:
        channels.append(_search(index, focus.question, focus.vector, options, within))
        known = [index.article_rows(article) for article in focus.shares]
    proposed = [hits.rows[: options.candidates] for pair in channels for hits in pair]
    rows = np.unique(np.concatenate([*proposed, *known]))
    with stage("candidates"):
        # Vectors are at hand for all candidates, so that the dense channel judges every one.
        vectors = index.vectors(rows.tolist())
        passages = tuple(index.passages(rows.tolist()))
    bonus = np.zeros(len(rows))
    cosines = asked_cosines = _cosines(vectors, vector)
    lexical = asked_lexical = _placed(channels[0][1], rows)
    if focus is not None:
        asked_cosines = _cosines(vectors, focus.vector)
        asked_lexical = _placed(channels[1][1], rows)
        bonus += options.new_words_weight * _fused(asked_cosines, asked_lexical, weights.passages)
        bonus += _topic(passages, focus, options)
    if period is not None:
        bonus += options.period_weight * _within(index.dates(rows.tolist()), period)
    unranked = Ranking(
        passages=passages,
        rows=rows,
        scores=np.zeros(len(rows)),
        cosines=cosines,
        lexical=lexical,
        asked_cosines=asked_cosines,
        asked_lexical=asked_lexical,
        bonus=bonus,
        terms=index.passage_terms,
    )
    with stage("judge"):
        return reweighed(unranked, weights, options)


def reweighed(ranking: Ranking, weights: FusionWeights, options: RankingOptions) -> Ranking:
    """Return the same candidates in the order that other weights give them."""
    scores = _fused(ranking.cosines, ranking.lexical, weights.passages)
    articles = _fused(ranking.cosines, ranking.lexical, weights.articles)
    best = _best_of_article(articles, ranking.passages)
    scores = (scores + options.article_weight * best) / (1 + options.article_weight)
    scores = np.maximum(scores + ranking.bonus, 0) / (1 + max(ranking.bonus.max(initial=0), 0))
    leads = np.array([not passage.paragraphs for passage in ranking.passages], dtype=bool)
    scores = np.where(leads, scores * options.lead_weight, scores)
    # Equal scores are ordered by cosine and then by row, so that an answer is always the same.
    order = np.lexsort((ranking.rows, -ranking.cosines, -scores))
    return Ranking(
        passages=tuple(ranking.passages[at] for at in order),
        rows=ranking.rows[order],
        scores=scores[order],
        cosines=ranking.cosines[order],
        lexical=ranking.lexical[order],
        asked_cosines=ranking.asked_cosines[order],
        asked_lexical=ranking.asked_lexical[order],
        bonus=ranking.bonus[order],
        terms=ranking.terms,
    )


def _search(
    index: SearchIndex,
    question: Question,
    vector: NDArray[np.float32],
    options: RankingOptions,
    within: Filter,
) -> tuple[Hits, Hits]:
    with stage("meaning"):
        near = index.search_vectors(vector, options.candidates, within)
    # Looked through deeper than it proposes, so that it judges what the other channel proposes.
    depth = _LEXICAL_DEPTH * options.candidates
    with stage("words"):
        return near, index.search_terms(question.groups, depth, options.title_weight, within)


def _cosines(vectors: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float64]:
    # A product of a few hundred rows: BLAS would wake its threads for it, which takes longer.
    cosines: NDArray[np.float64] = np.einsum("ij,j->i", vectors, vector).astype(np.float64)
    return cosines


def _placed(hits: Hits, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the score of each row, (n,) ascending; 0 where the channel did not find it."""
    _, places, found = np.intersect1d(rows, hits.rows, assume_unique=True, return_indices=True)
    scores = np.zeros(len(rows))
    scores[places] = hits.scores[found]
    return scores


def _topic(
    passages: Sequence[Passage], focus: Focus, options: RankingOptions
) -> NDArray[np.float64]:
    shares = np.array([focus.shares.get(passage.article_id, 0.0) for passage in passages])
    shown = np.array([(p.article_id, p.paragraphs) == focus.shown for p in passages], dtype=bool)
    return options.topic_weight * shares - options.shown_weight * shown


def _within(dates: NDArray[np.int32], period: Period) -> NDArray[np.float64]:
    first = period.since.toordinal() if period.since else 1
    last = period.until.toordinal() if period.until else np.iinfo(np.int32).max
    return ((dates >= first) & (dates <= last)).astype(np.float64)


def _fused(
    cosines: NDArray[np.float64], lexical: NDArray[np.float64], dense_share: float
) -> NDArray[np.float64]:
    return weighted_min_max([(cosines, dense_share), (lexical, 1 - dense_share)])


def _best_of_article(
    scores: NDArray[np.float64], passages: Sequence[Passage]
) -> NDArray[np.float64]:
    """Return for each passage the best score in its article."""
    best: dict[str, float] = {}
    for passage, score in zip(passages, scores.tolist(), strict=True):
        best[passage.article_id] = max(score, best.get(passage.article_id, 0.0))
    return np.array([best[passage.article_id] for passage in passages])
