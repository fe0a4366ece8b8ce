"""Different writings of the same words must meet; what is shown must not change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.persian import (
    ZWNJ,
    analyser_fingerprint,
    formal_variants,
    has_possessive_suffix,
    in_one_piece,
    index_terms,
    normalise,
    sentences,
    to_latin_digits,
    to_persian_digits,
    words,
)

MIXED = st.text(
    alphabet=st.sampled_from(
        "ابتکگيكیهءآمنرسدش می \u200c\u200c\u00a0۱٢3.،؟!\u064e\u0651aB_-/%\n«»()"
    ),
    max_size=60,
)
TEXTS = st.one_of(MIXED, st.text(max_size=60))


@pytest.mark.parametrize(
    "spellings",
    [
        ("همکاری‌های", "همکاریهای", "همکاری های", "همكاريهای", "همكاري‌هاي"),
        ("می‌شود", "میشود", "می شود", "مي‌شود", "ميشود", "مي شود"),
        ("نمی‌کنند", "نمیکنند", "نمی کنند"),
        ("کتاب‌ها", "کتابها", "کتاب ها", "كتاب‌هاي", "کتاب"),
        ("بزرگ‌ترین", "بزرگترین", "بزرگ ترین", "بزرگ"),
        ("مُحَمَّد", "محمد", "محمّد"),
        ("دنیای خزر", "دنیای\u00a0خزر", "دنیای  خزر", "دنیای\tخزر"),
        ("۱۴۰۴", "١٤٠٤", "1404"),
        ("Iran", "IRAN", "iran"),
        ("ﻣﺴﺎﺑﻘﻪ", "مسابقه"),
        ("سلام", "سلاااام"),
        ("می‌کنه", "میکنه", "می‌کند", "می کند"),
        ("می‌کنن", "میکنن", "می‌کنند"),
        ("نمی‌گن", "نمی‌گویند"),
        ("رئیس", "رييس", "رییس"),
        ("مأموران", "ماموران", "مامور"),
        ("هیئت", "هیأت", "هيات"),
        ("مسئولان", "مسؤولان", "مسوول"),
        ("مسئله", "مسأله", "مساله"),
        ("خانۀ", "خانهٔ", "خانه‌ی", "خانه"),
    ],
)
def test_spellings_of_the_same_words_have_the_same_terms(spellings: tuple[str, ...]) -> None:
    expected = index_terms(spellings[-1])
    assert expected
    assert {spelling: index_terms(spelling) for spelling in spellings} == dict.fromkeys(
        spellings, expected
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [("می‌شود", "می‌کند"), ("۱۴۰۴", "۱۴۰۳"), ("ایران", "روسیه"), ("دریا", "دریاچه")],
)
def test_different_words_have_different_terms(one: str, other: str) -> None:
    assert not set(index_terms(one)) & set(index_terms(other))


def test_a_conjugated_verb_has_the_terms_of_its_lemma() -> None:
    assert index_terms("می‌رود") == index_terms("رفت") == index_terms("نمی‌روند") == ["رفت#رو"]


def test_a_compound_has_its_parts_and_the_whole_as_terms() -> None:
    (compound,) = words("علم‌آموز")
    assert compound.text == "علم‌آموز"
    assert compound.terms == (*index_terms("علم"), *index_terms("آموز"))
    assert (compound.joined,) == tuple(index_terms("علمآموز"))
    assert index_terms("علم‌آموز") == [*compound.terms, compound.joined]


def test_a_word_that_is_no_compound_has_one_term() -> None:
    for word in words("همکاری‌های علمی را می‌شود دید"):
        assert word.terms == (word.joined,)


def test_terms_keep_the_order_and_repeats_of_the_text() -> None:
    assert index_terms("خزر 12 روسیه، خزر؛ FIFA!") == ["خزر", "12", "روسیه", "خزر", "fifa"]


def test_words_say_where_they_are_in_the_normalised_text() -> None:
    text = "وي گفت: ۷۲ درصد می شود."
    found = [(word.start, word.text) for word in words(text)]
    normalised = normalise(text)
    assert [word for _, word in found] == ["وی", "گفت", "72", "درصد", "می‌شود"]
    assert all(normalised.startswith(word, start) for start, word in found)


@pytest.mark.parametrize("text", ["", " ", "\n\u00a0\t", "؟!؟", ZWNJ, "«»", "😀", "___"])
def test_text_without_words_has_no_terms(text: str) -> None:
    assert index_terms(text) == []


def test_digits_of_three_scripts_are_rewritten_and_nothing_else() -> None:
    text = "۰۱۲۳۴۵۶۷۸۹ ٠١٢٣٤٥٦٧٨٩ 0123456789 الف a ۱٫۵"
    assert to_latin_digits(text) == "0123456789 0123456789 0123456789 الف a 1٫5"
    assert to_persian_digits(text) == "۰۱۲۳۴۵۶۷۸۹ ۰۱۲۳۴۵۶۷۸۹ ۰۱۲۳۴۵۶۷۸۹ الف a ۱٫۵"


@pytest.mark.parametrize(
    ("spoken", "written"), [("خونه", "خانه"), ("نشون", "نشان"), ("تهرون", "تهران")]
)
def test_spoken_words_have_the_terms_of_written_ones(spoken: str, written: str) -> None:
    assert formal_variants(spoken) == tuple(index_terms(written))


@pytest.mark.parametrize("word", ["کارگردانش", "قیمت‌شان", "علتش", "برنامه‌هایش", "سرمربی‌اش"])
def test_words_that_say_whose(word: str) -> None:
    assert has_possessive_suffix(word)


@pytest.mark.parametrize("word", ["ارتش", "ورزش", "گزارش", "نمایش", "ایشان", "درخشان", "کتاب", ""])
def test_words_that_only_end_like_them(word: str) -> None:
    assert not has_possessive_suffix(word)


@pytest.mark.parametrize("word", ["خانه", "ون", "قانون‌گذار", "", "tehran"])
def test_words_that_are_not_spoken_forms_have_no_other_spelling(word: str) -> None:
    assert formal_variants(word) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("سلام. خوبی؟ بله!", ["سلام.", "خوبی؟", "بله!"]),
        ("رشد ۳.۵ درصد بود. بعد کم شد", ["رشد ۳.۵ درصد بود.", "بعد کم شد"]),
        ("گفت: «می‌آیم.» و رفت", ["گفت: «می‌آیم.»", "و رفت"]),
        ("سطر یک\n\n  سطر دو  ", ["سطر یک", "سطر دو"]),
        ("واقعا؟! بله... شاید… نه", ["واقعا؟!", "بله...", "شاید…", "نه"]),
        (
            "He came. She left (at 3.30 p.m.) then.",
            ["He came.", "She left (at 3.30 p.m.)", "then."],
        ),
        ("بی پایان", ["بی پایان"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


@given(TEXTS)
def test_sentences_are_in_order_and_cover_all_that_is_not_space(text: str) -> None:
    spans = sentences(text)
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@given(TEXTS)
def test_any_text_has_words_that_are_found_in_it(text: str) -> None:
    normalised = normalise(text)
    at = 0
    for word in words(text):
        assert at <= word.start
        assert normalised.startswith(word.text, word.start)
        at = word.start + len(word.text)
        assert word.terms
        assert all(term and not any(letter.isspace() for letter in term) for term in word.terms)


@given(TEXTS)
def test_any_text_may_be_checked_for_spoken_forms(text: str) -> None:
    assert all(formal_variants(text))


@given(st.text(alphabet="ابپتجخدرزسشعفقکگلمنوهی ۱۲۳abcXYZ", max_size=60))
def test_normalising_letters_digits_and_spaces_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_the_fingerprint_names_the_version_of_hazm() -> None:
    from importlib.metadata import version

    assert analyser_fingerprint() == f"khazar-3/hazm-{version('hazm')}"


WORDS = st.text(
    alphabet=st.sampled_from("ابتکگيكیهءئآمنرسدشهاپمیﷺ\u200c\u064e\u0670\u00ad۱٢3aBZéÉ"), min_size=1
).filter(lambda word: not word.isspace())


@given(st.lists(WORDS, max_size=8))
def test_words_in_one_piece_are_those_of_each_alone(words: list[str]) -> None:
    alone = ["".join(normalise(word).replace(ZWNJ, "").split()) for word in words]
    assert in_one_piece(words) == alone


def test_no_words_in_one_piece() -> None:
    assert in_one_piece([]) == []
    assert in_one_piece(["رئیس‌جمهور", "سلااااام", "FATF"]) == ["رییسجمهور", "سلام", "fatf"]
