import pytest

from retrieval.crosslingual.lexicon import Lexicon, news_lexicon

LINES = [
    "league\tلیگ|اتحادیه",
    "Nations League\tلیگ ملت‌ها",
    "city\tشهر",
    "big\tبزرگ",
    "train\tقطار|تمرین",
    "Polo\tپولو",
    "polo\tچوگان",
    "Karimi\tکریمی",
    "Ab-o-Atash\tآب و آتش",
]


@pytest.mark.parametrize(
    ("text", "length", "first"),
    [
        ("Nations League", 2, "لیگ ملت‌ها"),
        ("nations league", 2, "لیگ ملت‌ها"),
        ("League city", 1, "لیگ"),
        ("cities", 1, "شهر"),
        ("city's", 1, "شهر"),
        ("bigger", 1, "بزرگ"),
        ("training", 1, "قطار"),
        ("trained", 1, "قطار"),
        ("karimi", 1, "کریمی"),
        ("Polo", 1, "پولو"),
        ("polo", 1, "چوگان"),
        ("Ab o Atash", 3, "آب و آتش"),
    ],
)
def test_finds_the_longest_phrase_in_any_case_and_inflection(
    text: str, length: int, first: str
) -> None:
    entry = Lexicon(LINES).find(text.split(), 0)

    assert entry is not None
    assert (entry.length, entry.equivalents[0]) == (length, first)


def test_spellings_of_a_word_share_their_equivalents() -> None:
    entry = Lexicon(LINES).find(["Polo"], 0)

    assert entry is not None
    assert entry.equivalents == ("پولو", "چوگان")


def test_does_not_know_a_word_by_its_ending_alone() -> None:
    lexicon = Lexicon(LINES)

    assert lexicon.find(["s"], 0) is None
    assert lexicon.find(["ed", "ing"], 1) is None


def test_a_name_is_not_english() -> None:
    lexicon = Lexicon(LINES)

    assert lexicon.is_english("Cities")
    assert not lexicon.is_english("Karimi")
    assert lexicon.has("karimi")


def test_the_shipped_lexicon_has_words_names_and_phrases() -> None:
    lexicon = news_lexicon()

    assert lexicon.find(["Students"], 0) is not None
    assert lexicon.find(["Khuzestan"], 0) is not None
    phrase = lexicon.find(["Prime", "Minister"], 0)
    assert phrase is not None
    assert phrase.equivalents[0] == "نخست‌وزیر"
