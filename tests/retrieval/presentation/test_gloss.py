"""Glosses: only what is sure, in the order of the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import Retriever
from retrieval.presentation.gloss import gloss, passage_gloss
from retrieval.presentation.serialization import answer_record


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("بیش از ۵ هزار دانشجو", ("5,000", "student")),
        ("در ۲۷ آبان ۱۴۰۴ در تهران", ("18 November 2025", "Tehran")),
        ("در ۲۷ آبان ماه سال 1404", ("18 November 2025",)),
        ("۳۱ مهر ۱۴۰۴", ("31", "Mehr", "1404")),
        ("۲۵ درصد و ۲ بر ۱ در سال ۲۰۲۵", ("25%", "2–1", "year", "2025")),
        ("علی کریمی، تهران", ("Ali Karimi", "Tehran")),
        ("عراق، ایران و قطر", ("Iraq", "Iran", "Qatar")),
        ("سه شنبه", ("Tuesday",)),
        ("سه‌شنبه", ("Tuesday",)),
        ("ما در خانه", ("home",)),
        ("بانک مرکزي", ("central bank",)),
        ("دانشجوی دانشگاه‌های", ("student", "university")),
        ("یک", ()),
        ("", ()),
        ("no Persian", ()),
    ],
)
def test_terms(text: str, terms: tuple[str, ...]) -> None:
    assert gloss(text) == terms


@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_has_a_gloss_without_controls(text: str) -> None:
    assert all(term.isprintable() for term in gloss(text))


def test_only_english_questions_get_one(retriever: Retriever) -> None:
    answer = retriever.ask("How many Iranian students study in Astrakhan?")
    found = {term for one in answer.passages for term in passage_gloss(answer, one)}
    assert {"5,000", "student", "Iranian"} <= found
    terms = passage_gloss(answer, answer.passages[0])
    assert len(terms) == len({term.casefold() for term in terms})
    assert answer_record(answer)["passages"][0]["gloss"] == list(terms)
    persian = retriever.ask("چند دانشجو در آستراخان درس می‌خوانند؟")
    assert answer_record(persian)["passages"][0]["gloss"] is None
