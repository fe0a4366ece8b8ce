"""Dates as sources write them."""

import datetime as dt
from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.dates import DateReader
from index.text.persian import to_persian_digits

TODAY = dt.date(2025, 11, 28)
DAY = dt.date(2025, 11, 18)
READER = DateReader(today=lambda: TODAY)


@pytest.mark.parametrize(
    "value",
    [
        # Jalali
        "1404-08-27",
        "۱۴۰۴/۸/۲۷",
        "\u200f۱۴۰۴/۸/۲۷",
        "1404.08.27 23:59:59",
        "۱۴۰۴ / ۰۸ / ۲۷",
        "۲۷/۸/۱۴۰۴",
        "۰۴/۰۸/۲۷",
        "27/8/04",
        "14040827",
        "سه‌شنبه ۲۷ آبان ۱۴۰۴",
        "سه‌شنبه، ۲۷ آبان‌ماه ۱۴۰۴ - ۱۰:۳۰",
        "٢٧ آبان ماه ١٤٠٤",
        "۲۷ آبان سال ۱۴۰۴",
        "۲۷ آبان ۰۴",
        "بیست و هفتم آبان ۱۴۰۴",
        "بیست‌وهفتم آبان ماه هزار و چهارصد و چهار",
        "۲۷ عقرب ۱۴۰۴",
        "تاریخ انتشار: ۲۷ آبان ۱۴۰۴",
        "1404-08-27T10:30:00+03:30",
        "27 Aban 1404",
        # Gregorian
        "2025-11-18",
        "2025-11-18T23:59:59+03:30",
        "18/11/2025",
        "11/18/2025",
        "18.11.25",
        "20251118",
        "20251118103000",
        "۱۸ نوامبر ۲۰۲۵",
        "18 نوفمبر 2025",
        "18 تشرین الثانی 2025",
        "November 18, 2025",
        "Nov. 18th, 2025 10:00 AM",
        "18-Nov-2025",
        "2025 Nov 18",
        "Tuesday, the 18th of November 2025",
        "Tue Nov 18 10:30:00 2025",
        "Tue Nov 18 2025 10:30:00 GMT+0330",
        "Tue, 18 Nov 2025 01:30:00 +0330",
        dt.date(2025, 11, 18),
        dt.date(1404, 8, 27),  # a table's own date with a Jalali year
        # Lunar
        "1447/05/27",
        "27 جمادی‌الاول 1447",
        # In another zone
        "2025-11-17T22:30:00Z",
        "Mon, 17 Nov 2025 22:30:00 GMT",
        "2025-11-17 10:30 PM UTC",
        dt.datetime(2025, 11, 17, 22, 0, tzinfo=dt.UTC),
        1763460000,
        1763460000.5,
        "1763460000",
        "1763460000000",
    ],
    ids=str,
)
def test_days(value: object) -> None:
    assert READER.read(value).day == DAY


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("05/06/2024", dt.date(2024, 6, 5)),
        ("13/06/2024", dt.date(2024, 6, 13)),
        ("06/13/2024", dt.date(2024, 6, 13)),
        ("12/01/2025", dt.date(2025, 1, 12)),
        ("11/12/2025", dt.date(2025, 11, 12)),  # 11 December is to come
        ("92/3/7", dt.date(2013, 5, 28)),
        ("7/3/92", dt.date(2013, 5, 28)),
        ("31/12/99", dt.date(1999, 12, 31)),
        ("۱ فروردین ۱۳۹۹", dt.date(2020, 3, 20)),
        ("1403-12-30", dt.date(2025, 3, 20)),
        ("30 November 2025", dt.date(2025, 11, 30)),
    ],
)
def test_the_plausible_order_counts(text: str, day: dt.date) -> None:
    assert READER.read(text).day == day


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "نامشخص",
            "today",
            "17",
            "1404",
            "1404-12-30",
            "2025-02-29",
            "1404-13-01",
            "0001-01-01",
        ),
        *("۳۱ مهر ۱۴۰۴", "۲۷ نوامبر ۱۴۰۴", "10:30", "9" * 400, "1e99", True, 17, "15/15/15"),
    ],
)
def test_what_is_no_day(value: object) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        READER.read(value)


@pytest.mark.parametrize("text", ["2025-12-01", "1 دی ۱۴۰۴", "01/05/2026", "4102444800"])
def test_a_day_in_the_future_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is in the future"):
        READER.read(text)


def test_only_lunar_days_are_approximate() -> None:
    assert READER.read("1447/05/27").approximate
    assert not READER.read("1404/08/27").approximate


def test_a_zone_of_ones_own() -> None:
    kabul = DateReader(ZoneInfo("Asia/Kabul"), lambda: TODAY)
    moment = "2025-11-17T19:45:00Z"  # 23:15 in Tehran, 00:15 in Kabul
    assert (READER.read(moment).day, kabul.read(moment).day) == (dt.date(2025, 11, 17), DAY)


@given(st.dates(dt.date(1950, 1, 1), TODAY), st.sampled_from([str, to_persian_digits]))
def test_every_gregorian_day_is_read(day: dt.date, digits: type[str]) -> None:
    for form in ("{:%Y-%m-%d}", "{:%-d %B %Y}", "{:%b %-d, %Y}", "{:%Y%m%d}", "{:%d %b %Y}"):
        assert READER.read(digits(form.format(day))).day == day


@given(st.text() | st.integers() | st.floats())
@example("²/²/²")
@example(10**400)
def test_any_value_is_a_day_that_has_come_or_none(value: object) -> None:
    with suppress(ValueError):
        assert READER.read(value).day <= TODAY + dt.timedelta(2)
