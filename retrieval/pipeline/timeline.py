"""Timelines: how many articles about a topic each month has."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

from index.dates import Calendar, to_calendar
from index.search_index import NO_FILTER, Filter, SearchIndex, SynonymGroup, WeightedTerms
from retrieval.answers import WHOLE_ARCHIVE, Scope
from retrieval.dates.calendars import DateRange, month_days
from retrieval.pipeline.results import QueryPlanner
from retrieval.pipeline.searcher import Searcher
from retrieval.query.query import ENGLISH, Correction, check_question
from retrieval.ranking.text_conditions import make_conditions
from retrieval.settings import RetrievalSettings

# Part of the best alternative's weight, below which another one does not count.
_SURE: Final = 0.75


@dataclass(frozen=True, slots=True)
class TimelineMonth:
    """One month of a timeline.

    Attributes:
        year: in the timeline's calendar.
        month: 1 to 12.
        hits: articles about the topic.
        articles: all articles of the month that were searched.
    """

    year: int
    month: int
    hits: int
    articles: int

    @property
    def share(self) -> float:
        """The part of the month's articles that are about the topic; 0 where there are none."""
        return self.hits / self.articles if self.articles else 0.0


@dataclass(frozen=True, slots=True)
class Timeline:
    """The articles about a topic, by month.

    An article is about a topic if one of its passages, together with its title, has all words of
    the topic, as the articles that a single word lists do; words that are translated count in their
    surest translations only. An article counts once, and so does each of
    several articles that say the same.

    Attributes:
        topic: as it was asked.
        language: of the topic: "fa", "en" or "fa-Latn".
        calendar: of the months.
        months: without a gap, from the first to the last that has a searched article, so that a
            month without a hit is there with 0; empty when no searched article has a date.
        undated: hits without a date.
        scope: the articles that were searched.
        corrections: words that the archive does not have, and what was counted in their place.
    """

    topic: str
    language: str
    calendar: Calendar
    months: tuple[TimelineMonth, ...]
    undated: int = 0
    scope: Scope = WHOLE_ARCHIVE
    corrections: tuple[Correction, ...] = ()

    @property
    def hits(self) -> int:
        """Articles about the topic in all months."""
        return sum(month.hits for month in self.months)

    @property
    def articles(self) -> int:
        """Searched articles of all months."""
        return sum(month.articles for month in self.months)


class TimelineBuilder:
    """Counts the articles about a topic; may be used from several threads at once."""

    def __init__(
        self,
        index: SearchIndex,
        searcher: Searcher,
        planner: QueryPlanner,
        settings: RetrievalSettings,
    ) -> None:
        """Count in `index`, with words read by `searcher` and constraints by `planner`."""
        self._index = index
        self._searcher = searcher
        self._planner = planner
        self._settings = settings

    def build(
        self, topic: str, filter_: Filter = NO_FILTER, calendar: Calendar | None = None
    ) -> Timeline | None:
        """Return the timeline of a topic; see `Retriever.timeline`."""
        if not check_question(topic, self._settings.max_question_characters):
            return None
        asked, constraints, scope = self._planner.constrain(topic, filter_)
        language = asked.language
        if calendar is None:
            calendar = Calendar.GREGORIAN if language == ENGLISH else Calendar.JALALI
        query = self._searcher.parse(constraints.text, language)
        conditions = make_conditions(
            self._searcher.parse, constraints.phrases, constraints.excluded
        )
        days = self._index.article_dates(scope.filter)
        if query is None and not conditions:  # Only an agency or a period: all of its articles.
            hits = np.flatnonzero(days >= 0)
        else:
            rows = self._rows_with(query.groups if query else (), scope.filter)
            rows = np.array(conditions.select_rows(self._index, rows.tolist()), dtype=np.int64)
            hits = np.unique(self._index.article_numbers(rows.tolist()))
        hit_days = days[hits]
        return Timeline(
            topic=topic,
            language=language,
            calendar=calendar,
            months=_months(calendar, days, hit_days),
            undated=int(np.count_nonzero(hit_days == 0)),
            scope=scope,
            corrections=query.corrections if query else (),
        )

    def _rows_with(self, groups: tuple[SynonymGroup, ...], filter_: Filter) -> NDArray[np.int64]:
        """Return the rows of the passages that have each word of a topic in text or title."""
        words = [
            reduce(
                np.union1d,
                [
                    reduce(np.intersect1d, [self._rows_of(term, filter_) for term in way.terms])
                    for way in _sure(group.alternatives)
                ],
            )
            for group in groups
            if group.alternatives
        ]
        if not words:
            return np.empty(0, np.int64)
        rows: NDArray[np.int64] = reduce(np.intersect1d, words)
        return rows

    def _rows_of(self, term: str, filter_: Filter) -> NDArray[np.int64]:
        """Return the rows of all passages with an index term in text or title."""
        group = SynonymGroup((WeightedTerms((term,)),))
        passages = max(1, self._index.facts.passages)
        return self._index.search_terms(
            [group], passages, self._settings.title_weight, filter_
        ).rows


def _sure(ways: Sequence[WeightedTerms]) -> list[WeightedTerms]:
    """Return the ways to say a word that are nearly as good as the best one.

    A search may try words that only sound alike, which would be wrong in a count.
    """
    best = max(way.weight for way in ways)
    return [way for way in ways if way.weight >= _SURE * best]


def _months(
    calendar: Calendar, days: NDArray[np.int32], hit_days: NDArray[np.int32]
) -> tuple[TimelineMonth, ...]:
    """Count by month.

    Args:
        calendar: of the months.
        days: (articles,) day of each article, not positive for those that do not count.
        hit_days: (hits,) the same of those about the topic.
    """
    days, hit_days = days[days > 0], hit_days[hit_days > 0]
    if not days.size:
        return ()
    first, last = (dt.date.fromordinal(int(day)) for day in (days.min(), days.max()))
    months: list[DateRange] = []
    while not months or months[-1].first > first:
        months.append(month_days(calendar, last, back=len(months)))
    months.reverse()
    edges = [*(month.first.toordinal() for month in months), months[-1].last.toordinal() + 1]
    counts = (np.histogram(each, edges)[0].tolist() for each in (hit_days, days))
    return tuple(
        TimelineMonth(*to_calendar(calendar, month.first)[:2], hits, articles)
        for month, hits, articles in zip(months, *counts, strict=True)
    )
