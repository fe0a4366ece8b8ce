"""Resolution of date expressions to days.

Every function takes the groups that a pattern of `date_expressions` matched, and the day of the
question. It raises `ValueError` when there is no such day (۳۱ مهر), and `OverflowError` when the
day is beyond what `datetime.date` can hold.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias

from index.dates import Calendar, calendar_of, to_calendar
from retrieval.dates.calendars import (
    DateRange,
    PartialDate,
    days_of,
    month_days,
    months_before,
    nth_third,
    season_days,
    year_days,
)


class Granularity(IntEnum):
    """Precision of a date expression."""

    DAY = 1
    WEEK = 2
    MONTH = 3
    PART = 4  # a season, or a third of a month or a year
    YEAR = 5
    VAGUE = 6  # "recently"


@dataclass(frozen=True, slots=True)
class ResolvedDate:
    """The days that a date expression stands for.

    Attributes:
        days: the days.
        grain: the precision of the expression.
        written: the date, where it is written out; None for "last week" and for seasons.
    """

    days: DateRange
    grain: Granularity
    written: PartialDate | None = None


Groups: TypeAlias = Mapping[str, str | None]

_CALENDARS: Final = {
    "J": Calendar.JALALI,
    "p": Calendar.JALALI,
    "ERAj": Calendar.JALALI,
    "G": Calendar.GREGORIAN,
    "e": Calendar.GREGORIAN,
    "ERAg": Calendar.GREGORIAN,
}
_FIRST_WEEKDAY: Final = {"p": 5, "e": 0}  # Saturday in Iran, Monday in English.
_WEEK: Final = 7
_HOURS: Final = 24
_RECENT_DAYS: Final = 30
_RECENT_MONTHS: Final = 6
# Smaller ones are days of a month or numbers of things, unless they are of this century.
_FIRST_SHORT_YEAR: Final = 32
_PARTS: Final = ("EARLY", "MID", "LATE")


def short_year(digits: str, today: dt.date) -> int:
    """Return the Jalali year that two digits stand for: 92 is 1392, and 04 1404.

    Raises:
        ValueError: neither century has such a year by next year; 20 is a number.
    """
    this_year, _, _ = to_calendar(Calendar.JALALI, today)
    century, number = this_year - this_year % 100, int(digits)
    if number <= this_year % 100 + 1:
        return century + number
    if number < _FIRST_SHORT_YEAR:
        raise ValueError(f"{digits} is no year")
    return century - 100 + number


def written_date(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read a day, a month or a part of a month, with its year or without."""
    month = groups["month"] or ""
    day = groups.get("day")
    calendar = _CALENDARS[month[0]]
    year = _year(groups, today)
    if year is not None and _year_calendar(groups, year) is not calendar:
        raise ValueError(f"{year} is no {calendar} year")
    # A bare "last May" is not the one that is under way.
    latest = month_days(calendar, today).first - dt.timedelta(1) if groups.get("last") else today
    written = PartialDate(calendar, year, int(month[1:3]), int(day.lstrip("O")) if day else None)
    days = days_of(written, latest)
    if part := groups.get("part"):
        return ResolvedDate(_part(written, days, part), Granularity.PART, written)
    return ResolvedDate(days, Granularity.DAY if day else Granularity.MONTH, written)


def numeric_date(groups: Groups, _: dt.date) -> ResolvedDate:
    """Read 1404/08/27 or 18.11.2025, the month before the day only where it must be."""
    first, month, last = (int(part) for part in re.split("[-–—−/.]", groups["numeric"] or ""))
    year, day = (first, last) if first > last else (last, first)
    if month > 12 >= day:  # 11/18/2025
        month, day = day, month
    calendar = calendar_of(year)
    if calendar is None:
        raise ValueError(f"{year} is no year of news")
    written = PartialDate(calendar, year, month, day)
    return ResolvedDate(days_of(written, dt.date.max), Granularity.DAY, written)


def season(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read a season with its year."""
    year = _year(groups, today)
    if year is None:
        raise ValueError("a season of no year")
    return ResolvedDate(season_days(int((groups["season"] or "")[1:]), year), Granularity.PART)


def whole_year(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read a year or a part of it."""
    year = _year(groups, today)
    calendar = None if year is None else _year_calendar(groups, year)
    if year is None or calendar is None:
        raise ValueError("no year of news")
    days = year_days(calendar, year)
    written = PartialDate(calendar, year)
    if part := groups.get("part"):
        return ResolvedDate(_part(written, days, part), Granularity.PART, written)
    relative = (groups.get("year") or "").endswith(("p", "e"))
    return ResolvedDate(days, Granularity.YEAR, None if relative else written)


def _part(written: PartialDate, days: DateRange, part: str) -> DateRange:
    """Return a third of a month or a year; all of it for a week or a quarter somewhere in it."""
    name = part[:-1]
    return nth_third(written, days, _PARTS.index(name)) if name in _PARTS else days


def _year(groups: Groups, today: dt.date) -> int | None:
    """Return the year that a date is written with; None when it has none."""
    if short := groups.get("short"):
        return short_year(short, today)
    year = groups.get("year")
    if year is None:
        return None
    if year.isdecimal():
        return int(year)
    this_year, _, _ = to_calendar(_CALENDARS[year[-1]], today)
    return this_year if year.startswith("THIS") else this_year - 1


def _year_calendar(groups: Groups, year: int) -> Calendar | None:
    """Return the calendar of a year, unless words after it speak of the other one."""
    calendar = calendar_of(year)
    era = groups.get("era")
    if era and _CALENDARS[era] is not calendar:
        raise ValueError(f"{year} is of another calendar")
    return calendar


def relative_date(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read the day, week, month or year that lies so many of them back; 0 is this one."""
    unit, language = _unit(groups)
    back = _count(groups) if groups.get("count") else int(groups.get("back") or 1)
    back = 0 if groups.get("this") else back
    calendar = _CALENDARS[groups.get("era") or language]
    if unit == "DAY":
        day = today - dt.timedelta(back)
        return ResolvedDate(DateRange(day, day), Granularity.DAY)
    if unit == "WEEK":
        into_week = (today.weekday() - _FIRST_WEEKDAY[language]) % _WEEK
        first = today - dt.timedelta(into_week + _WEEK * back)
        return ResolvedDate(DateRange(first, first + dt.timedelta(_WEEK - 1)), Granularity.WEEK)
    if unit == "MONTH":
        return ResolvedDate(month_days(calendar, today, back), Granularity.MONTH)
    return ResolvedDate(
        year_days(calendar, to_calendar(calendar, today)[0] - back), Granularity.YEAR
    )


def trailing_window(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read "the past two weeks", which end today."""
    unit, language = _unit(groups)
    count = _count(groups) if groups.get("count") else 1
    days = {"HOUR": -(-count // _HOURS), "DAY": count, "WEEK": count * _WEEK}.get(unit)
    if days is not None:
        return ResolvedDate(DateRange(today - dt.timedelta(days), today), Granularity.WEEK)
    months = count if unit == "MONTH" else count * 12
    first = months_before(_CALENDARS[language], today, months)
    return ResolvedDate(
        DateRange(first, today), Granularity.MONTH if unit == "MONTH" else Granularity.YEAR
    )


def recent(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read "recently", which is the last thirty days, or "in recent months", the last six."""
    if groups.get("unit", "") == "MONTH":
        first = months_before(Calendar.GREGORIAN, today, _RECENT_MONTHS)
    else:
        first = today - dt.timedelta(_RECENT_DAYS)
    return ResolvedDate(DateRange(first, today), Granularity.VAGUE)


def weekday(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read a weekday: the most recent one, which may be today unless it says "last"."""
    latest = today - dt.timedelta(1) if groups.get("last") else today
    day = latest - dt.timedelta((latest.weekday() - int(groups["weekday"] or "")) % _WEEK)
    return ResolvedDate(DateRange(day, day), Granularity.DAY)


def _unit(groups: Groups) -> tuple[str, str]:
    return groups.get("unit") or "DAY", groups.get("language") or "p"


def _count(groups: Groups) -> int:
    return int((groups["count"] or "").lstrip("N"))
