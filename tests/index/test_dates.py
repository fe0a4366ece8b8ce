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

DAYS = st.dates(dt.date(1925, 1, 1), dt.date(2099, 12, 31))


@given(day=DAYS)
def test_what_is_written_in_either_calendar_is_read_back(day: dt.date) -> None:
    year, month, number = to_calendar(Calendar.JALALI, day)
    assert from_calendar(Calendar.JALALI, year, month, number) == day
    assert parse_date(f"{number} {JALALI_MONTHS[month - 1]} {year}") == day
    assert parse_date(f"{year}/{month}/{number}") == parse_date(day.isoformat()) == day


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


def test_a_day_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"."):
        from_calendar(Calendar.JALALI, 1404, 7, 31)
