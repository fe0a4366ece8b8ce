"""Requests: what a question says of where and when to look, apart from what it asks."""

from dataclasses import dataclass, replace
from datetime import date

from index.contract import EVERYTHING, Filter
from retrieval.agencies import Agencies
from retrieval.errors import QuestionError
from retrieval.lines import cut
from retrieval.periods import Period, PeriodUse, find_period, parse_bound
from retrieval.wanted import find_code, find_latest


@dataclass(frozen=True, slots=True)
class Request:
    """A question and the limits that it sets itself.

    Attributes:
        text: the question, without the words that became limits.
        within: the articles that it asks about.
        gives_up: whether the time in `within` may be given up when nothing there answers: the
            question names it, and not expressly as one of publication.
        period: a time that it prefers.
        code: the agency's number of the article that it asks for.
        latest: whether it asks for news by date.
        unknown_source: an agency that it names and the archive does not have.
    """

    text: str
    within: Filter = EVERYTHING
    gives_up: bool = False
    period: Period | None = None
    code: str | None = None
    latest: bool = False
    unknown_source: str | None = None


def read_request(text: str, today: date, agencies: Agencies) -> Request:
    """Tell what a question asks from where and when it says to look.

    Args:
        text: the question as it was asked.
        today: what «دیروز» counts from.
        agencies: the archive's.
    """
    if (code := find_code(text)) is not None:
        return Request(text, code=code.code)
    request = Request(text)
    if (source := agencies.mentioned(text)) is not None:
        if source.agencies:
            within = replace(request.within, agencies=source.agencies)
            text = _without(text, source.start, source.end)
            request = replace(request, within=within)
        else:
            request = replace(request, unknown_source=source.name)
    period = find_period(text, today)
    if period is not None and period.use is not PeriodUse.VAGUE:
        within = replace(request.within, since=period.since, until=period.until)
        # When something happened may also be said in the article, whatever its own date.
        gives_up = period.use is PeriodUse.EXPLICIT
        text = text if gives_up else _without(text, period.start, period.end)
        request = replace(request, within=within, gives_up=gives_up, period=period)
    elif period is not None:
        request = replace(request, period=period)
    if (latest := find_latest(text)) is not None:
        return replace(request, text=latest.subject, latest=True)
    return replace(request, text=text)


def make_filter(
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


def intersection(chosen: Filter, asked: Filter) -> Filter:
    """Return what lies in both filters; chosen agencies go before those that a question names."""
    starts = [day for day in (chosen.since, asked.since) if day]
    ends = [day for day in (chosen.until, asked.until) if day]
    return Filter(
        max(starts, default=None),
        min(ends, default=None),
        chosen.agencies or asked.agencies,
    )


def _without(text: str, start: int, end: int) -> str:
    """Return the text without a part, if words are left, and the whole text otherwise."""
    rest = cut(text, start, end)
    return rest if any(character.isalnum() for character in rest) else text
