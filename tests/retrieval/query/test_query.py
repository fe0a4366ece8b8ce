import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search_index import SynonymGroup, WeightedTerms
from retrieval.crosslingual.query_translation import QueryTranslator
from retrieval.errors import QuestionError
from retrieval.query.query import Query, check_question, detect_language, parse_query

LIMIT = 2000
# What the index has: names in both scripts, and a Latin abbreviation.
INDEX = {"دانشجو": 40, "آستراخ": 9, "دریا": 30, "pos": 2}
TRANSLATOR = QueryTranslator(list(INDEX.items()), 100)


def parsed(text: str) -> Query | None:
    if not check_question(text, LIMIT):
        return None
    return parse_query(text, lambda: TRANSLATOR, lambda term: INDEX.get(term, 0))


def terms(text: str) -> list[tuple[str, ...]]:
    question = parsed(text)
    assert question is not None
    return [group.alternatives[0].terms for group in question.groups]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("چند دانشجو در آستراخان درس می‌خوانند؟", "fa"),
        ("كشاورزي در روسيه", "fa"),
        ("How many students study in Astrakhan?", "en"),
        ("دستگاه POS در دفاتر ICT چیست؟", "fa"),
        ("What does دلتا mean in this news?", "en"),
        ("chand ta daneshjoo dar Astarakhan dars mikhanand?", "fa-Latn"),
        ("۱۷۱۵۷۷۶", "en"),
        ("Сколько студентов?", "en"),
        ("学生は何人ですか", "en"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_question_words_are_not_searched_for() -> None:
    assert terms("چند دانشجو در آستراخان هستند؟") == [("دانشجو",), ("آستراخ",)]


def test_english_is_searched_as_persian_and_keeps_what_it_cannot_bridge() -> None:
    question = parsed("How many students use POS xylophones in Astrakhan?")
    assert question is not None
    assert question.encoder_text == question.text
    found = {word.source: [a.terms for a in word.group.alternatives] for word in question.words}
    assert ("دانشجو",) in found["students"]
    assert ("آستراخ",) in found["Astrakhan"]
    assert ("pos",) in found["POS"]
    assert found["xylophones"] == [("xylophones",)]


def test_persian_in_latin_letters_is_encoded_in_persian_script() -> None:
    question = parsed("chand daneshjoo dar Astarakhan hast?")
    assert question is not None
    assert question.encoder_text.startswith("چند دانشجو در آستر")
    found = {word.source: [a.terms for a in word.group.alternatives] for word in question.words}
    assert ("دانشجو",) in found["daneshjoo"]
    assert ("آستراخ",) in found["Astarakhan"]
    assert "dar" not in found


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("«نفت خزر»", "نفت خزر"),
        ("“Caspian oil”?", "Caspian oil?"),
        ("«نفت» و «گاز»", "«نفت» و «گاز»"),
    ],
)
def test_quotes_around_all_of_a_question_are_not_encoded(text: str, encoded: str) -> None:
    question = parsed(text)
    assert question is not None
    assert (question.text, question.encoder_text) == (text, encoded)


def test_latin_words_in_a_persian_question_are_translated() -> None:
    question = parsed("نظر students درباره دریا چیست؟")
    assert question is not None
    assert question.language == "fa"
    found = {word.source: [a.terms for a in word.group.alternatives] for word in question.words}
    assert ("دانشجو",) in found["students"]
    assert found.keys().isdisjoint({"چیست", "درباره"})


def test_a_function_word_is_the_word_as_it_was_typed() -> None:
    assert terms("امام و اینتر و کی‌روش") == [("امام",), ("اینتر",), ("کی",), ("روش",)]


def test_a_question_of_function_words_alone_keeps_them() -> None:
    assert terms("چی هست؟") == [("چی",), ("هست",)]


def test_all_spellings_of_a_question_search_for_the_same() -> None:
    typed = "همكاري‌هاي علمي ٢٠١٥"
    assert terms(typed) == terms("همکاریهای علمی ۲۰۱۵") == terms("همکاری های علمی 2015")


def test_a_repeated_word_counts_once() -> None:
    assert terms("خزر خزر خزر") == [("خزر",)]


def test_a_compound_is_also_looked_for_in_one_piece() -> None:
    question = parsed("سرمایه‌گذاری")
    assert question is not None
    assert question.groups == (
        SynonymGroup((WeightedTerms(("سرمایه",)), WeightedTerms(("سرمایهگذار",)))),
        SynonymGroup((WeightedTerms(("گذار",)),)),
    )


def test_spoken_persian_is_also_looked_for_as_it_is_written() -> None:
    question = parsed("نشون")
    assert question is not None
    assert question.groups == (
        SynonymGroup((WeightedTerms(("نشون",)), WeightedTerms(("نشان",), 0.8))),
    )


@pytest.mark.parametrize("text", ["", "  \n", "؟؟!…", "🙂🎉", "\u200c\u200f", "«»"])
def test_a_text_without_words_is_no_question(text: str) -> None:
    assert parsed(text) is None


def test_a_long_question_is_refused_with_both_numbers() -> None:
    with pytest.raises(QuestionError) as error:
        parsed("آ" * 10_000)
    assert str(error.value) == (
        "a question may have 2,000 characters, and this one has 10,000; ask it in fewer words"
    )


@given(st.text(max_size=300))
def test_any_text_is_a_question_or_none(text: str) -> None:
    question = parsed(text)
    if question is not None:
        assert question.language in ("fa", "en", "fa-Latn")
        assert all(option.terms for group in question.groups for option in group.alternatives)


def test_ligatures_count_as_the_letters_that_they_stand_for() -> None:
    assert check_question("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM} گفت", LIMIT)
    with pytest.raises(QuestionError, match="this one has 3,600"):
        check_question("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 200, LIMIT)
