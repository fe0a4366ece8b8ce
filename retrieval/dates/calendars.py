"""Ranges of days in the two calendars of written dates, Jalali and Gregorian.

The year determines the calendar: 1300 to 1499 are Jalali, 1900 to 2099 Gregorian.
Functions raise `ValueError` for days that do not exist (31 Mehr, 30 February).
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from index.dates.calendars import Calendar, calendar_of, from_calendar, to_calendar


@dataclass(frozen=True, slots=True)
class DateRange:
    """A range of days.

    Attributes:
        first: its first day.
        last: its last day, which belongs to it and is not before the first.
    """

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as it is written, from the year down to where the writer stopped.

    Attributes:
        calendar: of its year and month.
        year: the year; None when it is left to the reader.
        month: 1 to 12; None for a whole year.
        day: of the month; None for a whole month.
    """

    calendar: Calendar
    year: int | None
    month: int | None = None
    day: int | None = None


_MONTHS: Final = 12
_MONTH_DAYS: Final = 30
_WEEK_DAYS: Final = 7
_FRACTIONS: Final = {
    "EARLY": (3, 0),
    "MID": (3, 1),
    "LATE": (3, 2),
    "HALF1": (2, 0),
    "HALF2": (2, 1),
    "QUARTER1": (4, 0),
    "QUARTER2": (4, 1),
    "QUARTER3": (4, 2),
    "QUARTER4": (4, 3),
}
_FIRST_WINTER_MONTH: Final = 12
# Leap days come after four years, or after eight around 1900 and once in 33 Jalali years.
_YEARS_TO_A_LEAP_DAY: Final = 8


def days_of(written: PartialDate, today: dt.date) -> DateRange:
    """Return the days that a written date names.

    Without a year it is the most recent one: a month that has begun by `today`, a day that has
    come. With neither month nor year there is nothing to name.

    Raises:
        ValueError: there is no such date.
    """
    calendar, month, day = written.calendar, written.month, written.day
    if written.year is not None:
        return _named(calendar, written.year, month, day)
    this_year, _, _ = to_calendar(calendar, today)
    for year in range(this_year, this_year - _YEARS_TO_A_LEAP_DAY - 1, -1):
        try:
            days = _named(calendar, year, month, day)
        except ValueError:  # Not a leap year.
            continue
        if days.first <= today:
            return days
    raise ValueError(f"there is no such day: {written}")


def year_days(calendar: Calendar, year: int) -> DateRange:
    """Return the days of a year."""
    return _named(calendar, year, None, None)


def month_days(calendar: Calendar, day: dt.date, back: int = 0) -> DateRange:
    """Return the days of the month `back` months before that of `day`."""
    year, month, _ = to_calendar(calendar, day)
    years, month = divmod(year * _MONTHS + month - 1 - back, _MONTHS)
    return _named(calendar, years, month + 1, None)


def months_before(calendar: Calendar, day: dt.date, back: int) -> dt.date:
    """Return the same day of the month, `back` months earlier; its last day when it has fewer."""
    month = month_days(calendar, day, back)
    return min(month.last, month.first + dt.timedelta(to_calendar(calendar, day)[2] - 1))


def season_days(season: int, year: int) -> DateRange:
    """Return the days of season 1 (spring) to 4 (winter) of a year.

    Jalali seasons are quarters of the year. Gregorian ones are the meteorological ones, and a
    winter is that of its January.

    Raises:
        ValueError: `year` is of neither calendar.
    """
    calendar = calendar_of(year)
    if calendar is None:
        raise ValueError(f"{year} is no year of either calendar")
    month = season * 3 if calendar is Calendar.GREGORIAN else season * 3 - 2
    first_year = year - 1 if month == _FIRST_WINTER_MONTH else year
    first = _named(calendar, first_year, month, None).first
    return DateRange(first, month_days(calendar, first, back=-2).last)


def part_of(calendar: Calendar, days: DateRange, name: str) -> DateRange:
    """Return a named part of a month, a season, a year or a decade.

    Parts of several months are whole months; a month has thirds of ten days and halves of fifteen.

    Args:
        calendar: of the months.
        days: whole months.
        name: EARLY, MID or LATE for a third, HALF1 or HALF2, QUARTER1 to QUARTER4, WEEK1 to WEEK3
            for the first weeks and WEEK4 for the last seven days; any other name is all of it.
    """
    if name.startswith("WEEK"):
        first = days.first + dt.timedelta(_WEEK_DAYS * (int(name[-1]) - 1))
        if name == "WEEK4":
            first = days.last - dt.timedelta(_WEEK_DAYS - 1)
        return DateRange(first, first + dt.timedelta(_WEEK_DAYS - 1))
    count, part = _FRACTIONS.get(name, (1, 0))
    first_year, first_month, _ = to_calendar(calendar, days.first)
    last_year, last_month, _ = to_calendar(calendar, days.last)
    months = (last_year - first_year) * _MONTHS + last_month - first_month + 1
    if months % count:
        first = days.first + dt.timedelta(_MONTH_DAYS // count * part)
        last = first + dt.timedelta(_MONTH_DAYS // count - 1)
        return DateRange(first, days.last if part == count - 1 else last)
    size = months // count
    return DateRange(
        month_days(calendar, days.first, back=-size * part).first,
        month_days(calendar, days.first, back=-size * (part + 1) + 1).last,
    )


def _named(calendar: Calendar, year: int, month: int | None, day: int | None) -> DateRange:
    if month is None:
        return DateRange(
            from_calendar(calendar, year, 1, 1),
            from_calendar(calendar, year + 1, 1, 1) - dt.timedelta(1),
        )
    if day is not None:
        only = from_calendar(calendar, year, month, day)
        return DateRange(only, only)
    next_year, next_month = divmod(year * _MONTHS + month, _MONTHS)
    return DateRange(
        from_calendar(calendar, year, month, 1),
        from_calendar(calendar, next_year, next_month + 1, 1) - dt.timedelta(1),
    )
