"""The one spelling that the models see."""

import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.encoder_text import encoder_text, spelled_with_offsets

ANY_TEXT = st.text(st.characters(), max_size=60)
PERSIAN = st.text(
    "اأإآبپتيیىكکهةۀؤئءگ \u200c\u200f\u064b\u0654\u0640۱۲۳٤٥6,٬،٫٪._#¬Iİ", max_size=40
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \n\u200c ", ""),
        ("كتاب‌هاي علمي", "کتاب های علمی"),
        ("می‌رود می¬رود مي_رود", "می رود می رود می رود"),
        ("۱۲٬۵۰۰ تومان، ١٬٢٥٠ ریال و 1,000,000", "12500 تومان، 1250 ریال و 1000000"),
        ("۱۲٫۵٪", "12.5%"),
        ("مُحَمَّد (ص)", "محمد (ص)"),
        ("رأی مؤثر خانۀ فاطمة", "رای موثر خانه فاطمه"),
        ("آب هیئت", "آب هیئت"),
        ("#ایران FIFA", "ایران fifa"),
        ("ﻻﻟﻪ", "لاله"),
        ("ســـلام\u200f", "سلام"),
        ("1,2,3", "1,2,3"),
        ("İstanbul", "istanbul"),
    ],
)
def test_one_spelling(text: str, expected: str) -> None:
    assert encoder_text(text) == expected


@given(ANY_TEXT | PERSIAN)
def test_idempotent_and_never_longer_than_nfkc(text: str) -> None:
    spelled = encoder_text(text)
    assert encoder_text(spelled) == spelled
    assert len(spelled) <= len(unicodedata.normalize("NFKC", text))


def test_every_assigned_character_between_others() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character) in ("Cn", "Co"):
            continue  # not assigned: left as it is, as hypothesis has seen
        text = f"ه{character}\u0654 A{character}\u0301"
        spelled = encoder_text(text)
        assert encoder_text(spelled) == spelled, hex(code)
        assert len(spelled) <= len(unicodedata.normalize("NFKC", text)), hex(code)


@pytest.mark.parametrize(
    ("text", "word", "original"),
    [
        ("او\u200cمی‌رود، بعد", "رود", "رود"),
        ("او  می\u200cرود\nبعد", "می رود بعد", "می\u200cرود\nبعد"),
        ("بیش از ۱۲٬۵۰۰ نفر", "12500", "۱۲٬۵۰۰"),
        ("(۱۲٬۵۰۰، ۳۰۰)", "12500", "۱۲٬۵۰۰"),
        ("مُحَمَّد بن", "محمد", "مُحَمَّد"),
        ("ﻻﻟﻪ سرخ", "لاله", "ﻻﻟﻪ"),
        ("جلّ جلاله ﷺ و", "صلی الله علیه وسلم", "ﷺ"),
        ("ســـلام دنیا", "سلام", "ســـلام"),
        ("هيأت وزيران", "هیات", "هيأت"),
        ("cafe\u0301 İstanbul", "café", "cafe\u0301"),
        ("#ایران پیروز", "ایران", "ایران"),
    ],
)
def test_what_the_models_read_is_found_in_the_original(text: str, word: str, original: str) -> None:
    spelled = spelled_with_offsets(text)
    start = spelled.text.index(word)
    last = start + len(word) - 1
    assert text[spelled.starts[start] : spelled.ends[last]] == original


@given(ANY_TEXT | PERSIAN)
def test_offsets_are_those_of_the_same_spelling(text: str) -> None:
    spelled = spelled_with_offsets(text)
    assert spelled.text == encoder_text(text)
    assert len(spelled.starts) == len(spelled.ends) == len(spelled.text)
    assert (np.diff(spelled.starts) >= 0).all()
    assert (np.diff(spelled.ends) >= 0).all()
    assert (spelled.starts <= spelled.ends).all()
    for at, character in enumerate(spelled.text):
        if len(text[spelled.starts[at] : spelled.ends[at]]) == 1 and character != " ":
            assert character in encoder_text(text[spelled.starts[at]])


def test_a_hostile_word_is_not_looked_into() -> None:
    spelled = spelled_with_offsets("x " + "ﷺ\u0301" * 20_000)
    assert spelled.text.startswith("x صلی الله")
    assert spelled.starts[2:].max() == 2
