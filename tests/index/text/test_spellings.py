"""Spellings that editors mix, spoken verbs, and words that are no function words."""

import pytest

from index.text.function_words import function_words, is_function_word
from index.text.persian import (
    formal_variants,
    index_terms,
    joined_term,
    normalise,
    plural_variants,
    split_terms,
)
from index.text.spellings import standard_spelling


@pytest.mark.parametrize(
    "spellings",
    [
        ("علما", "علماء", "علمائ"),
        ("گفتگو", "گفت‌وگو", "گفت و گو", "گفت‌و‌گو", "گفت وگو"),
        ("گفتگوهای", "گفت‌وگوهای", "گفت و گوهای"),
        ("بلیت", "بلیط", "بلیطهای"),
        ("اتاق", "اطاق"),
        ("تهران", "طهران"),
        ("آمریکا", "امریکا", "امریکایی"),
        ("سوءاستفاده", "سوء استفاده", "سوء‌استفاده", "سوءِ استفاده"),
        ("آموزش‌وپرورش", "آموزش و پرورش", "آموزش‌ و‌ پرورش"),
        ("رفت‌وآمد", "رفت و آمد", "رفتوآمد"),
        ("کتاب‌هایشان", "کتاب هایشان", "کتابهایشان", "کتاب‌هایشون"),
        ("هسته‌ای", "هستهای"),
        ("عبدالله", "عبداله"),
    ],
)
def test_spellings_that_editors_mix_meet(spellings: tuple[str, ...]) -> None:
    first, *others = (set(index_terms(spelling)) for spelling in spellings)
    assert first
    assert all(first & other for other in others)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("می‌گه", "می‌گوید"),
        ("میگن", "می‌گویند"),
        ("می‌رم", "می‌روم"),
        ("میره", "می‌رود"),
        ("میخواد", "می‌خواهد"),
        ("نمی‌تونه", "نمی‌تواند"),
        ("می‌دونن", "می‌دانند"),
        ("میاد", "می‌آید"),
        ("بشه", "بشود"),
        ("نمی‌ذاره", "نمی‌گذارد"),
        ("اومدن", "آمدند"),
        ("تونستن", "توانستند"),
    ],
)
def test_spoken_verbs_have_the_lemma_of_written_ones(spoken: str, written: str) -> None:
    assert index_terms(spoken) == index_terms(written)


@pytest.mark.parametrize("word", ["میان", "نرم", "بدن", "میرزا", "می‌میرند", "مین"])
def test_words_that_only_look_like_spoken_verbs(word: str) -> None:
    assert index_terms(word) not in (["رفت#رو"], ["داد#ده"], ["آمد#آ"], ["شد#شو"])


@pytest.mark.parametrize(
    "word", ["امام", "اینتر", "مین", "کی‌روش", "کی‌یف", "ولی‌عهد", "هم‌تیمی", "پیاده‌رو", "نیم"]
)
def test_a_stem_or_a_part_makes_no_function_word(word: str) -> None:
    assert not is_function_word(normalise(word))
    assert len(index_terms(word)) > 1 or function_words().isdisjoint(index_terms(word))


@pytest.mark.parametrize("word", ["کیست", "چیست", "چیه", "کجاست", "درباره", "را", "می‌شه"])
def test_words_without_a_subject(word: str) -> None:
    assert is_function_word(normalise(word))


def test_function_words_are_listed_as_they_are_compared() -> None:
    assert {word for word in function_words() if normalise(word) != word} == set()


def test_a_spelling_counts_at_the_beginning_or_as_a_whole() -> None:
    assert standard_spelling("بلیطفروشی") == "بلیتفروشی"
    assert standard_spelling("حتا") == "حتی"
    assert standard_spelling("حتاک") == "حتاک"
    assert standard_spelling("کتاب") == "کتاب"


@pytest.mark.parametrize(
    ("spoken", "written"),
    [("کتابا", "کتاب"), ("قیمتو", "قیمت"), ("بازیکناش", "بازیکن"), ("مربیای", "مربی")],
)
def test_spoken_endings_are_also_searched_without(spoken: str, written: str) -> None:
    assert set(index_terms(written)) <= set(formal_variants(spoken))


def test_arabic_plurals_and_their_singulars() -> None:
    [school], [schools] = index_terms("مدرسه"), index_terms("مدارس")
    assert schools in plural_variants(school)
    assert school in plural_variants(schools)
    assert plural_variants("خزر") == ()


def test_compounds_typed_apart_or_in_one_piece() -> None:
    assert [joined_term("پیاده", "رو")] == index_terms("پیادهرو")
    assert split_terms("پیادهرو", 5) == (*index_terms("پیاده"), *index_terms("رو"))
