"""Search for one query: both channels, a follow-up's context, and the chance of an answer."""

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from index.encoders.encoder import Encoder
from index.encoders.passage_reading import PassageReading
from index.search_index import NO_FILTER, Filter, SearchIndex, SynonymGroup
from index.similarity import inner_products
from index.text.persian import index_terms
from index.weak_methods import weak_method
from retrieval.conversation import Conversation, SourceArticle, Turn, join_questions
from retrieval.crosslingual.query_translation import QueryTranslator
from retrieval.dates.periods import Period
from retrieval.learned import LearnedParameters
from retrieval.query.followups import ContextFeatures, FollowupFeatures, find_cues, is_name
from retrieval.query.query import Query, parse_query
from retrieval.query.spelling_correction import SpellingCorrector
from retrieval.ranking.batching import Batcher
from retrieval.ranking.confidence import AnswerFeatures, extract_features
from retrieval.ranking.highlight import covered_idf, max_missing_idf
from retrieval.ranking.passage_reader import PassageReader
from retrieval.ranking.ranking import ChannelHits, FollowupContext, Ranking, prefetch, rank, search
from retrieval.ranking.reranking import (
    Reranking,
    RerankService,
    contenders,
    scores_of,
    with_logits,
)
from retrieval.ranking.text_conditions import (
    NO_CONDITIONS,
    TextConditions,
)
from retrieval.ranking.timing import stage
from retrieval.settings import RetrievalSettings

# A question that is only a name asks to read about it, and an article that has all of the name
# answers it; the models were learned on whole questions.
_NAME_PROBABILITY = 0.75


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found for a query, and how likely it answers.

    Attributes:
        query: what was searched for; a follow-up together with the question that it follows up.
        own_query: the words of this turn alone; the same as `query` unless it is a follow-up.
        hits: what both channels find for `own_query`.
        weights: the words of `query` with their IDF.
        ranking: the candidates, best first.
        features: what the probability is computed from; None without candidates.
        probability: calibrated chance in [0, 1] that the first candidate answers.
        antecedent: the turn that the question follows up, or None.
        followup: features of whether it does; None when there is no earlier turn.
        reranking: what became of reranking.
        readings: what the reranker read, by the passage's row; spans count from the beginning of
            the passage's text.
    """

    query: Query
    own_query: Query
    hits: ChannelHits
    weights: Sequence[tuple[SynonymGroup, float]]
    ranking: Ranking
    features: AnswerFeatures | None
    probability: float
    antecedent: Turn | None = None
    followup: FollowupFeatures | None = None
    reranking: Reranking = Reranking.OFF
    readings: Mapping[int, PassageReading] = field(default_factory=dict)

    @property
    def own_weights(self) -> list[tuple[SynonymGroup, float]]:
        """The words of `own_query` with their IDF."""
        if self.own_query is self.query:
            return list(self.weights)
        groups = set(self.own_query.groups)
        return [(group, idf) for group, idf in self.weights if group in groups]


@dataclass(frozen=True, slots=True)
class _SearchScope:
    """Where a query is searched: the articles, the preferred period, conditions on texts."""

    filter: Filter
    period: Period | None
    present: bool
    conditions: TextConditions


class Searcher:
    """Searches one opened index; may be used from several threads at once."""

    def __init__(
        self,
        index: SearchIndex,
        encoder: Encoder,
        settings: RetrievalSettings,
        learned: LearnedParameters,
        reranker: RerankService | None = None,
    ) -> None:
        """Search `index`, whose vectors `encoder` made; without a reranker none is asked."""
        self._index = index
        self._encoder: Batcher[str, NDArray[np.float32]] = Batcher(
            lambda texts: list(encoder.encode(texts, "query")), "encoder"
        )
        self._reranker = reranker
        self._reader = PassageReader(index, reranker) if reranker else None
        self._settings = settings
        self._learned = learned
        self._translator_lock = threading.Lock()
        self._translator: QueryTranslator | None = None
        self._spelling = SpellingCorrector(index, weak_method(self._get_or_make_translator))

    def parse(self, text: str, asked_in: str | None = None) -> Query | None:
        """Return a text as a query for this index, or None when it has no word.

        Args:
            text: the question without courtesy and constraints.
            asked_in: language of the whole question; None: the text is all of it.
        """
        with stage("understand"):

            def parse(words: str) -> Query | None:
                return parse_query(
                    words, self._get_or_make_translator, self._index.document_frequency, asked_in
                )

            query = parse(text)
            return query and self._spelling.correct(query, parse)

    def search(
        self,
        query: Query,
        *,
        filter_: Filter = NO_FILTER,
        period: Period | None = None,
        present: bool = False,
        conditions: TextConditions = NO_CONDITIONS,
        conversation: Conversation | None = None,
        rerank: bool = True,
        waiting: int = 0,
    ) -> SearchResult:
        """Search for a query, together with the turn that it follows up, if it does.

        Args:
            query: what is asked.
            filter_: the articles that are searched.
            period: the period that passages are preferred from.
            present: whether newer passages are preferred.
            conditions: what the texts must have and must not have.
            conversation: what the question may follow up.
            rerank: whether the first passages may be reranked.
            waiting: other questions that wait for an answer.
        """
        scope = _SearchScope(filter_, period, present, conditions)
        result = self._search(query, scope, conversation)
        return self._reranked(result, waiting) if rerank else result

    def _search(
        self,
        query: Query,
        scope: "_SearchScope",
        conversation: Conversation | None,
    ) -> SearchResult:
        turn = conversation.antecedent if conversation else None
        if turn is None:
            [hits] = self._channel_hits([query], scope.filter)
            return self._search_alone(query, hits, scope)
        # On a server, it is searched for with the rest, before it is known to be needed.
        joined = self._joined(query, turn) if self._index.is_remote else None
        queries = [query] if joined is None else [query, joined]
        hits, *others = self._channel_hits(queries, scope.filter)
        if self._index.is_remote:
            ids = [source.article_id for source in turn.articles]
            prefetch(self._index, [hits, *others], self._settings.ranking, ids)
        result = self._search_alone(query, hits, scope)
        sources = self._available_sources(turn, scope.filter)
        if not sources:
            return result
        followup = FollowupFeatures(find_cues(query), self._context_features(result, sources))
        result = replace(result, followup=followup)
        probability = self._learned.followup.probability(followup.values())
        if probability < self._settings.followup_threshold:
            return result
        joined = joined or self._joined(query, turn)
        if joined is None:
            return result
        [joined_hits] = others or self._channel_hits([joined], scope.filter)
        return self._search_with_turn(result, joined, joined_hits, turn, sources, scope)

    def _search_alone(self, query: Query, hits: ChannelHits, scope: "_SearchScope") -> SearchResult:
        ranking = self._rank(query, hits, scope, None)
        with stage("judge"):
            weights = self.with_idf(query.groups)
            features = extract_features(ranking, weights) if ranking.passages else None
            probability = self.probability(query, features)
        return SearchResult(
            query=query,
            own_query=query,
            hits=hits,
            weights=weights,
            ranking=ranking,
            features=features,
            probability=probability,
        )

    def _search_with_turn(
        self,
        alone: SearchResult,
        query: Query,
        hits: ChannelHits,
        turn: Turn,
        sources: Sequence[SourceArticle],
        scope: "_SearchScope",
    ) -> SearchResult:
        """Search for a follow-up together with the turn that it follows up."""
        context = FollowupContext(
            hits=alone.hits,
            # The scores of one answer lie close together; the first article is the likeliest.
            shares={source.article_id: source.share**3 for source in sources},
            shown=(turn.articles[0].article_id, turn.paragraphs),
        )
        ranking = self._rank(query, hits, scope, context)
        features = extract_features(ranking, alone.weights) if ranking.passages else None
        return replace(
            alone,
            query=query,
            weights=self.with_idf(query.groups),
            ranking=ranking,
            features=features,
            probability=0.0
            if features is None
            else self._learned.followup_confidence.probability(features.values()),
            antecedent=turn,
        )

    def _joined(self, own: Query, turn: Turn) -> Query | None:
        """Return a question together with the turn before it; None where that has no subject."""
        subject = self.parse(turn.subject)
        return subject and Query(
            text=own.text,
            language=own.language,
            encoder_text=join_questions((subject.encoder_text, own.encoder_text)),
            words=tuple(dict.fromkeys((*subject.words, *own.words))),
        )

    def _reranked(self, result: SearchResult, waiting: int) -> SearchResult:
        """Rerank the first passages, where that can change the first place or "found"."""
        options, service = self._settings.reranking, self._reranker
        if service is None or result.features is None:
            return result
        count = contenders(result.ranking, options)
        if not count:
            return replace(result, reranking=Reranking.NOT_NEEDED)
        # They wait for a thread, or for the reranker.
        if waiting + service.waiting > options.queue:
            return replace(result, reranking=Reranking.OVERLOADED)
        with stage("rerank"):
            readings = self.read(result.query, result.ranking, range(count))
            logits = scores_of(readings)
            weight = self._learned.logit_weight(
                result.query.language, follows_up=result.antecedent is not None
            )
            ranking = with_logits(result.ranking, logits, weight)
        features = extract_features(ranking, result.own_weights)
        if result.antecedent is None:
            probability = self.probability(result.query, features)
        else:
            model = self._learned.reranked_followup_confidence
            probability = model.probability(features.values())
        return replace(
            result,
            ranking=ranking,
            features=features,
            probability=probability,
            reranking=Reranking.DONE,
            readings=dict(zip(result.ranking.rows[:count].tolist(), readings, strict=True)),
        )

    def encode(self, query: Query) -> NDArray[np.float32]:
        """Return the (dimension,) vector of a query."""
        return self._encoder.submit(query.encoder_text).result()

    def with_reading(self, result: SearchResult, place: int) -> SearchResult:
        """Return a result in which the passage at a place of its ranking has been read.

        It is not read where no reranker is loaded, or where other questions wait for it: only
        which words are marked depends on it.
        """
        row, service = int(result.ranking.rows[place]), self._reranker
        if row in result.readings or service is None or not service.loaded or service.waiting:
            return result
        with stage("rerank"):
            [reading] = self.read(result.query, result.ranking, [place])
        return replace(result, readings={**result.readings, row: reading})

    def read(self, query: Query, ranking: Ranking, places: Sequence[int]) -> list[PassageReading]:
        """Return the reranker's readings of the passages at some places; none without one."""
        return self._reader.read(query.encoder_text, ranking, places) if self._reader else []

    def _channel_hits(self, queries: Sequence[Query], filter_: Filter) -> list[ChannelHits]:
        vectors = [self._encoder.submit(query.encoder_text) for query in queries]
        return search(self._index, queries, vectors, self._settings.ranking, filter_)

    def _rank(
        self,
        query: Query,
        hits: ChannelHits,
        scope: "_SearchScope",
        context: FollowupContext | None,
    ) -> Ranking:
        ranking = rank(
            self._index,
            hits,
            self._learned.fusion.of(query.language),
            self._settings.ranking,
            period=scope.period,
            present=scope.present,
            context=context,
        )
        return scope.conditions.select(ranking)

    def _context_features(
        self, alone: SearchResult, sources: Sequence[SourceArticle]
    ) -> ContextFeatures:
        rows = [row for source in sources for row in self._index.article_rows(source.article_id)]
        in_sources = float(inner_products(self._index.vectors(rows), alone.hits.vector).max())
        anywhere = max(in_sources, float(alone.ranking.cosines.max(initial=-1)))
        first = self._index.article_rows(sources[0].article_id)
        passages = self._index.passages(first.tolist())
        texts = [text for passage in passages for text in (passage.title, passage.text)]
        present = set(index_terms("\n".join(dict.fromkeys(texts))))
        total = sum(idf for _, idf in alone.weights)
        return ContextFeatures(
            source_similarity_gap=in_sources - anywhere,
            max_unseen_idf=max_missing_idf(present, alone.weights),
            idf_overlap=covered_idf(present, alone.weights) / total if total else 1.0,
            standalone_probability=alone.probability,
        )

    def _available_sources(self, turn: Turn, filter_: Filter) -> list[SourceArticle]:
        """Return the turn's articles that the index still has and that pass the filter."""
        return [
            source
            for source in turn.articles
            if (article := self._index.article(source.article_id)) and filter_.matches(article)
        ]

    def probability(self, query: Query, features: AnswerFeatures | None) -> float:
        """Return the chance in [0, 1] that a ranking with these features answers a query."""
        if features is None:
            return 0.0
        models = self._learned.confidence
        if features.logit is not None:
            models = self._learned.reranked_confidence
        model = models.of(query.language)
        probability = model.probability(features.values())
        if features.coverage >= 1 and is_name(query):
            return max(probability, _NAME_PROBABILITY)
        return probability

    def with_idf(self, groups: Sequence[SynonymGroup]) -> list[tuple[SynonymGroup, float]]:
        """Pair each word with its inverse document frequency."""
        total = self._index.facts.passages

        def idf(group: SynonymGroup) -> float:
            # The most frequent alternative counts: a rare one does not make a word rare.
            most = max(
                min(self._index.document_frequency(term) for term in option.terms)
                for option in group.alternatives
            )
            return math.log(1 + (total - most + 0.5) / (most + 0.5))

        return [(group, idf(group)) for group in groups]

    def _get_or_make_translator(self) -> QueryTranslator:
        """Return the translator of Latin-script questions, made when it is first needed."""
        with self._translator_lock:
            if self._translator is None:
                self._translator = QueryTranslator(
                    self._index.vocabulary(),
                    self._index.facts.passages,
                    lexicon=self._settings.lexicon,
                    phonetic_matching=self._settings.sounds,
                )
            return self._translator
