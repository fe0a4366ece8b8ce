"""One spelling of letters under every analysis."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.letters import ZWNJ, drop_marks, fold_letters
from index.text.persian import index_terms

UNSEEN = (
    "\u200b\u200d\u200e\u200f\u202a\u202b\u202c\u2060\u2066\u2069\ufeff\u00ad\u0640\u064e\u0651"
)
PERSIAN = st.text("آابپتجدرزسشعغفقکگلمنوهی", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("كتاب‌هاي علمي", "کتاب‌های علمی"),
        ("می¬رود", f"می{ZWNJ}رود"),
        ("۱۲٬۵۰۰ و ٤٫٥٪", "12500 و 4.5%"),
        ("خانۀ فاطمة ڪ ھ ہ ى", "خانه فاطمه ک ه ه ی"),
        ("#ایران_من", " ایران من"),
        ("ﻻﻟﻪ", "لاله"),
        ("FIFA", "fifa"),
        ("", ""),
    ],
)
def test_letters_have_one_spelling(text: str, expected: str) -> None:
    assert fold_letters(text) == expected


@given(st.text(st.characters(), max_size=60))
def test_folding_and_dropping_marks_twice_changes_nothing(text: str) -> None:
    assert fold_letters(fold_letters(text)) == fold_letters(text)
    assert drop_marks(drop_marks(text)) == drop_marks(text)


@given(PERSIAN, st.integers(0, 12), st.sampled_from(UNSEEN))
def test_what_is_not_seen_in_a_word_changes_no_term(word: str, at: int, unseen: str) -> None:
    disturbed = word[:at] + unseen + word[at:]
    assert fold_letters(disturbed) == fold_letters(word)
    assert index_terms(disturbed) == index_terms(word)


@pytest.mark.parametrize("form", ["NFD", "NFKD", "NFC", "NFKC"])
def test_composed_and_decomposed_letters_meet(form: str) -> None:
    text = "رئیس مؤثر آب خانۀ مسأله هیئت"
    assert fold_letters(unicodedata.normalize(form, text)) == fold_letters(text)
    assert index_terms(unicodedata.normalize(form, text)) == index_terms(text)


def test_presentation_forms_have_the_terms_of_their_letters() -> None:
    for code in (*range(0xFB50, 0xFDC8), *range(0xFE80, 0xFEFD)):
        letters = unicodedata.normalize("NFKC", chr(code))
        assert fold_letters(chr(code)) == fold_letters(letters), hex(code)


def test_every_code_point_can_be_folded() -> None:
    for start in range(0, sys.maxunicode + 1, 0x4000):
        text = " ".join(map(chr, range(start, min(start + 0x4000, sys.maxunicode + 1))))
        assert fold_letters(fold_letters(text)) == fold_letters(text), hex(start)
