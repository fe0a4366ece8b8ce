import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.crosslingual.nearest_words import NearestWords, allowed_slips, typing_cost

WORDS = NearestWords(
    ["دانشجو", "دانشکده", "استاندار", "آستراخان", "شرکت", "کار", "minister", "ministry"]
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("دانشچو", "دانشجو"),
        ("دانشحو", "دانشجو"),
        ("داشنجو", "دانشجو"),
        ("دانشجوو", "دانشجو"),
        ("شزکت", "شرکت"),
        ("اصتاندار", "استاندار"),
        ("استاندرا", "استاندار"),
        ("minsiter", "minister"),
    ],
)
def test_the_word_that_was_meant_is_the_nearest(typed: str, meant: str) -> None:
    assert WORDS.near(typed)[0].word == meant


def test_short_words_have_no_near_ones_and_long_ones_may_have_two_slips() -> None:
    assert WORDS.near("کاز") == []
    assert WORDS.near("شذکط") == []
    assert [near.word for near in WORDS.near("اصتاندرا")] == ["استاندار"]
    assert [allowed_slips("ا" * length) for length in (3, 4, 7, 8)] == [0, 1, 1, 2]


def test_likelier_slips_cost_less() -> None:
    other = typing_cost("شمکت", "شرکت")
    assert typing_cost("شرکط", "شرکت") < typing_cost("شزکت", "شرکت") < other == 1.2
    assert typing_cost("شرککت", "شرکت") < typing_cost("شرکمت", "شرکت") == 0.9
    assert typing_cost("شکرت", "شرکت") < 1


@given(st.text("ابپتسصzک", max_size=8), st.text("ابپتسصzک", max_size=8))
def test_a_cost_is_none_for_the_same_word_and_never_more_than_all_letters(
    typed: str, meant: str
) -> None:
    assert (typing_cost(typed, meant) == 0) == (typed == meant)
    assert typing_cost(typed, meant) <= 1.2 * max(len(typed), len(meant))
