import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.crosslingual.phonetic_index import PhoneticIndex
from retrieval.crosslingual.transliteration import (
    NAMES,
    PERSIAN,
    is_inflected,
    latin_letters,
)

# Stems as an index has them: ایر for ایران, آستراخ for آستراخان, باعث in every second article.
WORDS = (
    "ایوانکوویچ ایوانکو ایوانف آستراخ استراحت اشتراک ایر باعث بوس بوش کورتوا کورس مورینیو مورنو "
    "قلعهنو گلن میثاق شیلات شلیک مربی شهردار شهر دانشجو تهر متقاض پرسپولیس"
).split()


def best(latin: str, sounds: str = NAMES) -> str:
    matches = PhoneticIndex(WORDS).search(latin_letters(latin), sounds, {}, 2.5, 5)
    return matches[0].term + "+" + matches[0].ending if matches else ""


@pytest.mark.parametrize(
    ("latin", "found"),
    [
        ("Ivankovic", "ایوانکوویچ+"),
        ("Ivanković", "ایوانکوویچ+"),
        ("Ivanov", "ایوانف+"),
        ("Astrakhan", "آستراخ+ان"),
        ("Iran", "ایر+ان"),
        ("Bus", "بوس+"),
        ("Mourinho", "مورینیو+"),
        ("Courtois", "کورتوا+"),
        ("Misaghian", "میثاق+یان"),
        ("Xyz", ""),
    ],
)
def test_names_find_their_stems(latin: str, found: str) -> None:
    assert best(latin) == found


@pytest.mark.parametrize(
    ("latin", "found"),
    [
        ("tehran", "تهر+ان"),
        ("moteqazian", "متقاض+یان"),
        ("daneshjoo", "دانشجو+"),
        ("daneshjuyan", "دانشجو+یان"),
        ("shilaat", "شیلات+"),
    ],
)
def test_persian_finds_its_stems(latin: str, found: str) -> None:
    assert best(latin, PERSIAN) == found


def test_a_word_is_a_stem_with_what_stemming_takes() -> None:
    assert is_inflected("ایرانیان", {"ایر"})
    assert is_inflected("ایر", {"ایر"})
    assert not is_inflected("ایراد", {"ایر"})
    assert not is_inflected("دان", {"د"})


def test_a_tail_may_follow_a_word() -> None:
    sounds = PhoneticIndex(["شهردار"])

    (match,) = sounds.search("shahrdare", PERSIAN, {"e": ("", 0.1)}, 0.5, 5)

    assert (match.term, match.ending) == ("شهردار", "")


def test_the_nearer_word_costs_less() -> None:
    matches = PhoneticIndex(WORDS).search("ivanko", NAMES, {}, 2.5, 5)

    assert [match.cost for match in matches] == sorted(match.cost for match in matches)
    assert matches[0].term == "ایوانکو"


@pytest.mark.parametrize("unknown", ["ї", "中", "ﮯ"])
def test_a_letter_that_no_rule_knows_is_a_consonant_too_many(unknown: str) -> None:
    [known] = PhoneticIndex(["بوس"]).search("bus", NAMES, {}, 2.5, 1)
    [match] = PhoneticIndex([f"بوس{unknown}"]).search("bus", NAMES, {}, 2.5, 1)

    assert match.term == f"بوس{unknown}"
    assert match.cost - known.cost == pytest.approx(1.3)


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        ("Ivanković", "ivankovic"),
        ("Ta’avon", "ta'avon"),
        ("'tis'", "tis"),
        ("Øst", "ost"),
        ("İran", "iran"),
        ("Straße", "strasse"),
        ("۱۲سلام🙂", ""),
        ("a" * 1000, "a" * 32),
    ],
)
def test_letters_are_folded(word: str, letters: str) -> None:
    assert latin_letters(word) == letters


@given(st.text(), st.sampled_from([NAMES, PERSIAN]))
def test_any_word_is_matched_within_limits(word: str, sounds: str) -> None:
    matches = _ALL.search(latin_letters(word), sounds, {"s": ("", 0.6)}, 2.0, 4)

    assert len(matches) <= 4
    assert all(match.cost <= 2.0 and match.term in WORDS for match in matches)


_ALL = PhoneticIndex(WORDS)


def test_an_index_without_words_has_no_match() -> None:
    assert PhoneticIndex([]).search("ivankovic", NAMES, {}, 2.5, 5) == []
