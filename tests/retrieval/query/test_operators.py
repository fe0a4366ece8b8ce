"""Operators of a question: phrases in quotes, and words to leave out."""

import pytest

from retrieval.query.operators import SearchOperators, find_operators


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ('"نرخ بیکاری" آمریکا', ("نرخ بیکاری",)),
        ("«گاز طبیعی»", ("گاز طبیعی",)),
        ('"oil price" Iran', ("oil price",)),
        # Questions that were copied with their quotes.
        ("«چند دانشجو در آستراخان درس می‌خوانند؟»", ()),
        ('"How many students study in Astrakhan?"', ()),
        ("“How many of all the foreign students study in Astrakhan”", ()),
        ("«نرخ بیکاری چند است؟»", ()),
    ],
)
def test_a_phrase_in_quotes_but_no_question(text: str, phrases: tuple[str, ...]) -> None:
    assert find_operators(text) == SearchOperators(text, phrases)


def test_a_word_to_leave_out() -> None:
    assert find_operators("استقلال -پرسپولیس") == SearchOperators("استقلال", (), ("پرسپولیس",))
