"""Requests: what a question says of where and when to look, apart from what it asks."""

from dataclasses import dataclass, replace
from datetime import date

from index.search_index import NO_FILTER, Filter
from retrieval.dates.periods import Period, PeriodUse, find_period, parse_bound
from retrieval.errors import QuestionError
from retrieval.query.agencies import Agencies
from retrieval.query.intents import detect_code, find_latest
from retrieval.query.token_line import remove_span


@dataclass(frozen=True, slots=True)
class QueryConstraints:
    """A question and the limits that it sets itself.

    Attributes:
        text: the question, without the words that became limits.
        timed_text: the same with the words that name when something happened.
        within: the articles that it asks about.
        relaxable: whether the time in `within` may be given up when nothing there answers: the
            question names it, and not expressly as one of publication.
        period: a time that it prefers.
        code: the agency's number of the article that it asks for.
        latest: whether it asks for news by date.
        unknown_source: an agency that it names and the archive does not have.
    """

    text: str
    timed_text: str
    within: Filter = NO_FILTER
    relaxable: bool = False
    period: Period | None = None
    code: str | None = None
    latest: bool = False
    unknown_source: str | None = None


def parse_constraints(text: str, today: date, agencies: Agencies) -> QueryConstraints:
    """Tell what a question asks from where and when it says to look.

    Args:
        text: the question as it was asked.
        today: what «دیروز» counts from.
        agencies: the archive's.
    """
    if (code := detect_code(text)) is not None:
        return QueryConstraints(text, text, code=code.code)
    within, gives_up, unknown_source = NO_FILTER, False, None
    if (source := agencies.mentioned(text)) is not None:
        if source.agencies:
            within = Filter(agencies=source.agencies)
            text = _without(text, source.start, source.end)
        else:
            unknown_source = source.name
    timed_text = text
    period = find_period(text, today)
    if period is not None and period.use is not PeriodUse.VAGUE:
        within = replace(within, since=period.since, until=period.until)
        gives_up = period.use is PeriodUse.EXPLICIT
        text = _without(text, period.start, period.end)
        timed_text = timed_text if gives_up else text
    if (latest := find_latest(text)) is not None:
        text = timed_text = latest.subject
    return QueryConstraints(
        text, timed_text, within, gives_up, period, None, latest is not None, unknown_source
    )


def build_filter(
    agencies: Agencies,
    since: str | None = None,
    until: str | None = None,
    source: str | None = None,
) -> Filter:
    """Make a filter of what somebody typed as options.

    Args:
        agencies: the archive's.
        since: the first day, month or year, in either calendar.
        until: the last day, month or year, in either calendar.
        source: an agency, in any of its names.

    Raises:
        QuestionError: a date cannot be read, the range ends before it begins, or the archive has
            no such agency.
    """
    first = parse_bound(since)[0] if since else None
    last = parse_bound(until)[1] if until else None
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


def _without(text: str, start: int, end: int) -> str:
    """Return the text without a part, if words are left, and the whole text otherwise."""
    rest = remove_span(text, start, end)
    return rest if any(character.isalnum() for character in rest) else text
