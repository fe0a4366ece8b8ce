"""Dates in digits: which of their numbers is the year, and of which calendar."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from index.dates.calendars import (
    LUNAR_YEARS,
    Calendar,
    calendar_of,
    from_calendar,
    full_jalali_year,
    to_calendar,
)

# Clocks differ, and a day begins earlier in the east; later days are misread or mistyped.
FUTURE_DAYS: Final = 2
_YEAR_DIGITS: Final = 4
_CENTURY: Final = 100
# Plans of the next years are Jalali; lunar years of news are some forty years ahead of these.
_JALALI_AHEAD: Final = 15


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day as it is written in its calendar."""

    calendar: Calendar
    year: int
    month: int
    day: int

    @property
    def date(self) -> dt.date:
        """The same day as a Gregorian date.

        Raises:
            ValueError: there is no such day.
            OverflowError: it is outside what `datetime.date` can hold.
        """
        return from_calendar(self.calendar, self.year, self.month, self.day)


def is_plausible(day: dt.date, today: dt.date) -> bool:
    """Return whether news may be of a day: it has come, give or take two days."""
    return day.toordinal() <= today.toordinal() + FUTURE_DAYS


def read_numbers(parts: tuple[str, str, str], today: dt.date) -> CalendarDay:
    """Read three numbers as a day: 1404/8/27, 18/11/2025, 27/8/04, 11/18/25, 1447/05/27.

    Of the readings that are days, the first one that has come by `today` is meant, and else the
    first. A year stands first or last; the day stands before the month where both can be.
    A year of two digits is Jalali, or else Gregorian. A Jalali year in the future is a lunar one.

    Args:
        parts: the numbers in their order, in Latin digits.
        today: the day to judge by.

    Raises:
        ValueError: no reading is a day.
    """
    first: CalendarDay | None = None
    for reading in _readings(parts, today):
        try:
            day = reading.date
        except (ValueError, OverflowError):
            continue
        if is_plausible(day, today):
            return reading
        first = first or reading
    if first is None:
        raise ValueError("not a date")
    return first


def _readings(parts: tuple[str, str, str], today: dt.date) -> Iterator[CalendarDay]:
    a, b, c = (int(part) for part in parts)
    if len(parts[0]) == _YEAR_DIGITS:
        yield from _with_calendars(a, b, c, today)
        return
    if len(parts[2]) == _YEAR_DIGITS:
        yield from _with_calendars(c, b, a, today)
        yield from _with_calendars(c, a, b, today)
        return
    for year, month, day in ((a, b, c), (c, b, a)):
        try:
            yield CalendarDay(Calendar.JALALI, full_jalali_year(year, today), month, day)
        except ValueError:
            continue
    this_century = today.year - today.year % _CENTURY
    for century in (this_century, this_century - _CENTURY):
        for year, month, day in ((c, b, a), (c, a, b), (a, b, c)):
            yield CalendarDay(Calendar.GREGORIAN, century + year, month, day)


def _with_calendars(year: int, month: int, day: int, today: dt.date) -> Iterator[CalendarDay]:
    if calendar := calendar_of(year):
        yield CalendarDay(calendar, year, month, day)
    # 1447/5/27 is a day of 2025, not of 2068.
    if year in LUNAR_YEARS and year > to_calendar(Calendar.JALALI, today)[0] + _JALALI_AHEAD:
        yield CalendarDay(Calendar.LUNAR, year, month, day)
