from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.search.lexical import LexicalIndex, write_terms
from index.search_index import SynonymGroup, WeightedTerms
from index.text.persian import index_terms
from retrieval.crosslingual.finglish import QueryTerm
from retrieval.crosslingual.query_translation import QueryTranslator

PASSAGES = [
    "برانکو ایوانکوویچ سرمربی پیشین پرسپولیس به تهران آمد",
    "سی دانشجوی ایرانی در آستراخان درس می‌خوانند",
    "اتوبوس مسافران تهران واژگون شد و باعث ترافیک شد",
    "باران باعث لغو پرواز شد",
    "کمبود بودجه باعث تعطیلی بوستان شد",
    "خط لوله نفت آذربایجان از آستارا می‌گذرد",
    "هر خط مترو لوله آب دارد",
    "تیم ملی در سال ۱۳۹۲ پنج بازی برد",
    "رئیس‌جمهور در ماه مه به آمریکا رفت",
]
FREQUENCIES = Counter(term for text in PASSAGES for term in set(index_terms(text)))
BRIDGE = QueryTranslator(FREQUENCIES.most_common(), len(PASSAGES))


def terms(text: str) -> dict[str, list[tuple[str, ...]]]:
    return {
        word.source: [alternative.terms for alternative in word.group.alternatives]
        for word in BRIDGE.translate(text)
    }


@pytest.fixture(scope="module")
def lexical(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder: Path = tmp_path_factory.mktemp("terms") / "index"
    write_terms(folder, (([], index_terms(text)) for text in PASSAGES))
    return LexicalIndex(folder)


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("Who is Ivankovic?", 0),
        ("How many students study in Astrakhan?", 1),
        ("Why did the bus turn over?", 2),
        ("oil pipeline", 5),
        ("What did the national team do in 2013?", 7),
        ("five games", 7),
        ("When in May did he go to the US?", 8),
    ],
)
def test_english_finds_the_passage(lexical: LexicalIndex, question: str, row: int) -> None:
    assert lexical.search(groups(BRIDGE.translate(question)), 3, 0.0).rows[0] == row


def test_a_word_has_the_lexicon_and_a_name_what_sounds_like_it() -> None:
    found = terms("the bus to Astrakhan and Ivankovich")

    assert found["bus"] == [("اتوبوس",)]
    assert found["Astrakhan"][0] == ("آستراخ",)
    assert found["Ivankovich"][0] == ("ایوانکوویچ",)


def test_an_accidental_sound_does_not_outweigh() -> None:
    (word,) = BRIDGE.translate("Buss")

    assert all(a.terms != ("باعث",) or a.weight < 0.5 for a in word.group.alternatives)


def test_a_phrase_needs_all_its_words() -> None:
    found = terms("national team pipeline")

    assert found["national team"] == [("تیم", "ملی")]
    assert ("خط", "لوله") in found["pipeline"]


def test_what_the_archive_lacks_stays_as_it_was_typed() -> None:
    assert terms("strawberry cheesecake") == {
        "strawberry": [("strawberry",)],
        "cheesecake": [("cheesecake",)],
    }


def test_words_that_the_archive_has_in_latin_letters_are_looked_for_as_they_are() -> None:
    bridge = QueryTranslator([("pos", 3), ("اتوبوس", 5)], 100)
    (word,) = bridge.translate("POS")
    assert WeightedTerms(("pos",)) in word.group.alternatives


def test_function_words_are_dropped_unless_alone() -> None:
    assert set(terms("Who went to the US?")) == {"went", "US"}
    assert set(terms("Who went to the U.S.?")) == {"went", "US"}
    assert list(terms("and what about it")) == ["and", "what", "about", "it"]


def test_digits_of_all_scripts_and_persian_words_pass() -> None:
    assert terms("in ۱۳۹۲ with تهران") == {"1392": [("1392",)], "تهران": [("تهر",)]}


def test_an_empty_index_has_an_empty_bridge() -> None:
    empty = QueryTranslator([], 0)

    assert groups(empty.translate("Who is Ivankovic?")) == [
        SynonymGroup((WeightedTerms(("ivankovic",)),))
    ]
    assert groups(empty.transliterate("xazarabad").words) == [
        SynonymGroup((WeightedTerms(("xazarabad",)),))
    ]


def valid(words: Sequence[QueryTerm]) -> bool:
    """Return whether every word is searched as terms of the index, or only as it was typed."""
    return all(
        group.alternatives
        and all(a.terms and 0 < a.weight <= 1 for a in group.alternatives)
        and (
            len(group.alternatives) == 1
            or all(term in FREQUENCIES for a in group.alternatives for term in a.terms)
        )
        for group in groups(words)
    )


def groups(words: Sequence[QueryTerm]) -> list[SynonymGroup]:
    return [word.group for word in words]


@given(st.text())
@example("price of ـ oil")
def test_any_text_gives_terms_of_the_index(text: str) -> None:
    assert valid(BRIDGE.translate(text))
    assert valid(BRIDGE.transliterate(text).words)


@pytest.mark.parametrize(
    "text", ["Ivankovic " * 1000, "a" * 10_000, "\x00\u202e🙂x" * 2500, "--'" * 3333]
)
def test_long_texts_have_limits(text: str) -> None:
    assert valid(BRIDGE.translate(text))
    assert len(BRIDGE.translate(text)) <= 64


@pytest.mark.parametrize(
    ("lexicon", "sounds", "found"),
    [(True, True, {"name", "word"}), (True, False, {"word"}), (False, True, {"name"})],
)
def test_either_way_across_can_be_closed(lexicon: bool, sounds: bool, found: set[str]) -> None:
    bridge = QueryTranslator(
        FREQUENCIES.most_common(), len(PASSAGES), lexicon=lexicon, phonetic_matching=sounds
    )
    name, word = bridge.translate("Is Eivankovich drilling")[0], bridge.translate("the students")
    crossed = {
        "name": ("ایوانکوویچ",) in [option.terms for option in name.group.alternatives],
        "word": ("دانشجو",) in [option.terms for option in word[0].group.alternatives],
    }
    assert {way for way, is_open in crossed.items() if is_open} == found
