"""Dates as people read them: Jalali in Persian, Gregorian in English."""

import calendar
import datetime as dt

import jdatetime

from index.text.persian import to_persian_digits

# Earlier days have no date in the Jalali calendar; "0001-01-01" is how some sites say "unknown".
_FIRST_JALALI_DAY = jdatetime.date.min.togregorian()


def format_date(day: dt.date, language: str) -> str:
    """Write a day for a reader of "fa" (۲۷ آبان ۱۴۰۴) or any other language (18 November 2025)."""
    if language == "fa" and day >= _FIRST_JALALI_DAY:
        jalali = jdatetime.date.fromgregorian(date=day)
        month = jdatetime.date.j_months_fa[jalali.month - 1]
        return to_persian_digits(f"{jalali.day} {month} {jalali.year}")
    shown = f"{day.day} {calendar.month_name[day.month]} {day.year}"
    return to_persian_digits(shown) if language == "fa" else shown
