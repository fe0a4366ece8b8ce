"""Days in the calendars that readers use: Jalali and Gregorian."""

import datetime as dt

from index.dates import FIRST_JALALI_DAY, Calendar, to_calendar


def calendar_date(day: dt.date, *, jalali: bool) -> tuple[int, int, int, str]:
    """Return a day's year, month and day, and the key of the text that names the months.

    The calendar is the Gregorian one for days before the first Jalali year, too.
    """
    calendar = Calendar.JALALI if jalali and day >= FIRST_JALALI_DAY else Calendar.GREGORIAN
    return *to_calendar(calendar, day), f"{calendar}_months"
