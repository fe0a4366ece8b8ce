"""Acronyms in both scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.letter_names import join_acronyms, latin_acronyms, spell_out
from index.text.persian import ZWNJ, index_terms

FATF = f"اف{ZWNJ}ای{ZWNJ}تی{ZWNJ}اف"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("اف.ای.تی.اف", FATF),
        ("اف ای تی اف", FATF),
        (f"با {FATF} و", f"با {FATF} و"),
        ("بی بی سی گفت", f"بی{ZWNJ}بی{ZWNJ}سی گفت"),
        ("ف.ا.ت.ف گفت", "فاتف گفت"),
        ("u.s. army", "us army"),
        ("a.f.c", "afc"),
        # Two words that are also names of letters, names with one initial, ends of sentences.
        ("ای بی", "ای بی"),
        ("آ.ث.میلان", "آث.میلان"),
        ("m. karimi", "m. karimi"),
        ("رفت. و", "رفت. و"),
    ],
)
def test_acronyms_become_one_word(text: str, expected: str) -> None:
    assert join_acronyms(text) == expected


def test_all_writings_of_an_acronym_have_one_term() -> None:
    writings = (FATF, "اف.ای.تی.اف", "اف ای تی اف", FATF.replace(ZWNJ, ""))
    assert {tuple(index_terms(writing)) for writing in writings} == {("افایتیاف",)}


def test_latin_letters_are_spelled_out_and_back() -> None:
    assert spell_out("fatf") == FATF
    assert "fatf" in latin_acronyms(FATF)
    assert spell_out("کتاب") is None
    assert spell_out("a") is None
    assert latin_acronyms("کتاب") == []


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=4))
def test_every_acronym_comes_back(acronym: str) -> None:
    spelled = spell_out(acronym)
    assert spelled is not None
    assert acronym in latin_acronyms(spelled)


@given(st.text(st.characters(), max_size=40))
def test_any_text_may_be_searched_for_acronyms(text: str) -> None:
    assert "." not in join_acronyms(text) or "." in text
    latin_acronyms(text)
    spell_out(text)
