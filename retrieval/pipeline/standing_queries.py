"""Standing queries: questions and subjects that are asked of every new article.

A new article matches by the rules of an answer. One with all words of a question in a passage and
its title answers it. A subject - words without a question - is in many articles that only mention
it: all of its words have to be in the title and the lead, or to come again and again. Any other
article has to be found: with its passages among the candidates, and every article away that matches
better, the search and the model are those of a question (`ArticleJudge`). They find whatever has a
subject of one or two words, for which they are not asked. Two measures that cost next to nothing,
the cosine with its nearest passage and the share of the subject's words that it has, say first
which articles are worth that; most are not.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.encoders.embedding_cache import embedding_key
from index.search_index import Filter, SearchIndex, SynonymGroup
from index.similarity import inner_products
from retrieval.answers import RetrievedPassage
from retrieval.learned import LearnedParameters
from retrieval.pipeline.judging import ArticleJudge
from retrieval.pipeline.pages import PageBuilder
from retrieval.pipeline.searcher import Searcher
from retrieval.pipeline.stories import find_republications
from retrieval.query.agencies import Agencies
from retrieval.query.constraints import intersect, parse_constraints
from retrieval.query.courtesy import read_question
from retrieval.query.followups import find_cues, is_name
from retrieval.query.intents import subject_of_news
from retrieval.query.query import Query, check_question
from retrieval.ranking.highlight import answering_sentence, covered_idf
from retrieval.ranking.text_conditions import TextConditions, make_conditions
from retrieval.settings import RetrievalSettings

# An article below one of these is not looked at further: the share of the words that it has,
# weighted by IDF, and its highest cosine. Just there the shipped model gives a Persian question
# a chance of 0.05 with 7 of IDF covered, and of 0.14 with 15.
_LEAST_COVERAGE: Final = 0.3
_LEAST_SIMILARITY: Final = 0.5
# An article that does not open with a subject is about it from these on: the sentences that have
# it, and their share of all sentences. Measured in docs/bot.md.
_LEAST_SENTENCES: Final = 3
_LEAST_SHARE: Final = 0.25
# All of the words, but for rounding.
_ALL: Final = 1 - 1e-6
# Vectors of queries that are compared with those of all new passages at a time.
_BLOCK: Final = 256

# Vectors of queries by their `embedding_key`.
VectorsByKey = Mapping[bytes, NDArray[np.float32]]
# The words of a query with their IDF.
Weights = Sequence[tuple[SynonymGroup, float]]


@dataclass(frozen=True, slots=True)
class StandingQuery:
    """A question or a subject that is asked of new articles.

    Attributes:
        text: as it was typed; «-فوتبال» in it leaves a word out, as in a question. "": every
            article of the agencies.
        excluded: further words that an article must not have.
        agencies: names, as in the index, one of which must be the article's; empty: any.
        id_prefix: what the article's id must begin with, as those of one channel's posts do.
    """

    text: str
    excluded: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    id_prefix: str = ""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A standing query in the words of one index; without a query it wants all articles.

    Attributes:
        is_subject: whether the words ask no question.
        is_name: whether they are a subject of two words at most, which the model cannot judge.
    """

    query: Query | None
    weights: Weights
    filter: Filter
    conditions: TextConditions
    id_prefix: str = ""
    is_subject: bool = False
    is_name: bool = False


class NewArticles:
    """New articles of one index, to match standing queries with; for one thread.

    Attributes:
        used: vectors of the queries that were matched, to be `known` next time.
    """

    def __init__(
        self,
        index: SearchIndex,
        searcher: Searcher,
        settings: RetrievalSettings,
        learned: LearnedParameters,
        agencies: Agencies,
        today: Callable[[], dt.date],
        article_ids: Sequence[str],
        known: VectorsByKey,
    ) -> None:
        """Read the articles.

        Args:
            index: the index that has them.
            searcher: of the index.
            settings: of the retriever.
            learned: its weights and models.
            agencies: those of the index.
            today: the clock that «امروز» is read by.
            article_ids: the new articles; those without a passage match nothing.
            known: vectors of queries that were encoded before.
        """
        self._index = index
        self._searcher = searcher
        self._settings = settings
        self._judge = ArticleJudge(index, searcher, settings.ranking, learned)
        self._agencies = agencies
        self._today = today
        self._pages = PageBuilder(index, learned.answer_span)
        self.used: dict[bytes, NDArray[np.float32]] = {}
        self._known = known
        rows = {one: index.article_rows(one) for one in dict.fromkeys(article_ids)}
        rows = {one: own for one, own in rows.items() if len(own)}
        self._ids = list(rows)
        self._articles = [index.article(one) for one in self._ids]
        self._rows = np.concatenate([np.empty(0, np.int64), *rows.values()])
        # Article i has the rows from start i to start i + 1.
        self._starts = np.cumsum([0, *map(len, rows.values())])
        self._vectors = index.vectors(self._rows.tolist())
        numbers = index.article_numbers(self._rows[self._starts[:-1]].tolist()).tolist()
        self._places = {number: place for place, number in enumerate(numbers)}
        self._sentences = [index.passage_terms(own.tolist()) for own in rows.values()]
        # Of each passage, its title's included.
        self._terms = [[one.title | one.text for one in own] for own in self._sentences]
        self._having = self._invert()
        self._stories: dict[frozenset[str], bool] = {}

    def match(self, queries: Sequence[StandingQuery]) -> Iterator[list[RetrievedPassage]]:
        """Yield for each query the best passage of each article that matches, the best first."""
        if not self._ids:
            yield from ([] for _ in queries)
            return
        for start in range(0, len(queries), _BLOCK):
            yield from self._match_block(queries[start : start + _BLOCK])

    def tell_one_story(self, first: str, second: str) -> bool:
        """Return whether two articles of the index say nearly the same or tell one story."""
        key = frozenset((first, second))
        if key not in self._stories:
            self._stories[key] = self._compare(first, second)
        return self._stories[key]

    def _compare(self, first: str, second: str) -> bool:
        if first == second or second in self._index.near_duplicates(first):
            return True
        rows = [self._index.article_rows(one) for one in (first, second)]
        if not all(map(len, rows)):  # one of them has been removed
            return False
        return bool(find_republications(self._index, [int(own[0]) for own in rows]))

    def _match_block(self, queries: Sequence[StandingQuery]) -> Iterator[list[RetrievedPassage]]:
        prepared = [self._prepare(query) for query in queries]
        encoded = [self._vector(one.query) for one in prepared if one and one.query]
        # (queries with words, articles): the cosine with each article's nearest passage.
        similarities = iter(
            np.maximum.reduceat(np.stack(encoded) @ self._vectors.T, self._starts[:-1], axis=1)
            if encoded
            else ()
        )
        for one in prepared:
            if one is None:
                yield []
            elif one.query is None:
                yield self._whole(one)
            else:
                yield self._matching(one, one.query, next(similarities))

    def _prepare(self, standing: StandingQuery) -> _Prepared | None:
        """Return a query in this index's words; None for one that asks nothing."""
        if not standing.text and (standing.agencies or standing.id_prefix):
            filter_ = Filter(agencies=standing.agencies)
            conditions = make_conditions(self._searcher.parse, (), standing.excluded)
            return _Prepared(None, (), filter_, conditions, standing.id_prefix)
        if not check_question(standing.text, self._settings.max_question_characters):
            return None
        asked = read_question(standing.text)
        constraints = parse_constraints(asked.text, self._today(), self._agencies)
        parse = self._searcher.parse
        query = parse(subject_of_news(constraints.text), asked.language)
        if query is None and not constraints.filter:
            return None
        return _Prepared(
            query=query,
            weights=self._searcher.with_idf(query.groups) if query else (),
            filter=intersect(Filter(agencies=standing.agencies), constraints.filter),
            conditions=make_conditions(
                parse, constraints.phrases, (*constraints.excluded, *standing.excluded)
            ),
            id_prefix=standing.id_prefix,
            is_subject=query is not None and bool(find_cues(query).is_keyword_query),
            is_name=query is not None and is_name(query),
        )

    def _vector(self, query: Query) -> NDArray[np.float32]:
        key = embedding_key(self._index.facts.fingerprint, query.encoder_text)
        if key not in self.used:
            known = self._known.get(key)
            self.used[key] = self._searcher.encode(query) if known is None else known
        return self.used[key]

    def _whole(self, prepared: _Prepared) -> list[RetrievedPassage]:
        """Return the first passage of every article that passes the filter and the conditions."""
        places = np.flatnonzero(self._passing(prepared)).tolist()
        return [self._passage(int(self._rows[self._starts[at]]), (), 1.0) for at in places]

    def _matching(
        self, prepared: _Prepared, query: Query, similarity: NDArray[np.float32]
    ) -> list[RetrievedPassage]:
        passing = self._passing(prepared)
        coverage = np.where(passing, self._coverage(prepared.weights), 0.0)
        vector = self._vector(query)
        found: dict[int, tuple[int, float]] = {}
        possible = (coverage >= _LEAST_COVERAGE) & (similarity >= _LEAST_SIMILARITY)
        for place in np.flatnonzero(coverage >= _ALL).tolist():
            row, share = self._best_row(place, prepared.weights, vector)
            if share >= _ALL:
                # The model finds every passage with all words of a subject, as asking does.
                possible[place] = False
                if not prepared.is_subject or self._is_about(place, prepared.weights):
                    found[place] = (row, 1.0)
        if not prepared.is_name:
            found |= self._found(query, vector, np.flatnonzero(possible).tolist())
        best_first = sorted(found, key=lambda place: -float(similarity[place]))
        return [self._passage(found[at][0], prepared.weights, found[at][1]) for at in best_first]

    def _found(
        self, query: Query, vector: NDArray[np.float32], places: Sequence[int]
    ) -> dict[int, tuple[int, float]]:
        """Return the row and the probability of those of some articles that asking would find."""
        if not places:
            return {}
        rows = np.concatenate([self._rows_of(at) for at in places])
        return {
            self._place_of(one.row): (one.row, one.probability)
            for one in self._judge.judge(query, vector, rows)
            if one.probability >= self._settings.found_threshold
        }

    def _best_row(
        self, place: int, weights: Weights, vector: NDArray[np.float32]
    ) -> tuple[int, float]:
        """Return the row of an article's passage with most of the words, and their share.

        Of several the nearest one.
        """
        total = _most_covered(weights)
        rows = self._rows_of(place)
        shares = [covered_idf(terms, weights) / total for terms in self._terms[place]]
        cosines = inner_products(
            self._vectors[self._starts[place] : self._starts[place + 1]], vector
        )
        best = max(range(len(rows)), key=lambda at: (shares[at], float(cosines[at])))
        return int(rows[best]), shares[best]

    def _is_about(self, place: int, weights: Weights) -> bool:
        """Return whether an article has all words in its title and lead, or again and again."""
        least = _ALL * _most_covered(weights)
        having = [
            covered_idf(passage.title | sentence, weights) >= least
            for passage in self._sentences[place]
            for sentence in passage.sentences
        ]
        return having[:1] == [True] or sum(having) >= max(
            _LEAST_SENTENCES, _LEAST_SHARE * len(having)
        )

    def _passing(self, prepared: _Prepared) -> NDArray[np.bool_]:
        """Return, (articles,), which pass the filter, and have no word that is left out."""
        passing = np.array([one.startswith(prepared.id_prefix) for one in self._ids])
        if prepared.filter:
            for place in np.flatnonzero(passing).tolist():
                article = self._articles[place]
                passing[place] = article is not None and prepared.filter.matches(article)
        if prepared.conditions:
            for place in np.flatnonzero(passing).tolist():
                passing[place] = self._meets(prepared.conditions, place)
        return passing

    def _meets(self, conditions: TextConditions, place: int) -> bool:
        """Return whether no passage has an excluded word, and one has the phrases."""
        if conditions.excludes(frozenset().union(*self._terms[place])):
            return False
        if not conditions.phrases:
            return True
        return bool(conditions.select_rows(self._index, self._rows_of(place).tolist()))

    def _rows_of(self, place: int) -> NDArray[np.int64]:
        rows: NDArray[np.int64] = self._rows[self._starts[place] : self._starts[place + 1]]
        return rows

    def _place_of(self, row: int) -> int:
        """Return the place of the article that a row belongs to."""
        return self._places[int(self._index.article_numbers([row])[0])]

    def _coverage(self, weights: Weights) -> NDArray[np.float64]:
        """Return, (articles,), the share of a query's words that each has, weighted by IDF."""
        covered = np.zeros(len(self._ids))
        absent = np.zeros(len(self._ids), np.bool_)
        for group, idf in weights:
            share = np.zeros(len(self._ids))
            for option in group.alternatives:
                having = [self._having.get(term, absent) for term in option.terms]
                share = np.maximum(share, option.weight * np.logical_and.reduce(having))
            covered += idf * share
        most = _most_covered(weights)
        return covered / most if most else covered

    def _invert(self) -> dict[str, NDArray[np.bool_]]:
        """Return, for each term, which articles have it, (articles,)."""
        having: dict[str, NDArray[np.bool_]] = {}
        for place, passages in enumerate(self._terms):
            for term in frozenset().union(*passages):
                if term not in having:
                    having[term] = np.zeros(len(self._ids), np.bool_)
                having[term][place] = True
        return having

    def _passage(self, row: int, weights: Weights, score: float) -> RetrievedPassage:
        """Return a passage with its answering sentence and its source."""
        [passage], [terms] = self._index.passages([row]), self._index.passage_terms([row])
        return RetrievedPassage(
            article_id=passage.article_id,
            paragraphs=passage.paragraphs,
            text=passage.text,
            score=score,
            citation=self._pages.citation(passage.article_id),
            highlight=answering_sentence(passage.text, terms.sentences, weights),
        )


def _most_covered(weights: Weights) -> float:
    """Return the IDF of all words: of a translated one, what its surest translation counts."""
    return sum(idf * max(option.weight for option in group.alternatives) for group, idf in weights)
