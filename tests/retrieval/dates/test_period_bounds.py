"""Days, months and years as limits of a search."""

import datetime as dt

import jdatetime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.persian import to_persian_digits
from retrieval.dates.periods import parse_bound
from retrieval.errors import QuestionError
from tests.retrieval.support.period_reading import ABAN, DAY, TODAY, days

JALALI_DAYS = st.dates(dt.date(1921, 3, 21), dt.date(2030, 12, 31))
DIGITS = st.sampled_from([str, to_persian_digits])


@given(JALALI_DAYS, DIGITS, st.sampled_from("-/."))
def test_every_day_is_a_bound(day: dt.date, digits: type[str], parting: str) -> None:
    jalali = jdatetime.date.fromgregorian(date=day)
    for date in (day, jalali):
        written = f"{date.year}{parting}{date.month:02}{parting}{date.day}"
        assert parse_bound(digits(written), TODAY) == (day, day)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("1404-08-01", "2025-10-23..2025-10-23"),
        (" ۱۴۰۴/۸/۱ ", "2025-10-23..2025-10-23"),
        ("١٤٠٤-٠٨", ABAN),
        ("1404/8", ABAN),
        ("1404", "2025-03-21..2026-03-20"),
        ("2025-11-18", DAY),
        ("2025-12", "2025-12-01..2025-12-31"),
        ("2024.2", "2024-02-01..2024-02-29"),
        ("2025", "2025-01-01..2025-12-31"),
        ("92", "2013-03-21..2014-03-20"),
        ("آبان ۱۴۰۴", ABAN),
        ("27/8/04", DAY),
        ("۲۷ عقرب ۱۴۰۴", DAY),
        ("18 Nov 2025", DAY),
        ("1447/05/27", DAY),
        ("بهار ۹۲", "2013-03-21..2013-06-21"),
        ("دهه ۹۰", "2011-03-21..2021-03-20"),
        ("دیروز", "2025-11-22..2025-11-22"),
        ("last week", "2025-11-10..2025-11-16"),
    ],
)
def test_bounds(text: str, period: str) -> None:
    assert parse_bound(text, TODAY) == days(period)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "22",
        "1200",
        "خزر ۱۴۰۴",
        "۳۱ مهر ۱۴۰۴",
        "1404-13",
        "1404-00",
        "1404-07-31",
        "2023-02-29",
        "1404-08/27",
        "1\n2",
    ],
)
def test_no_bounds(text: str) -> None:
    with pytest.raises(QuestionError) as caught:
        parse_bound(text, TODAY)
    quoted = " ".join(text.split())
    assert str(caught.value).startswith(f"“{quoted}” is not a date; write, for example, 1404-08-27")
