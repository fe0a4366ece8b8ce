"""Constraints: the words of a question that say where and when to look."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Self

from index.search_index import NO_FILTER, Filter
from retrieval.dates.periods import Period, PeriodUse, find_period, parse_bound, parse_range
from retrieval.errors import QuestionError
from retrieval.query.agencies import Agencies
from retrieval.query.intents import (
    asks_about_present,
    asks_for_any_news,
    detect_code,
    find_latest,
)
from retrieval.query.operators import find_operators
from retrieval.token_line import TokenizedText

_COMMAS: Final = re.compile("[,،;؛]")
_FROM: Final = frozenset(("از", "from", "by", "az"))
# Every run of the words is looked up among the agencies.
_MAX_FILTER_WORDS: Final = 16


@dataclass(frozen=True, slots=True)
class QueryConstraints:
    """A question's text and the constraints that the question itself states.

    Attributes:
        text: the question, without the words that became constraints.
        timed_text: the same with the words that say when something happened.
        filter: the articles that it asks about.
        relaxable: whether the period in `filter` may be dropped when nothing of it answers: the
            question says when something happened, not when it was published.
        period: the period that it names, which passages are preferred from.
        code: the agency's number of the article that it asks for.
        latest: whether it asks for news by date.
        present: whether it asks about something as it is now, and names no period.
        unknown_source: an agency that it names and the archive does not have.
        phrases: what a text must have word for word.
        excluded: what a text must not have.
    """

    text: str
    timed_text: str
    filter: Filter = NO_FILTER
    relaxable: bool = False
    period: Period | None = None
    code: str | None = None
    latest: bool = False
    present: bool = False
    unknown_source: str | None = None
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @property
    def has_period(self) -> bool:
        """True if a period limits the articles."""
        return bool(self.filter.since or self.filter.until)

    def without_dates(self) -> Self:
        """Return the constraints for an archive without dates, which no period can filter."""
        return replace(self, filter=replace(self.filter, since=None, until=None))

    def without_period(self) -> Self:
        """Return the constraints with their period dropped and its words back in the text."""
        return replace(self.without_dates(), text=self.timed_text)


def parse_constraints(question: TokenizedText, today: date, agencies: Agencies) -> QueryConstraints:
    """Separate the words that say where and when to look from those that say what is asked.

    Args:
        question: the question as it was asked.
        today: what «دیروز» counts from.
        agencies: the archive's.
    """
    if (code := detect_code(question)) is not None:
        return QueryConstraints(question.text, question.text, code=code.code)
    operators = find_operators(question.text)
    if operators.excluded:
        question = TokenizedText(operators.text)
    filter_, relaxable, unknown_source = NO_FILTER, False, None
    if (source := agencies.mentioned(question)) is not None:
        if source.agencies:
            filter_ = Filter(agencies=source.agencies)
            question = _without(question, source.start, source.end)
        else:
            unknown_source = source.name
    timed_text = question.text
    period = find_period(question.text, today)
    if period is not None and period.use is not PeriodUse.VAGUE:
        filter_ = replace(filter_, since=period.since, until=period.until)
        relaxable = period.use is PeriodUse.EXPLICIT
        question = _without(question, period.start, period.end)
        timed_text = timed_text if relaxable else question.text
    text = question.text
    latest = find_latest(question)
    if latest is not None:
        text = timed_text = latest.subject
    elif filter_ != NO_FILTER and asks_for_any_news(question):
        text = timed_text = ""
    # A list of no subject is empty where the period has nothing.
    relaxable = relaxable and bool(timed_text)
    undated = period is None or period.until is None or period.until >= today
    return QueryConstraints(
        text=text,
        timed_text=timed_text,
        filter=filter_,
        relaxable=relaxable,
        period=period,
        latest=latest is not None or not text,
        present=undated and asks_about_present(question),
        unknown_source=unknown_source,
        phrases=operators.phrases,
        excluded=operators.excluded,
    )


def build_filter(
    agencies: Agencies,
    today: date,
    since: str | date | None = None,
    until: str | date | None = None,
    source: str | None = None,
) -> Filter:
    """Make a filter of what somebody typed as options.

    Args:
        agencies: the archive's.
        today: what «دیروز» counts from.
        since: the first day, or a text that names it: a day, month or year, in either calendar.
        until: the last day, or a text that names it.
        source: an agency, in any of its names.

    Raises:
        QuestionError: a date cannot be read, the range ends before it begins, or the archive has
            no such agency.
    """
    first, _ = _days_of(since, today)
    _, last = _days_of(until, today)
    if first and last and first > last:
        raise QuestionError("range_reversed", since=str(since), until=str(until))
    return Filter(first, last, agencies.resolve(source) if source else ())


def read_filter(text: str, agencies: Agencies, today: date) -> Filter:
    """Read a filter from words: a date or a range, an agency, or both, in any order.

    Args:
        text: «آبان ۱۴۰۴», «از مهر تا آبان ۱۴۰۴ ایلنا», "ILNA, since last month"; empty: no limit.
        agencies: the archive's.
        today: what «دیروز» counts from.

    Raises:
        QuestionError: it is neither, or the range ends before it begins.
    """
    words = _COMMAS.sub(" ", text).split()
    if not words:
        return NO_FILTER
    if len(words) <= _MAX_FILTER_WORDS:
        if days := parse_range(" ".join(words), today):
            return _days_filter(*days)
        for begin, end in _spans(len(words)):
            found = agencies.find(" ".join(words[begin:end]))
            rest = [*words[:begin], *words[end:]]
            # What introduces the agency: «خبرهای آبان از ایلنا».
            if begin and words[begin - 1].casefold() in _FROM:
                rest = [*words[: begin - 1], *words[end:]]
            if not found:
                continue
            if not rest:
                return Filter(agencies=found)
            if days := parse_range(" ".join(rest), today):
                return replace(_days_filter(*days), agencies=found)
    raise QuestionError("no_filter", text=text)


def _days_of(bound: str | date | None, today: date) -> tuple[date | None, date | None]:
    """Return the first and the last day of a bound, which for a date are the same."""
    if isinstance(bound, str):
        return parse_bound(bound, today) if bound else (None, None)
    day = bound.date() if isinstance(bound, datetime) else bound
    return day, day


def _days_filter(since: date | None, until: date | None) -> Filter:
    if since and until and since > until:
        raise QuestionError("range_reversed", since=str(since), until=str(until))
    return Filter(since, until)


def _spans(length: int) -> Iterator[tuple[int, int]]:
    """Yield the begin and the end of each run of words, the longest first."""
    for size in range(length, 0, -1):
        for begin in range(length - size + 1):
            yield begin, begin + size


def intersect(chosen: Filter, asked: Filter) -> Filter:
    """Return the days that are in both filters, and the chosen agencies or else those asked for."""
    starts = [day for day in (chosen.since, asked.since) if day]
    ends = [day for day in (chosen.until, asked.until) if day]
    return Filter(
        max(starts, default=None),
        min(ends, default=None),
        chosen.agencies or asked.agencies,
    )


def _without(question: TokenizedText, start: int, end: int) -> TokenizedText:
    """Return the question without a span, or all of it where no word would be left."""
    rest = question.without(start, end)
    return rest if any(character.isalnum() for character in rest.text) else question
