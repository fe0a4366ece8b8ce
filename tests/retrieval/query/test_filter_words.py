"""Filters that are typed as words."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search_index import Filter
from retrieval.errors import QuestionError
from retrieval.query.agencies import Agencies
from retrieval.query.constraints import read_filter

TODAY = dt.date(2025, 11, 23)
AGENCIES = Agencies(["خبرگزاری کار ایران", "خبرگزاری مهر", "ورزش سه", "روزنامهٔ محلی"])
DATES = ("آبان ۱۴۰۴", "1404-08", "Aban 1404", "۱۴۰۴/۸", "از 1404-08-01 تا 1404-08-30")
NAMES = ("ایلنا", "ILNA", "خبرگزاري كار", "iranian labour news agency")
ABAN = Filter(dt.date(2025, 10, 23), dt.date(2025, 11, 21), ("خبرگزاری کار ایران",))


@given(st.sampled_from(DATES), st.sampled_from(NAMES), st.booleans(), st.sampled_from(" ،,"))
def test_dates_and_agencies_in_any_order(date: str, name: str, first: bool, mark: str) -> None:
    parts = (name, date) if first else (date, name)
    assert read_filter(f"{mark} ".join(parts), AGENCIES, TODAY) == ABAN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What may be a month or an agency is the month; with its kind it is the agency.
        ("مهر", Filter(dt.date(2025, 9, 23), dt.date(2025, 10, 22))),
        ("خبرگزاری مهر", Filter(agencies=("خبرگزاری مهر",))),
        (
            "مهر خبرگزاری مهر",
            Filter(dt.date(2025, 9, 23), dt.date(2025, 10, 22), ("خبرگزاری مهر",)),
        ),
        ("روزنامه محلی", Filter(agencies=("روزنامهٔ محلی",))),
        ("امروز", Filter(TODAY, TODAY)),
    ],
)
def test_what_words_name(text: str, expected: Filter) -> None:
    assert read_filter(text, AGENCIES, TODAY) == expected


@given(st.text() | st.lists(st.sampled_from((*DATES, *NAMES, "از", "تا", "،", "x"))).map(" ".join))
def test_any_text_is_a_filter_or_one_line_of_error(text: str) -> None:
    told = ""
    try:
        assert isinstance(read_filter(text, AGENCIES, TODAY), Filter)
    except QuestionError as error:
        told = str(error)
    assert "\n" not in told
