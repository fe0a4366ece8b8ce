"""Results: all that a question gets, in order, before it is cut into pages."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.search_index import Filter, SearchIndex
from index.text.passages import Passage
from retrieval.answers import AnswerKind, Scope
from retrieval.options import AskOptions, FilterLike
from retrieval.pipeline.searcher import Searcher, SearchResult
from retrieval.query.agencies import Agencies
from retrieval.query.constraints import (
    QueryConstraints,
    build_filter,
    intersect,
    parse_constraints,
    read_filter,
)
from retrieval.query.courtesy import AskedQuestion, read_question
from retrieval.query.query import check_question
from retrieval.ranking.text_conditions import make_conditions
from retrieval.ranking.timing import stage
from retrieval.settings import RetrievalSettings
from retrieval.token_line import count_words

# "Latest news of …" takes the passages whose score is at least this share of the best one's.
_ABOUT_SUBJECT = 0.6


@dataclass(frozen=True, slots=True)
class ResultList:
    """All passages for one question.

    Attributes:
        language: of the question.
        subject: the question without the words that became constraints; what a follow-up is about.
        passages: best first, or newest first.
        rows: of each passage in the index.
        scores: of each passage, in [0, 1].
        probability: calibrated chance that the first passage answers; 1 for articles that were
            asked for by their code or as the newest.
        scope: the articles that were searched.
        search: what the list is made from; None where nothing was searched for.
        kind: passages that may answer, or a list of articles.
        beginning: what was read of a text that is too long for a question; None: all of it.
    """

    language: str
    subject: str
    passages: Sequence[Passage]
    rows: Sequence[int]
    scores: Sequence[float]
    probability: float
    scope: Scope
    search: SearchResult | None
    kind: AnswerKind = AnswerKind.ANSWER
    beginning: str | None = None


class QueryPlanner:
    """Chooses how a question gets its results; may be used from several threads at once.

    A question that names an article's code gets that article, one that asks only for the newest
    gets the newest articles, a single word gets the newest articles that have it, and every other
    question is searched for.
    """

    def __init__(
        self,
        index: SearchIndex,
        searcher: Searcher,
        settings: RetrievalSettings,
        today: Callable[[], dt.date],
    ) -> None:
        """Answer from `index` and `searcher`; `today` is the clock that «دیروز» is read by."""
        self._index = index
        self._searcher = searcher
        self._settings = settings
        self._today = today
        self.agencies = Agencies([name for name, _ in index.agencies()])

    def plan(self, text: str, options: AskOptions) -> ResultList | None:
        """Return the results for a question, or None for a text without any word.

        Args:
            text: the question as it was asked.
            options: its filter and its conversation count here; pages are cut later.

        Raises:
            QuestionError: the question is too long, or its filter cannot be read.
        """
        limits = self.read_filter(options.filter)
        if not check_question(text, self._settings.max_question_characters):
            return None
        asked, constraints, scope = self.constrain(text, limits)
        results = self._results(asked.language, constraints, scope, limits, options)
        return replace(results, beginning=asked.beginning)

    def constrain(self, text: str, limits: Filter) -> tuple[AskedQuestion, QueryConstraints, Scope]:
        """Return what is asked, its constraints, and the articles that they leave.

        Args:
            text: the question as it was asked.
            limits: the caller's.
        """
        with stage("understand"):
            asked = read_question(text)
            constraints = parse_constraints(asked.text, self._today(), self.agencies)
        return asked, *self._scope(constraints, limits)

    def _results(
        self,
        language: str,
        constraints: QueryConstraints,
        scope: Scope,
        limits: Filter,
        options: AskOptions,
    ) -> ResultList:
        if constraints.code:
            return self._by_code(language, constraints.code, scope)
        results = self._search(language, constraints, scope, options)
        if not (constraints.has_period and constraints.relaxable) or self._is_found(results):
            return results
        wide = constraints.without_period()
        relaxed = self._search(
            language, wide, replace(scope, filter=intersect(limits, wide.filter)), options
        )
        if results.passages and not self._is_found(relaxed):
            return results
        return self._from_other_times(relaxed, constraints)

    def newest(self, language: str, most: int, limits: Filter) -> ResultList:
        """Return the newest articles that have a date, at most `most`, each with its beginning.

        Args:
            language: of the answer.
            most: number of articles at most.
            limits: the articles to list.
        """
        undated = self._index.facts.first_date is None
        newest = self._index.latest(most, limits)
        rows = [int(self._index.article_rows(article)[0]) for article in newest]
        listed = self._certain(language, "", rows, Scope(limits, undated=undated))
        return replace(listed, kind=AnswerKind.LIST)

    def read_filter(self, limits: FilterLike) -> Filter:
        """Return a filter as it is, that of one day, or the one that words name.

        Raises:
            QuestionError: the words name neither dates nor an agency of the archive.
        """
        if isinstance(limits, Filter):
            return limits
        today = self._today()
        if isinstance(limits, str):
            return read_filter(limits, self.agencies, today)
        return build_filter(self.agencies, today, limits, limits)

    def _scope(
        self, constraints: QueryConstraints, limits: Filter
    ) -> tuple[QueryConstraints, Scope]:
        """Return the constraints that this archive can fulfil, and the scope that they leave."""
        undated = self._index.facts.first_date is None
        scope = Scope(
            period=constraints.period,
            undated=undated and (constraints.has_period or constraints.latest),
            unknown_source=constraints.unknown_source,
        )
        if undated and constraints.has_period:
            constraints = constraints.without_period()
        return constraints, replace(scope, filter=intersect(limits, constraints.filter))

    def _is_found(self, results: ResultList) -> bool:
        """Return whether results are what was asked for; a list always is."""
        if results.kind is AnswerKind.LIST:
            return bool(results.passages)
        return results.probability >= self._settings.found_threshold

    def _search(
        self, language: str, constraints: QueryConstraints, scope: Scope, options: AskOptions
    ) -> ResultList:
        query = self._searcher.parse(constraints.text, language)
        conditions = make_conditions(
            self._searcher.parse, constraints.phrases, constraints.excluded
        )
        if query is None:  # "latest news", of no subject
            newest = self._index.latest(self._settings.candidates, scope.filter)
            rows = [int(self._index.article_rows(article)[0]) for article in newest]
            rows = conditions.select_rows(self._index, rows)
            newest_first = self._certain(language, constraints.text, rows, scope)
            return replace(newest_first, kind=AnswerKind.LIST)
        search = self._searcher.search(
            query,
            filter_=scope.filter,
            period=constraints.period,
            present=constraints.present,
            conditions=conditions,
            # A request for the latest news names its subject.
            conversation=None if constraints.latest else options.conversation,
            rerank=options.rerank,
            waiting=options.waiting,
        )
        results = ResultList(
            language=language,
            subject=constraints.text,
            passages=search.ranking.passages,
            rows=search.ranking.rows.tolist(),
            scores=search.ranking.scores.tolist(),
            probability=search.probability,
            scope=scope,
            search=search,
        )
        if constraints.latest:
            return self._newest_first(results, search)
        if search.antecedent is None and count_words(constraints.text) == 1:
            return self._with_word(results, search)
        return results

    def _from_other_times(self, results: ResultList, constraints: QueryConstraints) -> ResultList:
        """Mark results whose period was dropped, and call them related, not an answer.

        An article from another date may report on the period of the question, but nothing shows
        that it does. An article without a date may be from that period; and on a season, a year, a
        decade, or what happened before the archive begins, later articles report.
        """
        results = replace(results, scope=replace(results.scope, relaxed=True))
        first = self._index.article(results.passages[0].article_id) if results.passages else None
        if first is None or first.date is None:
            return results
        asked, begins = constraints.filter, self._index.facts.first_date
        before = asked.until is not None and begins is not None and asked.until < begins
        coarse = constraints.period is not None and not constraints.period.exact
        if before or (coarse and (asked.since is None or first.date >= asked.since)):
            return results
        below = 0.99 * self._settings.found_threshold
        return replace(results, probability=min(results.probability, below))

    def _by_code(self, language: str, code: str, scope: Scope) -> ResultList:
        articles = [
            article
            for article_id in self._index.articles_with_code(code)
            if (article := self._index.article(article_id)) and scope.filter.matches(article)
        ]
        if not articles:
            return self._certain(language, code, [], replace(scope, unknown_code=code))
        rows = [row for article in articles for row in self._index.article_rows(article.id)]
        return self._certain(language, articles[0].title, rows, scope)

    def _with_word(self, results: ResultList, search: SearchResult) -> ResultList:
        """List the articles that have a word; where none has, the results may answer as they are.

        A word asks nothing, so the list is no answer.
        """
        having = np.flatnonzero(search.ranking.own_lexical > 0)
        if not len(having):
            return results
        return replace(self._listed(results, search, having), probability=0.0)

    def _newest_first(self, results: ResultList, search: SearchResult) -> ResultList:
        """List the articles that are about the subject of a request for the latest news."""
        if not results.passages:
            return results
        scores = search.ranking.scores
        listed = self._listed(results, search, np.flatnonzero(scores >= _ABOUT_SUBJECT * scores[0]))
        # An article with all words of the subject is certainly news about it.
        certain = search.features is not None and search.features.coverage >= 1
        return replace(listed, probability=1.0) if certain else listed

    def _listed(
        self, results: ResultList, search: SearchResult, about: NDArray[np.intp]
    ) -> ResultList:
        """Keep the best passage of each article, the newest first.

        Args:
            results: the results of the search.
            search: the search.
            about: places of the candidates that may be kept, ascending.
        """
        articles = search.ranking.articles
        # The first of each article, which is its best.
        kept = about[np.sort(np.unique(articles[about], return_index=True)[1])].tolist()
        days = self._index.dates(search.ranking.rows[kept].tolist())
        # Articles without a date come last; within a day, the best first.
        ordered = [kept[at] for at in np.argsort(-days, kind="stable")]
        return replace(
            results,
            passages=[results.passages[at] for at in ordered],
            rows=[results.rows[at] for at in ordered],
            scores=[results.scores[at] for at in ordered],
            kind=AnswerKind.LIST,
        )

    def _certain(
        self, language: str, subject: str, rows: Sequence[int], scope: Scope
    ) -> ResultList:
        """Return passages that were asked for by code or as the newest: no doubt about them."""
        probability = 1.0 if rows else 0.0
        passages, scores = self._index.passages(rows), [1.0] * len(rows)
        return ResultList(language, subject, passages, rows, scores, probability, scope, None)
