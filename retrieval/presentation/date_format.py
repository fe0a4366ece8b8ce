"""Days in the calendars that readers use: Jalali and Gregorian."""

import datetime as dt
from typing import Final

import jdatetime

# Earlier days have no date in the Jalali calendar; "0001-01-01" is how some sites say "unknown".
_FIRST_JALALI_DAY: Final = jdatetime.date.min.togregorian()
JALALI_MONTHS, GREGORIAN_MONTHS = "jalali_months", "gregorian_months"


def calendar_date(day: dt.date, *, jalali: bool) -> tuple[int, int, int, str]:
    """Return a day's year, month and day, and the key of the text that names the months.

    The calendar is the Gregorian one for days before the first Jalali year, too.
    """
    if jalali and day >= _FIRST_JALALI_DAY:
        shown = jdatetime.date.fromgregorian(date=day)
        return shown.year, shown.month, shown.day, JALALI_MONTHS
    return day.year, day.month, day.day, GREGORIAN_MONTHS
