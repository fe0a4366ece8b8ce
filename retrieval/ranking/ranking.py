"""Ranking: both channels searched for one question, and fused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Self, overload

import numpy as np
from numpy.typing import NDArray

from index.search_index import NO_FILTER, Filter, Hits, PassageTerms, SearchIndex
from index.similarity import inner_products
from index.text.passages import Passage
from retrieval.dates.periods import Period
from retrieval.query.query import Query
from retrieval.ranking.fusion import FusionWeights, weighted_min_max
from retrieval.ranking.timing import stage

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
class ChannelHits:
    """What both channels find for a question.

    Attributes:
        vector: (dimension,) the question's.
        dense: by meaning.
        lexical: by words, looked through deeper than it proposes, so that it judges what the other
            channel proposes.
    """

    vector: NDArray[np.float32]
    dense: Hits
    lexical: Hits


@dataclass(frozen=True, slots=True)
class FollowupContext:
    """What a follow-up asks, and where its answer is likely to be.

    Attributes:
        found: for the follow-up's own words.
        shares: for each article of the answer before, how much speaks for it, in [0, 1].
        shown: article and paragraphs of the passage that answered before.
    """

    found: ChannelHits
    shares: Mapping[str, float]
    shown: tuple[str, tuple[int, ...]]


class LazyPassages(Sequence[Passage]):
    """The passages of some rows, read when they are looked at: of most, only scores are needed."""

    def __init__(self, index: SearchIndex, rows: Sequence[int]) -> None:
        self._index = index
        self._rows = rows
        self._read: dict[int, Passage] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Passage: ...
    @overload
    def __getitem__(self, at: slice) -> list[Passage]: ...
    def __getitem__(self, at: int | slice) -> Passage | list[Passage]:
        """Return the passage at a place, or those of some places."""
        if isinstance(at, slice):
            return [self[place] for place in range(len(self))[at]]
        row = self._rows[at]
        if row not in self._read:
            [self._read[row]] = self._index.passages([row])
        return self._read[row]

    def select(self, places: Iterable[int]) -> Self:
        """Return the passages at some places; what has been read stays at hand."""
        taken = type(self)(self._index, [self._rows[at] for at in places])
        taken._read = self._read
        return taken


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates of both channels, best first.

    Attributes:
        passages: the n passages.
        rows: (n,) their rows.
        articles: (n,) numbers of their articles.
        leads: (n,) whether each is an abstract or a title.
        scores: (n,) fused scores in [0, 1].
        cosines: (n,) cosine of each passage with the question.
        lexical: (n,) score of each passage in the lexical channel; 0 where it was not found.
        asked_cosines: (n,) cosine of each passage with the words that are asked now: in a
            follow-up its own, else those of the question.
        asked_lexical: (n,) its lexical score for these words.
        prior: (n,) what speaks for each passage besides its match with the question.
        terms: gives the index terms of some of the rows.
    """

    passages: LazyPassages
    rows: NDArray[np.int64]
    articles: NDArray[np.int32]
    leads: NDArray[np.bool_]
    scores: NDArray[np.float64]
    cosines: NDArray[np.float64]
    lexical: NDArray[np.float64]
    asked_cosines: NDArray[np.float64]
    asked_lexical: NDArray[np.float64]
    prior: NDArray[np.float64]
    terms: Callable[[Sequence[int]], Sequence[PassageTerms]]


def search(
    index: SearchIndex,
    question: Query,
    vector: Future[NDArray[np.float32]],
    options: RankingOptions,
    within: Filter = NO_FILTER,
) -> ChannelHits:
    """Search both channels.

    Args:
        index: the index.
        question: the question; a follow-up after the question that it follows up.
        vector: its (dimension,) vector, which is being made while words are searched.
        options: how many candidates each channel proposes.
        within: the articles that are searched.
    """
    with stage("words"):
        depth = _LEXICAL_DEPTH * options.candidates
        words = index.search_terms(question.groups, depth, options.title_weight, within)
    with stage("encode"):
        encoded = vector.result()
    with stage("meaning"):
        near = index.search_vectors(encoded, options.candidates, within)
    return ChannelHits(encoded, near, words)


def rank(
    index: SearchIndex,
    found: ChannelHits,
    weights: FusionWeights,
    options: RankingOptions,
    *,
    period: Period | None = None,
    focus: FollowupContext | None = None,
) -> Ranking:
    """Fuse what both channels found.

    Args:
        index: the index.
        found: for the question.
        weights: of the channels.
        options: how candidates are weighed.
        period: the time that passages are preferred from.
        focus: what a follow-up adds to the question before.
    """
    searches, known = [found], list[NDArray[np.int64]]()
    if focus is not None:
        searches.append(focus.found)
        known = [index.article_rows(article) for article in focus.shares]
    hits = [hits for one in searches for hits in (one.dense, one.lexical)]
    proposed = [one.rows[: options.candidates] for one in hits]
    rows = np.unique(np.concatenate([*proposed, *known]))
    with stage("candidates"):
        # Vectors are at hand for all candidates, so that the dense channel judges every one.
        vectors = index.vectors(rows.tolist())
        articles, leads = index.article_numbers(rows.tolist()), index.is_lead(rows.tolist())
    bonus = np.zeros(len(rows))
    cosines = asked_cosines = _cosines(vectors, found.vector)
    lexical = asked_lexical = _placed(found.lexical, rows)
    if focus is not None:
        asked_cosines = _cosines(vectors, focus.found.vector)
        asked_lexical = _placed(focus.found.lexical, rows)
        bonus += options.new_words_weight * _fused(asked_cosines, asked_lexical, weights.passages)
        bonus += _topic(index, rows, focus, options)
    if period is not None:
        bonus += options.period_weight * _within(index.dates(rows.tolist()), period)
    unranked = Ranking(
        passages=LazyPassages(index, rows.tolist()),
        rows=rows,
        articles=articles,
        leads=leads,
        scores=np.zeros(len(rows)),
        cosines=cosines,
        lexical=lexical,
        asked_cosines=asked_cosines,
        asked_lexical=asked_lexical,
        prior=bonus,
        terms=index.passage_terms,
    )
    with stage("judge"):
        return rescore(unranked, weights, options)


def rescore(ranking: Ranking, weights: FusionWeights, options: RankingOptions) -> Ranking:
    """Return the same candidates in the order that other weights give them."""
    scores = _fused(ranking.cosines, ranking.lexical, weights.passages)
    articles = _fused(ranking.cosines, ranking.lexical, weights.articles)
    best = _best_of_article(articles, ranking.articles)
    scores = (scores + options.article_weight * best) / (1 + options.article_weight)
    scores = np.maximum(scores + ranking.prior, 0) / (1 + max(ranking.prior.max(initial=0), 0))
    scores = np.where(ranking.leads, scores * options.lead_weight, scores)
    # Equal scores are ordered by cosine and then by row, so that an answer is always the same.
    order = np.lexsort((ranking.rows, -ranking.cosines, -scores))
    return Ranking(
        passages=ranking.passages.select(order),
        rows=ranking.rows[order],
        articles=ranking.articles[order],
        leads=ranking.leads[order],
        scores=scores[order],
        cosines=ranking.cosines[order],
        lexical=ranking.lexical[order],
        asked_cosines=ranking.asked_cosines[order],
        asked_lexical=ranking.asked_lexical[order],
        prior=ranking.prior[order],
        terms=ranking.terms,
    )


def _cosines(vectors: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float64]:
    return inner_products(vectors, vector).astype(np.float64)


def _placed(hits: Hits, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the score of each row, (n,) ascending; 0 where the channel did not find it."""
    _, places, found = np.intersect1d(rows, hits.rows, assume_unique=True, return_indices=True)
    scores = np.zeros(len(rows))
    scores[places] = hits.scores[found]
    return scores


def _topic(
    index: SearchIndex, rows: NDArray[np.int64], focus: FollowupContext, options: RankingOptions
) -> NDArray[np.float64]:
    bonus = np.zeros(len(rows))
    for article, share in focus.shares.items():
        bonus[np.isin(rows, index.article_rows(article))] = options.topic_weight * share
    article, paragraphs = focus.shown
    own = np.flatnonzero(np.isin(rows, index.article_rows(article)))
    passages = index.passages(rows[own].tolist())
    shown = np.array([passage.paragraphs == paragraphs for passage in passages], dtype=bool)
    bonus[own[shown]] -= options.shown_weight
    return bonus


def _within(dates: NDArray[np.int32], period: Period) -> NDArray[np.float64]:
    first = period.since.toordinal() if period.since else 1
    last = period.until.toordinal() if period.until else np.iinfo(np.int32).max
    return ((dates >= first) & (dates <= last)).astype(np.float64)


def _fused(
    cosines: NDArray[np.float64], lexical: NDArray[np.float64], dense_share: float
) -> NDArray[np.float64]:
    return weighted_min_max([(cosines, dense_share), (lexical, 1 - dense_share)])


def _best_of_article(
    scores: NDArray[np.float64], articles: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return for each passage the best score in its article."""
    distinct, own = np.unique(articles, return_inverse=True)
    best = np.zeros(len(distinct))
    np.maximum.at(best, own, scores)
    return best[own]
