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

from index.dates.calendars import (
    LUNAR_YEARS,
    Calendar,
    calendar_of,
    full_jalali_year,
    to_calendar,
)
from index.dates.numeric import read_numbers
from retrieval.dates.calendars import (
    DateRange,
    PartialDate,
    days_of,
    month_days,
    months_before,
    part_of,
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
    DECADE = 6
    VAGUE = 7  # "recently"


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
_YEAR_DIGITS: Final = 4


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
    written = PartialDate(calendar, year, int(month[1:3]), int(day.lstrip("NO")) if day else None)
    days = days_of(written, latest)
    if groups.get("part"):
        return ResolvedDate(_part(groups, calendar, days), Granularity.PART, written)
    return ResolvedDate(days, Granularity.DAY if day else Granularity.MONTH, written)


def months(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read several months of one year: «آبان و آذر ۱۴۰۴»; vague unless they follow each other."""
    last = written_date(groups, today)
    before = groups["months"] or ""
    calendar = _CALENDARS[(groups["month"] or "")[0]]
    if any(_CALENDARS[letter] is not calendar for letter in re.findall("[JG](?=[0-9])", before)):
        raise ValueError("months of two calendars")
    named = [int(month) for month in re.findall("[JG]([0-9]{2})", before)]
    _, month, _ = to_calendar(calendar, last.days.first)
    consecutive = named == [(month - back - 1) % 12 + 1 for back in range(len(named), 0, -1)]
    first = month_days(calendar, last.days.first, back=(month - named[0]) % 12).first
    return ResolvedDate(
        DateRange(first, last.days.last),
        Granularity.MONTH if consecutive else Granularity.VAGUE,
        last.written,
    )


def lunar_date(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read a day or a month of the lunar calendar, with its year."""
    month, day, year = groups["month"] or "", groups.get("day"), int(groups["year"] or 0)
    if year not in LUNAR_YEARS:
        raise ValueError(f"{year} is no lunar year of news")
    number = int(day.lstrip("O")) if day else None
    written = PartialDate(Calendar.LUNAR, year, int(month[1:3]), number)
    grain = Granularity.DAY if day else Granularity.MONTH
    return ResolvedDate(days_of(written, today), grain, written)


def numeric_date(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read 1404/08/27, 18.11.2025 or 27/8/04, as in sources."""
    first, second, third = re.split("[-–—−/.]", groups["numeric"] or "")
    if not groups["parted"] == "/" and max(len(first), len(third)) < _YEAR_DIGITS:
        raise ValueError("11.3.2 is a version")
    read = read_numbers((first, second, third), today)
    written = PartialDate(read.calendar, read.year, read.month, read.day)
    return ResolvedDate(days_of(written, dt.date.max), Granularity.DAY, written)


def numeric_month(groups: Groups, _: dt.date) -> ResolvedDate:
    """Read 1404/08 or 8/1404."""
    parts = re.findall("[0-9]+", groups["numeric"] or "")
    year, month = sorted(parts, key=len, reverse=True)
    calendar = calendar_of(int(year))
    if calendar is None:
        raise ValueError(f"{year} is no year of news")
    written = PartialDate(calendar, int(year), int(month))
    return ResolvedDate(days_of(written, dt.date.max), Granularity.MONTH, written)


def season(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read a season with its year, or the last or the present one."""
    number = int((groups["season"] or "")[1:])
    last = groups.get("last")
    if not last:
        year = _year(groups, today)
        if year is None:
            raise ValueError("a season of no year")
        days, calendar = season_days(number, year), calendar_of(year) or Calendar.JALALI
        if before := groups.get("seasons"):
            days = DateRange(season_days(int(before[1:]), year).first, days.last)
    else:
        calendar = _CALENDARS[last[-1]]
        this_year, _, _ = to_calendar(calendar, today)
        seasons = [season_days(number, this_year + 1 - back) for back in range(4)]
        if last.startswith("THIS"):
            days = next(days for days in seasons if days.first <= today)
        else:
            days = next(days for days in seasons if days.last < today)
    return ResolvedDate(_part(groups, calendar, days), Granularity.PART)


def decade(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read a decade: «دهه ۹۰», the 2010s; of two digits it is Jalali unless its era is named."""
    digits = (groups["decade"] or "").lstrip("N")
    year = int(digits)
    era = groups.get("era")
    if len(digits) < _YEAR_DIGITS and (era == "ERAg" or "english" in groups):
        year += 1900 if year > today.year % 100 else 2000
    elif len(digits) < _YEAR_DIGITS:
        year = full_jalali_year(year, today)
    calendar = calendar_of(year)
    if calendar is None or year % 10:
        raise ValueError(f"{year} is no decade of news")
    days = DateRange(year_days(calendar, year).first, year_days(calendar, year + 9).last)
    return ResolvedDate(_part(groups, calendar, days), Granularity.DECADE)


def whole_year(groups: Groups, today: dt.date) -> ResolvedDate:
    """Read a year or a part of it."""
    year = _year(groups, today)
    calendar = None if year is None else _year_calendar(groups, year)
    if year is None or calendar is None:
        raise ValueError("no year of news")
    days = year_days(calendar, year)
    written = PartialDate(calendar, year)
    if groups.get("part"):
        return ResolvedDate(_part(groups, calendar, days), Granularity.PART, written)
    relative = (groups.get("year") or "").endswith(("p", "e"))
    return ResolvedDate(days, Granularity.YEAR, None if relative else written)


def _part(groups: Groups, calendar: Calendar, days: DateRange) -> DateRange:
    """Return the part of some days that is named, or all of them."""
    part = groups.get("part")
    return part_of(calendar, days, part[:-1]) if part else days


def _year(groups: Groups, today: dt.date) -> int | None:
    """Return the year that a date is written with; None when it has none."""
    if short := groups.get("short"):
        return full_jalali_year(int(short.lstrip("N")), today)
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
    return int((groups["count"] or "").strip("Ne"))
