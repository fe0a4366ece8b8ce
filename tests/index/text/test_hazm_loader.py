"""The parts of hazm that are taken do what the whole of it does."""

import sys
from types import ModuleType
from typing import Any

import pytest

from index.text.hazm_lexicon import HazmLexicon
from index.text.hazm_loader import load_class, make_normalizer

TEXTS = [
    "همكاريهاي علمي ايران و روسيه",
    "می روم و نمی روند، رفته ام؛ کتاب ها و بزرگ ترین خانه ی ما",
    "نمیروم میشود میگویند میان می‌آید",
    "مُحَمَّد گفت : « سلام » !",
    "قیمت ۱۲۳ و ٤٥٦ و 789 تومان شد؛ ٪۱۲ بیشتر...",
    "سلاااام بر همهٔ خواننده هایم",
    "زمین لرزه ای در کتاب خانه ملی؛ پیش بینی هواشناسی، جست و جو و گفت و گو با آقاااا",
    "The Caspian Sea (1404) is falling.",
    "",
    "   ",
]


@pytest.fixture(scope="module")
def hazm() -> ModuleType:
    """The whole of it, imported after its parts."""
    load_class("Normalizer")
    import hazm

    return hazm


@pytest.fixture(scope="module")
def whole(hazm: ModuleType) -> Any:
    return hazm.Normalizer(persian_numbers=False)


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_normalised_as_hazm_does(whole: Any, text: str) -> None:
    words = HazmLexicon.open()
    assert make_normalizer(words.verbs, words.listed).normalize(text) == whole.normalize(text)


@pytest.mark.parametrize("word", ["کتاب‌ها", "دانشجویان", "بزرگ‌ترین", "خانه‌ام", "علمی", "sea", ""])
def test_words_are_stemmed_as_hazm_does(hazm: ModuleType, word: str) -> None:
    assert load_class("Stemmer")().stem(word) == hazm.Stemmer().stem(word)


def test_verbs_and_words_are_hazms(hazm: ModuleType) -> None:
    whole = hazm.Lemmatizer(joined_verb_parts=False)
    parts = load_class("Lemmatizer")(joined_verb_parts=False)
    assert (parts.verbs, parts.words) == (whole.verbs, whole.words)


def test_hazm_is_whole_for_whoever_imports_it_afterwards(hazm: ModuleType) -> None:
    assert hasattr(hazm, "POSTagger")
    assert sys.modules["hazm"] is hazm
    assert hasattr(sys.modules["nltk"], "__version__")
