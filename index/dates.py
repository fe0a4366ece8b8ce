"""Jalali and Gregorian dates, parsed and converted."""

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

import jdatetime

from index.text.persian import to_latin_digits


class Calendar(StrEnum):
    """A calendar of twelve months."""

    JALALI = "jalali"
    GREGORIAN = "gregorian"


# The years that count as years of news; a year of four digits tells its calendar.
YEARS: Final = {Calendar.JALALI: range(1300, 1500), Calendar.GREGORIAN: range(1900, 2100)}
JALALI_MONTHS: Final = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split()
# Earlier days have no date in the Jalali calendar; "0001-01-01" is how some sites say "unknown".
FIRST_JALALI_DAY: Final = jdatetime.date.min.togregorian()
_NUMERIC: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_NUMERIC_JALALI: Final = re.compile(r"(?<!\d)(1[34]\d\d)([-/])(\d{1,2})\2(\d{1,2})(?!\d)")
_NAMED: Final = re.compile(
    rf"(?<!\d)(\d{{1,2}})\s+({'|'.join(JALALI_MONTHS)})(?:\s+ماه)?\s+(1[34]\d\d)(?!\d)"
)
_ARABIC_LETTERS: Final = str.maketrans("يك", "یک")


def calendar_of(year: int) -> Calendar | None:
    """Return the calendar of a year; None when it is not a year of news."""
    return next((calendar for calendar, years in YEARS.items() if year in years), None)


def from_calendar(calendar: Calendar, year: int, month: int, day: int) -> dt.date:
    """Return a day of a calendar as a Gregorian date.

    Raises:
        ValueError: there is no such day.
    """
    if calendar is Calendar.GREGORIAN:
        return dt.date(year, month, day)
    gregorian: dt.date = jdatetime.date(year, month, day).togregorian()
    return gregorian


def to_calendar(calendar: Calendar, day: dt.date) -> tuple[int, int, int]:
    """Return the year, month and day of the month of a day in a calendar.

    Raises:
        ValueError: the calendar begins later.
    """
    if calendar is Calendar.GREGORIAN:
        return day.year, day.month, day.day
    jalali = jdatetime.date.fromgregorian(date=day)
    return jalali.year, jalali.month, jalali.day


def parse_date(text: str) -> dt.date:
    """Return the day that a date or timestamp begins with or names, as a Gregorian date.

    Years 1300 to 1499 are Jalali. The day is the one that the publisher wrote: no time zone is
    applied. Accepted are 2025-11-18, 1404/8/27, ۱۴۰۴-۰۸-۲۷, each with a time after it,
    «سه‌شنبه ۲۷ آبان ۱۴۰۴», and the dates of e-mail and RSS (Tue, 18 Nov 2025 ...).

    Raises:
        ValueError: it is not a date.
    """
    try:
        return _parse(_plain(text).strip())
    except (ValueError, OverflowError, TypeError, IndexError):
        # email.utils raises the last two for some texts that are no date.
        raise ValueError("not a date") from None


def find_jalali_date(text: str) -> dt.date | None:
    """Return the first Jalali date in a text, as a Gregorian date; None when it has none."""
    plain = _plain(text)
    matches = filter(None, (_NUMERIC_JALALI.search(plain), _NAMED.search(plain)))
    for match in sorted(matches, key=lambda match: match.start()):
        try:
            return parse_date(match[0])
        except ValueError:
            continue
    return None


def _plain(text: str) -> str:
    return to_latin_digits(text).translate(_ARABIC_LETTERS)


def _parse(plain: str) -> dt.date:
    if match := _NUMERIC.match(plain):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    elif match := _NAMED.search(plain):
        year, month, day = int(match[3]), JALALI_MONTHS.index(match[2]) + 1, int(match[1])
    else:
        return parsedate_to_datetime(plain).date()
    return from_calendar(calendar_of(year) or Calendar.GREGORIAN, year, month, day)
