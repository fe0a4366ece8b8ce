"""Constraints: the words of a question that say where and when to look."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from index.search_index import NO_FILTER, Filter
from retrieval.dates.periods import Period, PeriodUse, find_period, parse_bound
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
    since: str | None = None,
    until: str | None = None,
    source: str | None = None,
) -> Filter:
    """Make a filter of what somebody typed as options.

    Args:
        agencies: the archive's.
        today: what «دیروز» counts from.
        since: the first day, month or year, in either calendar.
        until: the last day, month or year, in either calendar.
        source: an agency, in any of its names.

    Raises:
        QuestionError: a date cannot be read, the range ends before it begins, or the archive has
            no such agency.
    """
    first = parse_bound(since, today)[0] if since else None
    last = parse_bound(until, today)[1] if until else None
    if first and last and first > last:
        raise QuestionError(f"no day is from {since} to {until}: the range ends before it begins")
    return Filter(first, last, agencies.resolve(source) if source else ())


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
