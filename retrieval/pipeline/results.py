"""Listings: everything that a question gets, in order, before it is cut into pages."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.search_index import NO_FILTER, Filter, SearchIndex
from index.text.passages import Passage
from retrieval.answers import Scope
from retrieval.conversation import Conversation
from retrieval.pipeline.searcher import Searcher, SearchResult
from retrieval.query.agencies import Agencies
from retrieval.query.constraints import QueryConstraints, intersect, parse_constraints
from retrieval.query.query import Query
from retrieval.settings import RetrievalSettings

# "Latest news of …" takes the passages whose score is at least this share of the best one's.
_ABOUT_SUBJECT = 0.6


@dataclass(frozen=True, slots=True)
class ResultList:
    """All passages for one question.

    Attributes:
        language: of the question.
        subject: what is asked, without the words that became limits; what a follow-up is about.
        passages: best first, or newest first.
        rows: of each passage in the index.
        scores: of each passage, in [0, 1].
        probability: calibrated chance that the first passage answers; 1 for what was asked for by
            its code or date.
        scope: where was looked.
        examined: what the list rests on; None where nothing was searched for.
    """

    language: str
    subject: str
    passages: Sequence[Passage]
    rows: Sequence[int]
    scores: Sequence[float]
    probability: float
    scope: Scope
    examined: SearchResult | None


class QueryPlanner:
    """Lists passages of one opened index; may be used from several threads at once."""

    def __init__(
        self,
        index: SearchIndex,
        examiner: Searcher,
        settings: RetrievalSettings,
        today: Callable[[], dt.date],
    ) -> None:
        """List what `examiner` finds in `index`; `today` is the clock that «دیروز» is read by."""
        self._index = index
        self._examiner = examiner
        self._settings = settings
        self._today = today
        self.agencies = Agencies([name for name, _ in index.agencies()])

    def plan(
        self, text: str, *, within: Filter = NO_FILTER, conversation: Conversation | None = None
    ) -> ResultList | None:
        """List the passages for a question, or nothing for a text without any word.

        Args:
            text: the question as it was asked.
            within: the articles that the asker chose.
            conversation: what the question may follow up.

        Raises:
            QuestionError: the question is too long.
        """
        question = self._examiner.parse_query(text)
        if question is None:
            return None
        language = question.language
        request = parse_constraints(text, self._today(), self.agencies)
        timed = bool(request.within.since or request.within.until)
        dateless = self._index.facts.first_date is None
        asked_within = request.within
        if timed and dateless:  # No time can be told there, and none filters.
            asked_within = replace(asked_within, since=None, until=None)
        scope = Scope(
            intersect(within, asked_within),
            undated=dateless and (timed or request.latest),
            unknown_source=request.unknown_source,
        )
        if request.code:
            return self._coded(language, request.code, scope)
        listing = self._searched(question, request, scope, conversation)
        if timed and not dateless and request.relaxable and not self._is_found(listing):
            wide = replace(
                scope, within=intersect(within, replace(asked_within, since=None, until=None))
            )
            wider = self._searched(
                question, replace(request, text=request.timed_text), wide, conversation
            )
            if not listing.passages or self._is_found(wider):
                return self._of_another_time(wider)
        return listing

    def _is_found(self, listing: ResultList) -> bool:
        return listing.probability >= self._settings.found_threshold

    def _searched(
        self,
        whole: Query,
        request: QueryConstraints,
        scope: Scope,
        conversation: Conversation | None,
    ) -> ResultList:
        language = whole.language
        # Most questions have nothing that becomes a limit, and are understood already.
        same = request.text.strip() == whole.text
        question = whole if same else self._examiner.parse_query(request.text)
        if question is None:  # "latest news", of no subject
            newest = self._index.latest(self._settings.candidates, scope.within)
            rows = [int(self._index.article_rows(article)[0]) for article in newest]
            return self._certain(language, request.text, rows, scope)
        examined = self._examiner.search(
            question,
            within=scope.within,
            period=request.period,
            # Who asks for the latest names the subject.
            conversation=None if request.latest else conversation,
        )
        listing = ResultList(
            language=language,
            subject=request.text,
            passages=examined.ranking.passages,
            rows=examined.ranking.rows.tolist(),
            scores=examined.ranking.scores.tolist(),
            probability=examined.probability,
            scope=scope,
            examined=examined,
        )
        return self._newest_first(listing, examined) if request.latest else listing

    def _of_another_time(self, listing: ResultList) -> ResultList:
        """Mark a listing whose time was given up.

        An article of another time may tell of that time, but that it does is not known: it is
        shown as related. One without a date may be of that time.
        """
        listing = replace(listing, scope=replace(listing.scope, relaxed=True))
        first = self._index.article(listing.passages[0].article_id) if listing.passages else None
        if first is None or first.date is None:
            return listing
        below = 0.99 * self._settings.found_threshold
        return replace(listing, probability=min(listing.probability, below))

    def _coded(self, language: str, code: str, scope: Scope) -> ResultList:
        articles = [
            article
            for article_id in self._index.articles_with_code(code)
            if (article := self._index.article(article_id)) and scope.within.matches(article)
        ]
        if not articles:
            return self._certain(language, code, [], replace(scope, unknown_code=code))
        rows = [row for article in articles for row in self._index.article_rows(article.id)]
        return self._certain(language, articles[0].title, rows, scope)

    def _newest_first(self, listing: ResultList, examined: SearchResult) -> ResultList:
        """Keep the best passage of each article that is about the subject, the newest first."""
        if not listing.passages:
            return listing
        scores, articles = examined.ranking.scores, examined.ranking.articles
        about = np.flatnonzero(scores >= _ABOUT_SUBJECT * scores[0])
        evidence = examined.evidence
        # News of a subject is no answer to be doubted: an article with all of its words is it.
        all_there = evidence is not None and evidence.coverage >= 1
        # The first of each article, which is its best.
        kept = about[np.sort(np.unique(articles[about], return_index=True)[1])].tolist()
        days = self._index.dates(examined.ranking.rows[kept].tolist())
        # What has no date comes last; of one day, the best first.
        ordered = [kept[at] for at in np.argsort(-days, kind="stable")]
        return replace(
            listing,
            probability=1.0 if all_there else listing.probability,
            passages=[listing.passages[at] for at in ordered],
            rows=[listing.rows[at] for at in ordered],
            scores=[listing.scores[at] for at in ordered],
        )

    def _certain(
        self, language: str, subject: str, rows: Sequence[int], scope: Scope
    ) -> ResultList:
        """List passages that were asked for by code or date: nothing is uncertain about them."""
        probability = 1.0 if rows else 0.0
        passages, scores = self._index.passages(rows), [1.0] * len(rows)
        return ResultList(language, subject, passages, rows, scores, probability, scope, None)
