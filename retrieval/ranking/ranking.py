"""Ranking: both channels searched for one question, and fused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Self, overload

import numpy as np
from numpy.typing import NDArray

from index.search_index import NO_FILTER, ArticleHits, Filter, Hits, PassageTerms, SearchIndex
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
        article_candidates: how many articles are proposed with all of their passages.
        title_weight: weight of a word in the title; one in the text weighs 1.
        article_weight: weight of the article's best passage; the passage itself weighs 1.
        lead_weight: factor of a lead's score: it sums up what a paragraph says in full.
        new_words_weight: in a follow-up, weight of its own words; together with the question
            before they weigh 1.
        source_article_bonus: in a follow-up, for passages in an article of the answer before.
        shown_penalty: in a follow-up, for the passage that answered before.
        period_weight: bonus for being from a period that the question names.
        recency_weight: in a question about the present, bonus for an article of the archive's
            last day; at most as much as its own score.
        recency_half_life: share of the archive's time in which that bonus halves.
    """

    candidates: int
    article_candidates: int
    title_weight: float
    article_weight: float
    lead_weight: float
    new_words_weight: float
    source_article_bonus: float
    shown_penalty: float
    period_weight: float
    recency_weight: float
    recency_half_life: float


@dataclass(frozen=True, slots=True)
class ChannelHits:
    """The hits of both channels for a query.

    Attributes:
        vector: (dimension,) of the query.
        dense: of the dense channel.
        lexical: of the lexical channel, with hits beyond the cut-off, so that dense-only candidates
            have a lexical score too.
        articles: of whole articles in the lexical channel, also beyond the cut-off.
    """

    vector: NDArray[np.float32]
    dense: Hits
    lexical: Hits
    articles: ArticleHits


@dataclass(frozen=True, slots=True)
class FollowupContext:
    """A follow-up's own words, and the articles that its answer is likely to be in.

    Attributes:
        hits: for the follow-up's own words.
        shares: weight in [0, 1] of each article of the answer before.
        shown: article and paragraphs of the passage that answered before.
    """

    hits: ChannelHits
    shares: Mapping[str, float]
    shown: tuple[str, tuple[int, ...]]


class LazyPassages(Sequence[Passage]):
    """The passages of some rows, read from the index when they are needed: of most, never."""

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
        """Return the passages at some places; those that have been read are kept."""
        selected = type(self)(self._index, [self._rows[at] for at in places])
        selected._read = self._read
        return selected


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
        article_lexical: (n,) score of each passage's article as a whole; 0 where it was not found.
        own_cosines: (n,) cosine of each passage with the words of this turn alone; the same as
            `cosines` unless the query is a follow-up.
        own_lexical: (n,) its lexical score for these words.
        prior: (n,) score of each passage that does not come from matching the query.
        recency: (n,) bonus of each passage for its date, of which at most its own score counts; 0
            unless the question is about the present.
        terms: returns the index terms of some of the rows.
        fused_ranks: (n,) rank of each passage by fused score, from 1.
        logits: (n,) of the reranker; NaN for a passage that was not reranked.
    """

    passages: LazyPassages
    rows: NDArray[np.int64]
    articles: NDArray[np.int32]
    leads: NDArray[np.bool_]
    scores: NDArray[np.float64]
    cosines: NDArray[np.float64]
    lexical: NDArray[np.float64]
    article_lexical: NDArray[np.float64]
    own_cosines: NDArray[np.float64]
    own_lexical: NDArray[np.float64]
    prior: NDArray[np.float64]
    recency: NDArray[np.float64]
    terms: Callable[[Sequence[int]], Sequence[PassageTerms]]
    fused_ranks: NDArray[np.intp]
    logits: NDArray[np.float64]

    def select(self, places: NDArray[np.intp]) -> Self:
        """Return the candidates at some places, in their order."""
        return replace(
            self,
            passages=self.passages.select(places.tolist()),
            rows=self.rows[places],
            articles=self.articles[places],
            leads=self.leads[places],
            scores=self.scores[places],
            cosines=self.cosines[places],
            lexical=self.lexical[places],
            article_lexical=self.article_lexical[places],
            own_cosines=self.own_cosines[places],
            own_lexical=self.own_lexical[places],
            prior=self.prior[places],
            recency=self.recency[places],
            fused_ranks=self.fused_ranks[places],
            logits=self.logits[places],
        )


def search(
    index: SearchIndex,
    queries: Sequence[Query],
    vectors: Sequence[Future[NDArray[np.float32]]],
    options: RankingOptions,
    filter_: Filter = NO_FILTER,
) -> list[ChannelHits]:
    """Search both channels for each of some queries.

    Args:
        index: the index.
        queries: what to search for.
        vectors: the (dimension,) vector of each, being made while words are searched.
        options: how many candidates each channel proposes.
        filter_: the articles that are searched.
    """
    groups = [query.groups for query in queries]
    with stage("words"):
        depth = _LEXICAL_DEPTH * options.candidates
        lexical = index.search_terms_batch(groups, depth, options.title_weight, filter_)
        articles = index.search_articles_batch(
            groups, options.candidates, options.title_weight, filter_
        )
    with stage("encode"):
        encoded = [vector.result() for vector in vectors]
    with stage("meaning"):
        dense = index.search_vectors_batch(encoded, options.candidates, filter_)
    return list(map(ChannelHits, encoded, dense, lexical, articles))


def rank(
    index: SearchIndex,
    hits: ChannelHits,
    weights: FusionWeights,
    options: RankingOptions,
    *,
    period: Period | None = None,
    present: bool = False,
    context: FollowupContext | None = None,
    further: NDArray[np.int64] | None = None,
) -> Ranking:
    """Fuse the hits of both channels.

    Args:
        index: the index.
        hits: for the query.
        weights: of the channels.
        options: how candidates are weighed.
        period: the period that passages are preferred from.
        present: whether newer passages are preferred.
        context: of a follow-up; its articles become candidates too.
        further: rows of passages that are candidates whatever the channels propose.
    """
    sources = _proposed_rows(index, hits, options)
    if context is not None:
        sources += _channel_rows(context.hits, options)
        sources += [index.article_rows(article) for article in context.shares]
    if further is not None:
        sources.append(further)
    rows = np.unique(np.concatenate(sources))
    with stage("candidates"):
        # Stored vectors give every candidate a cosine, also those of the lexical channel.
        vectors = index.vectors(rows.tolist())
        articles, leads = index.article_numbers(rows.tolist()), index.is_lead(rows.tolist())
    prior = np.zeros(len(rows))
    cosines = own_cosines = _cosines(vectors, hits.vector)
    lexical = own_lexical = _scores_at(hits.lexical, rows)
    whole = dict(zip(hits.articles.articles.tolist(), hits.articles.scores.tolist(), strict=True))
    if context is not None:
        own_cosines = _cosines(vectors, context.hits.vector)
        own_lexical = _scores_at(context.hits.lexical, rows)
        prior += options.new_words_weight * _fused(own_cosines, own_lexical, weights.passages)
        prior += _context_prior(index, rows, context, options)
    if period is not None:
        prior += options.period_weight * _is_in_period(index.dates(rows.tolist()), period)
    recency = _recency(index, rows, options) if present else np.zeros(len(rows))
    unranked = Ranking(
        passages=LazyPassages(index, rows.tolist()),
        rows=rows,
        articles=articles,
        leads=leads,
        scores=np.zeros(len(rows)),
        cosines=cosines,
        lexical=lexical,
        article_lexical=np.array([whole.get(article, 0.0) for article in articles.tolist()]),
        own_cosines=own_cosines,
        own_lexical=own_lexical,
        prior=prior,
        recency=recency,
        terms=index.passage_terms,
        fused_ranks=np.zeros(len(rows), np.intp),
        logits=np.full(len(rows), np.nan),
    )
    with stage("judge"):
        return rescore(unranked, weights, options)


def prefetch(
    index: SearchIndex,
    searches: Sequence[ChannelHits],
    options: RankingOptions,
    article_ids: Sequence[str],
) -> None:
    """Fetch at once what ranking some searches will read, and some articles."""
    rows = [rows for hits in searches for rows in _proposed_rows(index, hits, options)]
    index.prefetch(np.concatenate(rows).tolist(), article_ids)


def _proposed_rows(
    index: SearchIndex, hits: ChannelHits, options: RankingOptions
) -> list[NDArray[np.int64]]:
    best = hits.articles.articles[: options.article_candidates]
    return [*_channel_rows(hits, options), index.passages_of(best.tolist())]


def _channel_rows(hits: ChannelHits, options: RankingOptions) -> list[NDArray[np.int64]]:
    return [channel.rows[: options.candidates] for channel in (hits.dense, hits.lexical)]


def rescore(ranking: Ranking, weights: FusionWeights, options: RankingOptions) -> Ranking:
    """Return the same candidates in the order that other weights give them."""
    scores = fused_scores(ranking, weights, options)
    order = best_first(ranking, scores)
    ranks = np.arange(1, len(scores) + 1)
    return replace(ranking.select(order), scores=scores[order], fused_ranks=ranks)


def best_first(ranking: Ranking, scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the places of the candidates by score, the best first.

    Equal scores are ordered by cosine and then by row, so that an answer is always the same.
    """
    order: NDArray[np.intp] = np.lexsort((ranking.rows, -ranking.cosines, -scores))
    return order


def fused_scores(
    ranking: Ranking, weights: FusionWeights, options: RankingOptions
) -> NDArray[np.float64]:
    """Return the (n,) fused scores in [0, 1] that some weights give the candidates."""
    scores = _fused(ranking.cosines, ranking.lexical, weights.passages)
    articles = _fused(ranking.cosines, ranking.lexical, weights.articles)
    best = _best_of_article(articles, ranking.articles)
    if weights.whole_article:
        # Both are scaled over the candidates; an article that no word finds as a whole scores 0.
        best = weighted_min_max(
            [
                (best, 1 - weights.whole_article),
                (ranking.article_lexical, weights.whole_article),
            ]
        )
    scores = (scores + options.article_weight * best) / (1 + options.article_weight)
    bonus = ranking.prior + np.minimum(ranking.recency, scores)
    scores = np.maximum(scores + bonus, 0) / (1 + max(bonus.max(initial=0), 0))
    return np.where(ranking.leads, scores * options.lead_weight, scores)


def _cosines(vectors: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float64]:
    return inner_products(vectors, vector).astype(np.float64)


def _scores_at(hits: Hits, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the score of each row, (n,) ascending; 0 where the channel did not find it."""
    places = rows.searchsorted(hits.rows)
    found = rows.take(places, mode="clip") == hits.rows
    scores = np.zeros(len(rows))
    scores[places[found]] = hits.scores[found]
    return scores


def _context_prior(
    index: SearchIndex, rows: NDArray[np.int64], context: FollowupContext, options: RankingOptions
) -> NDArray[np.float64]:
    """Prefer the articles of the answer before, but not the passage that answered."""
    prior = np.zeros(len(rows))
    for article, share in context.shares.items():
        prior[np.isin(rows, index.article_rows(article))] = options.source_article_bonus * share
    article, paragraphs = context.shown
    own = np.flatnonzero(np.isin(rows, index.article_rows(article)))
    passages = index.passages(rows[own].tolist())
    shown = np.array([passage.paragraphs == paragraphs for passage in passages], dtype=bool)
    prior[own[shown]] -= options.shown_penalty
    return prior


def _is_in_period(dates: NDArray[np.int32], period: Period) -> NDArray[np.float64]:
    first = period.since.toordinal() if period.since else 1
    last = period.until.toordinal() if period.until else np.iinfo(np.int32).max
    return ((dates >= first) & (dates <= last)).astype(np.float64)


def _recency(
    index: SearchIndex, rows: NDArray[np.int64], options: RankingOptions
) -> NDArray[np.float64]:
    """Return the bonus of each row for its age against the archive's last day; 0 without a date."""
    first, last = index.facts.first_date, index.facts.last_date
    if first is None or last is None:
        return np.zeros(len(rows))
    dates = index.dates(rows.tolist())
    half_life = options.recency_half_life * ((last - first).days + 1)
    bonus = options.recency_weight * 0.5 ** ((last.toordinal() - dates) / half_life)
    return np.where(dates > 0, bonus, 0.0)


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
