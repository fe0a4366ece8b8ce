"""Ranges of days in the two calendars of written dates, Jalali and Gregorian.

The year determines the calendar: 1300 to 1499 are Jalali, 1900 to 2099 Gregorian.
Functions raise `ValueError` for days that do not exist (31 Mehr, 30 February).
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from index.dates import Calendar, calendar_of, from_calendar, to_calendar
from index.text.persian import to_latin_digits
from retrieval.errors import QuestionError


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
_FIRST_WINTER_MONTH: Final = 12
# Leap days come after four years, or after eight around 1900 and once in 33 Jalali years.
_YEARS_TO_A_LEAP_DAY: Final = 8
_NUMERIC: Final = re.compile(r"([0-9]{4})(?:([-/.])([0-9]{1,2})(?:\2([0-9]{1,2}))?)?")


def parse_bound(text: str) -> tuple[dt.date, dt.date]:
    """Parse a day, a month or a year that bounds a range, as in `--from 1404-08`.

    Args:
        text: year, month and day in this order, in Persian, Arabic or Latin digits, separated
            by `-`, `/` or `.`; of either calendar. Month and day may be left out.

    Returns:
        Its first and its last day, which for a day are the same.

    Raises:
        QuestionError: it is none of these, or there is no such day.
    """
    if match := _NUMERIC.fullmatch(to_latin_digits(text).strip()):
        year, month, day = (int(part) if part else None for part in match.group(1, 3, 4))
        calendar = calendar_of(year) if year else None
        if calendar:
            try:
                days = days_of(PartialDate(calendar, year, month, day), dt.date.max)
                return days.first, days.last
            except ValueError:
                pass  # There is no such month or day; said below.
    raise QuestionError(
        f"{text!r} is not a date; write a day (1404-08-27 or 2025-11-18), a month (1404-08) or a "
        "year (1404)"
    )


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


def nth_third(written: PartialDate, days: DateRange, part: int) -> DateRange:
    """Return the early (0), middle (1) or late (2) third of a month or a year."""
    if written.month is None:
        first = month_days(written.calendar, days.first, back=-4 * part).first
        return DateRange(first, month_days(written.calendar, first, back=-3).last)
    first = days.first + dt.timedelta(10 * part)
    return DateRange(first, days.last if part == 2 else first + dt.timedelta(9))


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
