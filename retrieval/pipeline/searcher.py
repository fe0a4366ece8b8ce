"""Examining a question: what is found for it, and what speaks for that."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.encoders.encoder import Encoder
from index.search_index import NO_FILTER, Filter, SearchIndex, SynonymGroup
from index.similarity import inner_products
from index.text.persian import index_terms
from retrieval.conversation import Conversation, SourceArticle, Turn, join_questions
from retrieval.crosslingual.query_translation import QueryTranslator
from retrieval.dates.periods import Period
from retrieval.query.followups import ContextFeatures, FollowupEvidence, find_cues, is_name
from retrieval.query.query import Query, parse_query
from retrieval.ranking.batching_encoder import BatchingEncoder
from retrieval.ranking.confidence import AnswerFeatures, extract_features
from retrieval.ranking.highlight import covered_idf, max_missing_idf
from retrieval.ranking.ranking import ChannelHits, FollowupContext, Ranking, rank, search
from retrieval.ranking.timing import stage
from retrieval.settings import RetrievalSettings

# Who types a name wants to read of it, and an article that has all of it is an answer; the models
# were learned on questions.
_NAME_CHANCE = 0.75


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A question with everything that its answer rests on.

    Attributes:
        question: as it was understood; a follow-up after the question that it follows up.
        asked: the words that were asked now; the same as `question` unless it is a follow-up.
        found: what both channels find for `asked`.
        weights: the words of `question` with how much each tells.
        ranking: the candidates, best first.
        evidence: what speaks for the first of them; None when there is none.
        probability: calibrated chance in [0, 1] that the first of them answers.
        follows: the turn that the question follows up, or None.
        followup: what speaks for and against that; None when no turn came before.
    """

    question: Query
    asked: Query
    found: ChannelHits
    weights: Sequence[tuple[SynonymGroup, float]]
    ranking: Ranking
    evidence: AnswerFeatures | None
    probability: float
    follows: Turn | None = None
    followup: FollowupEvidence | None = None

    @property
    def asked_weights(self) -> list[tuple[SynonymGroup, float]]:
        """The words of `asked` with how much each tells."""
        groups = set(self.asked.groups)
        return [(group, weight) for group, weight in self.weights if group in groups]


class Searcher:
    """Examines questions over one opened index; may be used from several threads at once."""

    def __init__(self, index: SearchIndex, encoder: Encoder, settings: RetrievalSettings) -> None:
        """Examine over `index`, whose vectors `encoder` made."""
        self._index = index
        self._encoder = BatchingEncoder(encoder)
        self._settings = settings
        self._bridging = threading.Lock()
        self._bridge: QueryTranslator | None = None

    def translator(self) -> QueryTranslator:
        """Return the way from Latin letters to the index's terms, made when it is first needed."""
        with self._bridging:
            if self._bridge is None:
                self._bridge = QueryTranslator(
                    self._index.vocabulary(),
                    self._index.facts.passages,
                    lexicon=self._settings.lexicon,
                    sounds=self._settings.sounds,
                )
            return self._bridge

    def parse_query(self, text: str) -> Query | None:
        """Return a text as a question, or None when it has no word.

        Raises:
            QuestionError: it is too long.
        """
        with stage("understand"):
            return parse_query(text, self._settings.max_question_characters, self.translator)

    def search(
        self,
        question: Query,
        *,
        within: Filter = NO_FILTER,
        period: Period | None = None,
        conversation: Conversation | None = None,
    ) -> SearchResult:
        """Find and judge the candidates for a question.

        Args:
            question: what is asked.
            within: the articles that are searched.
            period: the time that is preferred.
            conversation: what the question may follow up.
        """
        alone = self._examine(question, within, period)
        topic = conversation.antecedent if conversation else None
        sources = self._admitted(topic, within) if topic else []
        if topic is None or not sources:
            return alone
        evidence = FollowupEvidence(find_cues(question), self._standing(alone, sources))
        alone = replace(alone, followup=evidence)
        if self._settings.followup.probability(evidence) < self._settings.followup_threshold:
            return alone
        return self._followed(alone, topic, sources, within, period)

    def _search(self, question: Query, within: Filter) -> ChannelHits:
        vector = self._encoder.submit(question.encoder_text)
        return search(self._index, question, vector, self._settings.ranking, within)

    def _standing(self, alone: SearchResult, sources: Sequence[SourceArticle]) -> ContextFeatures:
        rows = [row for source in sources for row in self._index.article_rows(source.article_id)]
        at_home = float(inner_products(self._index.vectors(rows), alone.found.vector).max())
        anywhere = max(at_home, float(alone.ranking.cosines.max(initial=-1)))
        first = self._index.article_rows(sources[0].article_id)
        passages = self._index.passages(first.tolist())
        texts = [text for passage in passages for text in (passage.title, passage.text)]
        present = set(index_terms("\n".join(dict.fromkeys(texts))))
        total = sum(weight for _, weight in alone.weights)
        return ContextFeatures(
            home=at_home - anywhere,
            foreign=max_missing_idf(present, alone.weights),
            shared=covered_idf(present, alone.weights) / total if total else 1.0,
            alone=alone.probability,
        )

    def _examine(
        self,
        question: Query,
        within: Filter,
        period: Period | None,
    ) -> SearchResult:
        found = self._search(question, within)
        ranking = self._rank(question, found, period, None)
        with stage("judge"):
            weights = self._term_weights(question.groups)
            evidence = extract_features(ranking, weights) if ranking.passages else None
            probability = self._probability(question, evidence)
        return SearchResult(
            question=question,
            asked=question,
            found=found,
            weights=weights,
            ranking=ranking,
            evidence=evidence,
            probability=probability,
        )

    def _followed(
        self,
        alone: SearchResult,
        topic: Turn,
        sources: Sequence[SourceArticle],
        within: Filter,
        period: Period | None,
    ) -> SearchResult:
        """Examine a follow-up together with what it follows up."""
        subject = self.parse_query(topic.subject)
        asked = alone.asked
        if subject is None:
            return alone
        question = Query(
            text=asked.text,
            language=asked.language,
            encoder_text=join_questions((subject.encoder_text, asked.encoder_text)),
            words=tuple(dict.fromkeys((*subject.words, *asked.words))),
        )
        found = self._search(question, within)
        # The scores of one answer lie close together; the first article is the likeliest by far.
        shares = {source.article_id: source.share**3 for source in sources}
        focus = FollowupContext(
            found=alone.found,
            shares=shares,
            shown=(topic.articles[0].article_id, topic.paragraphs),
        )
        ranking = self._rank(question, found, period, focus)
        evidence = extract_features(ranking, alone.weights)
        return replace(
            alone,
            question=question,
            weights=self._term_weights(question.groups),
            ranking=ranking,
            evidence=evidence,
            probability=self._settings.followup_confidence.probability(evidence),
            follows=topic,
        )

    def _admitted(self, topic: Turn, within: Filter) -> list[SourceArticle]:
        """Return the topic's articles that the index still has and that pass the filter."""
        return [
            source
            for source in topic.articles
            if (article := self._index.article(source.article_id)) and within.matches(article)
        ]

    def _rank(
        self,
        question: Query,
        found: ChannelHits,
        period: Period | None,
        focus: FollowupContext | None,
    ) -> Ranking:
        return rank(
            self._index,
            found,
            self._settings.fusion.of(question.language),
            self._settings.ranking,
            period=period,
            focus=focus,
        )

    def _probability(self, question: Query, evidence: AnswerFeatures | None) -> float:
        if evidence is None:
            return 0.0
        chance = self._settings.confidence.of(question.language).probability(evidence)
        if evidence.coverage >= 1 and is_name(question):
            return max(chance, _NAME_CHANCE)
        return chance

    def _term_weights(self, groups: Sequence[SynonymGroup]) -> list[tuple[SynonymGroup, float]]:
        """Pair each word with how much it tells: its inverse document frequency."""
        total = self._index.facts.passages

        def weight(group: SynonymGroup) -> float:
            # The commonest reading counts: a rare alternative does not make a word telling.
            most = max(
                min(self._index.document_frequency(term) for term in option.terms)
                for option in group.alternatives
            )
            return math.log(1 + (total - most + 0.5) / (most + 0.5))

        return [(group, weight(group)) for group in groups]
