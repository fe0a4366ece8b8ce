"""Dates as people and machines write them: three calendars, in words and digits."""

from index.dates.calendars import (
    FIRST_JALALI_DAY,
    JALALI_MONTHS,
    YEARS,
    Calendar,
    calendar_of,
    from_calendar,
    to_calendar,
)
from index.dates.reader import DateReader, WrittenDay, parse_date

__all__ = [
    "FIRST_JALALI_DAY",
    "JALALI_MONTHS",
    "YEARS",
    "Calendar",
    "DateReader",
    "WrittenDay",
    "calendar_of",
    "from_calendar",
    "parse_date",
    "to_calendar",
]
