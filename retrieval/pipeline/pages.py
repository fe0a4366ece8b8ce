"""Pages: the passages of a result list that are shown, each with its sentence and its source."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from index.search_index import PassageTerms, SearchIndex
from index.text.passages import Passage
from retrieval.answers import Citation, LikelySpan, RetrievedPassage
from retrieval.conversation import SourceArticle, Turn, join_questions
from retrieval.learned import SpanModel
from retrieval.pipeline.results import ResultList
from retrieval.pipeline.searcher import SearchResult
from retrieval.pipeline.stories import find_republications
from retrieval.ranking.duplicates import deduplicate
from retrieval.ranking.highlight import answering_sentence, first_sentence
from retrieval.ranking.spans import SpanDistribution, SpanFeatures, number_agreement


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A passage that is shown.

    Attributes:
        position: of the passage in the result list.
        passage: the passage.
        score: of the result whose place it has: its own, or that of a lead that it repeats.
        terms: its index terms.
        republications: numbers of the articles of other agencies that tell its article's story.
    """

    position: int
    passage: Passage
    score: float
    terms: PassageTerms
    republications: tuple[int, ...] = ()


class PageBuilder:
    """Chooses and presents the passages of a result list."""

    def __init__(self, index: SearchIndex, span_model: SpanModel) -> None:
        """Read passages and articles from `index`; `span_model` tells how sure an answer is."""
        self._index = index
        self._span_model = span_model

    def deduplicated(self, results: ResultList, limit: int) -> list[PageEntry]:
        """Return the first `limit` passages of a result list, near-duplicates and stories once."""
        stories = find_republications(self._index, results.rows)
        articles = self._index.article_numbers(results.rows).tolist()

        @cache
        def terms_at(position: int) -> PassageTerms:
            [terms] = self._index.passage_terms([results.rows[position]])
            return terms

        chosen = deduplicate(
            results.passages,
            articles,
            lambda position: terms_at(position).text,
            limit,
            left_out={other for others in stories.values() for other in others},
        )
        return [
            PageEntry(
                position=shown,
                passage=results.passages[shown],
                score=results.scores[place],
                terms=terms_at(shown),
                republications=stories.get(articles[shown], ()),
            )
            for place, shown in chosen
        ]

    def retrieved(
        self, shown: PageEntry, results: ResultList, *, mark: bool = False
    ) -> RetrievedPassage:
        """Return a passage with its answering sentence and its citation.

        Args:
            shown: the passage.
            results: the list that it is in.
            mark: whether the words that answer are looked for; those of a passage that does not
                answer would mislead.
        """
        text, search = shown.passage.text, results.search
        reading = search.readings.get(results.rows[shown.position]) if search else None
        answers = SpanDistribution(text, reading.span) if reading and reading.span else None
        if search is None:
            highlight = first_sentence(text)
        else:
            highlight = answering_sentence(text, shown.terms.sentences, search.own_weights, answers)
        span = None
        if mark and search and reading and answers:
            span = self._likely_span(shown, highlight, answers, reading.score, search)
        sure = span is not None and span.confidence >= self._span_model.threshold
        return RetrievedPassage(
            article_id=shown.passage.article_id,
            paragraphs=shown.passage.paragraphs,
            text=text,
            score=shown.score,
            citation=self.citation(shown.passage.article_id),
            highlight=highlight,
            answer_span=(span.start, span.end) if span and sure else None,
            republications=tuple(map(self._citation_of, shown.republications)),
            likely_span=span,
        )

    def _citation_of(self, article: int) -> Citation:
        """Return the source of an article by its number."""
        row = int(self._index.passages_of([article])[0])
        [passage] = self._index.passages([row])
        return self.citation(passage.article_id)

    def listed(self, results: ResultList) -> list[RetrievedPassage]:
        """Return all passages of a list of articles, none of which is left out as a duplicate."""
        terms = self._index.passage_terms(list(results.rows))
        entries = zip(results.passages, results.scores, terms, strict=True)
        return [
            self.retrieved(PageEntry(position, *entry), results)
            for position, entry in enumerate(entries)
        ]

    def _likely_span(
        self,
        shown: PageEntry,
        sentence: tuple[int, int],
        answers: SpanDistribution,
        logit: float,
        search: SearchResult,
    ) -> LikelySpan | None:
        """Return the likeliest answer in a sentence, and how sure it is; None without any word."""
        text = shown.passage.text
        best = answers.best(*sentence)
        if best is None or best.start >= best.end:
            return None
        by_words = answering_sentence(text, shown.terms.sentences, search.own_weights)
        features = SpanFeatures(
            chance=best.chance,
            expected_f1=best.expected_f1,
            words=math.log1p(best.words),
            sentence_agrees=float(sentence == by_words),
            number_agrees=number_agreement(search.own_query.text, text[best.start : best.end]),
            logit=min(max(logit, -10.0), 10.0),
        ).values()
        confidence = self._span_model.confidence.probability(features)
        return LikelySpan(best.start, best.end, confidence, features)

    def citation(self, article_id: str) -> Citation:
        """Return the source of an article's passages.

        Raises:
            LookupError: the index has no such article.
        """
        article = self._index.article(article_id)
        if article is None:
            raise LookupError(f"passage of an unknown article {article_id!r}")
        return Citation.of(article)


def turn_of(question: str, results: ResultList, shown: Sequence[PageEntry], *, found: bool) -> Turn:
    """Return what the next question of the conversation may refer to."""
    antecedent = results.search.antecedent if results.search else None
    shares: dict[str, float] = {}
    for one in shown:
        share = round(min(one.score / (shown[0].score or 1.0), 1.0), 4)
        shares.setdefault(one.passage.article_id, share)
    earlier = [antecedent.subject] if antecedent else []
    return Turn(
        question=question,
        subject=join_questions([*earlier, results.subject]),
        follows=antecedent is not None,
        found=found,
        articles=tuple(SourceArticle(article, share) for article, share in shares.items()),
        paragraphs=shown[0].passage.paragraphs if shown else (),
    )
