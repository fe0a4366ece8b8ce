"""The calendars of dates in the Persian press: Jalali, Gregorian and lunar Hijri."""

import datetime as dt
from enum import StrEnum
from typing import Final

import jdatetime


class Calendar(StrEnum):
    """A calendar of twelve months.

    Attributes:
        JALALI: the solar calendar of Iran and Afghanistan.
        GREGORIAN: the international one.
        LUNAR: the tabular Islamic calendar. The months that are announced by sighting the moon
            begin up to two days earlier or later.
    """

    JALALI = "jalali"
    GREGORIAN = "gregorian"
    LUNAR = "lunar"


# The years that count as years of news; a year of four digits tells its calendar.
YEARS: Final = {Calendar.JALALI: range(1300, 1500), Calendar.GREGORIAN: range(1900, 2100)}
LUNAR_YEARS: Final = range(1340, 1520)
JALALI_MONTHS: Final = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split()
# Earlier days have no date in the Jalali calendar; "0001-01-01" is how some sites say "unknown".
FIRST_JALALI_DAY: Final = jdatetime.date.min.togregorian()
# 1 Muharram 1 is 16 July 622 (Julian), as an ordinal of `datetime.date`.
_LUNAR_EPOCH: Final = 227015
_LONGEST_LUNAR_MONTH: Final = 30
_CENTURY: Final = 100
# A smaller number is a day of the month, unless it is a year of this century.
_FIRST_SHORT_YEAR: Final = 32


def calendar_of(year: int) -> Calendar | None:
    """Return the calendar of a year; None when it is not a year of news."""
    return next((calendar for calendar, years in YEARS.items() if year in years), None)


def from_calendar(calendar: Calendar, year: int, month: int, day: int) -> dt.date:
    """Return a day of a calendar as a Gregorian date.

    Raises:
        ValueError: there is no such day.
        OverflowError: it is outside what `datetime.date` can hold.
    """
    if calendar is Calendar.GREGORIAN:
        return dt.date(year, month, day)
    if calendar is Calendar.LUNAR:
        # A month that was announced may have a day more than that of the table.
        if month not in range(1, 13) or day not in range(1, _LONGEST_LUNAR_MONTH + 1) or year < 1:
            raise ValueError("there is no such day in the lunar calendar")
        return dt.date.fromordinal(_lunar_ordinal(year, month, day))
    gregorian: dt.date = jdatetime.date(year, month, day).togregorian()
    return gregorian


def to_calendar(calendar: Calendar, day: dt.date) -> tuple[int, int, int]:
    """Return the year, month and day of the month of a day in a calendar.

    Raises:
        ValueError: the calendar begins later.
    """
    if calendar is Calendar.GREGORIAN:
        return day.year, day.month, day.day
    if calendar is Calendar.LUNAR:
        if day.toordinal() < _LUNAR_EPOCH:
            raise ValueError("the lunar calendar begins later")
        year = (30 * (day.toordinal() - _LUNAR_EPOCH) + 10646) // 10631
        month = (11 * (day.toordinal() - _lunar_ordinal(year, 1, 1)) + 330) // 325
        return year, month, day.toordinal() - _lunar_ordinal(year, month, 1) + 1
    jalali = jdatetime.date.fromgregorian(date=day)
    return jalali.year, jalali.month, jalali.day


def full_jalali_year(two_digits: int, today: dt.date) -> int:
    """Return the Jalali year that two digits stand for: 92 is 1392, and 04 1404.

    Raises:
        ValueError: neither century has such a year by next year; 20 is a number.
    """
    this_year, _, _ = to_calendar(Calendar.JALALI, today)
    century = this_year - this_year % _CENTURY
    if two_digits <= this_year % _CENTURY + 1:
        return century + two_digits
    if two_digits < _FIRST_SHORT_YEAR:
        raise ValueError(f"{two_digits} is no year")
    return century - _CENTURY + two_digits


def _lunar_ordinal(year: int, month: int, day: int) -> int:
    """Return the ordinal of a day of the tabular Islamic calendar.

    Its odd months have 30 days and its even ones 29; 11 years in 30 have a day more (Reingold and
    Dershowitz, *Calendrical Calculations*, chapter 7).
    """
    before = 354 * (year - 1) + (3 + 11 * year) // 30 + 29 * (month - 1) + month // 2
    return _LUNAR_EPOCH - 1 + before + day
