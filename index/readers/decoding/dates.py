"""Days of publication, as sources write them: Gregorian or Jalali, in any digits."""

import datetime as dt
import re
from email.utils import parsedate_to_datetime

import jdatetime

from index.text.persian import to_latin_digits

_NUMERIC = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_MONTHS = (
    "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split()  # Jalali
)
_NAMED = re.compile(rf"(?<!\d)(\d{{1,2}})\s+({'|'.join(_MONTHS)})(?:\s+ماه)?\s+(1[34]\d\d)(?!\d)")
_ARABIC_LETTERS = str.maketrans("يك", "یک")
_JALALI_YEARS = range(1300, 1500)


def parse_day(text: str) -> dt.date:
    """Return the Gregorian day that a date or timestamp begins with or names.

    Years 1300 to 1499 are Jalali. The day is the one that the publisher wrote: no time zone is
    applied. Understood are 2025-11-18, 1404/8/27, ۱۴۰۴-۰۸-۲۷, each with a time after it,
    «سه‌شنبه ۲۷ آبان ۱۴۰۴», and the dates of e-mail and RSS (Tue, 18 Nov 2025 ...).

    Raises:
        ValueError: it is no date.
    """
    try:
        return _parse(to_latin_digits(text).translate(_ARABIC_LETTERS).strip())
    except (ValueError, OverflowError, TypeError, IndexError):
        # The last two are how email.utils answers some of what is no date.
        raise ValueError("not a date") from None


def _parse(plain: str) -> dt.date:
    if match := _NUMERIC.match(plain):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
        return _gregorian(year, month, day)
    if match := _NAMED.search(plain):
        return _gregorian(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]))
    return parsedate_to_datetime(plain).date()


def find_jalali_day(text: str) -> dt.date | None:
    """Return the first Jalali day that a text names, as Gregorian; None if it names none."""
    plain = to_latin_digits(text).translate(_ARABIC_LETTERS)
    numeric = re.search(r"(?<!\d)(1[34]\d\d)([-/])(\d{1,2})\2(\d{1,2})(?!\d)", plain)
    for match in sorted(filter(None, (numeric, _NAMED.search(plain))), key=lambda m: m.start()):
        try:
            return parse_day(match[0])
        except ValueError:
            continue
    return None


def _gregorian(year: int, month: int, day: int) -> dt.date:
    if year in _JALALI_YEARS:
        gregorian: dt.date = jdatetime.date(year, month, day).togregorian()
        return gregorian
    return dt.date(year, month, day)
