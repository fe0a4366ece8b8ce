"""The three calendars, and days in digits."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import (
    JALALI_MONTHS,
    YEARS,
    Calendar,
    calendar_of,
    from_calendar,
    parse_date,
    to_calendar,
)

DAYS = st.dates(dt.date(1925, 1, 1), dt.date(2025, 12, 31))


@given(day=DAYS)
def test_what_is_written_in_either_calendar_is_read_back(day: dt.date) -> None:
    year, month, number = to_calendar(Calendar.JALALI, day)
    assert from_calendar(Calendar.JALALI, year, month, number) == day
    assert parse_date(f"{number} {JALALI_MONTHS[month - 1]} {year}") == day
    assert parse_date(f"{year}/{month}/{number}") == parse_date(day.isoformat()) == day
    assert parse_date(f"{number}/{month}/{year}") == day


@given(day=st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)))
def test_every_day_has_one_lunar_date(day: dt.date) -> None:
    assert from_calendar(Calendar.LUNAR, *to_calendar(Calendar.LUNAR, day)) == day


@pytest.mark.parametrize(
    ("lunar", "day"),
    [
        ((1, 1, 1), dt.date(622, 7, 19)),  # 16 July of the Julian calendar
        ((1421, 1, 1), dt.date(2000, 4, 6)),
        ((1445, 9, 1), dt.date(2024, 3, 11)),
        ((1447, 5, 27), dt.date(2025, 11, 18)),
    ],
)
def test_the_tabular_islamic_calendar(lunar: tuple[int, int, int], day: dt.date) -> None:
    assert from_calendar(Calendar.LUNAR, *lunar) == day
    assert to_calendar(Calendar.LUNAR, day) == lunar


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (1299, None),
        (1300, Calendar.JALALI),
        (1499, Calendar.JALALI),
        (1500, None),
        (1899, None),
        (1900, Calendar.GREGORIAN),
        (2099, Calendar.GREGORIAN),
        (2100, None),
    ],
)
def test_a_year_tells_its_calendar(year: int, expected: Calendar | None) -> None:
    assert calendar_of(year) is expected
    assert any(year in years for years in YEARS.values()) is (expected is not None)


@pytest.mark.parametrize(
    ("calendar", "day"),
    [
        (Calendar.JALALI, (1404, 7, 31)),
        (Calendar.GREGORIAN, (2025, 2, 29)),
        (Calendar.LUNAR, (1447, 13, 1)),
        (Calendar.LUNAR, (1447, 1, 31)),
    ],
)
def test_a_day_that_does_not_exist_is_an_error(
    calendar: Calendar, day: tuple[int, int, int]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_calendar(calendar, *day)
