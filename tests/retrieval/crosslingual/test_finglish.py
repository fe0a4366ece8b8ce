import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.persian import ZWNJ, index_terms
from retrieval.crosslingual.finglish import MAX_WORDS, FinglishConverter, is_finglish
from retrieval.crosslingual.vocabulary import Vocabulary
from tests.support.paths import ROOT

TEXTS = [
    "چند دانشجو در آستاراخان درس می‌خوانند",
    "استقلال تهران در جام حذفی از ذوب‌آهن برد",
    "شهرداری بجستان جلوی حفاری‌های داخل شهر را گرفت",
    "نفت برنت بشکه‌ای چند شد وقتی ترامپ ایران را تحریم کرد",
    "رئیس فدراسیون فوتبال و مربیان تیم ملی",
    "مورینیو سرمربی رئال مادرید بود",
]
CONVERTER = FinglishConverter(
    Vocabulary(sorted({(term, 3) for text in TEXTS for term in index_terms(text)}), 100)
)
DEVELOPMENT_SET = ROOT / "tests" / "data" / "news_dev_latin.jsonl"


@pytest.mark.parametrize(
    "text",
    [
        "chand ta daneshjoo dar Astarakhan dars mikhanand?",
        "Esteghlal ki bazi dare",
        "CHERA NAFT GERAN SHOD",
        "gheymate benzin",
        "in chie",
        "nemidunam chejuri beram varzeshgah",
    ],
)
def test_tells_persian(text: str) -> None:
    assert is_finglish(text)


@pytest.mark.parametrize(
    "text",
    [
        "How many students study in Astrakhan?",
        "who is to play in the final",
        "Ali Karimi",
        "ivankovic",
        "Esteghlal Sepahan score",
        "oil price",
        "",
        "12 34",
        "؟!🙂",
        "چند دانشجو",
    ],
)
def test_tells_english_and_leaves_names_open(text: str) -> None:
    assert not is_finglish(text)


def test_tells_the_development_questions() -> None:
    with DEVELOPMENT_SET.open(encoding="utf-8") as lines:
        questions = [json.loads(line)["q_latn"] for line in lines]

    missed = [question for question in questions if not is_finglish(question)]
    assert len(questions) >= 60
    assert len(missed) <= len(questions) // 50


@pytest.mark.parametrize(
    ("latin", "persian"),
    [
        (
            "chand ta daneshjoo dar Astarakhan dars mikhanand?",
            f"چند تا دانشجو در آستاراخان درس می{ZWNJ}خوانند",
        ),
        ("chan ta daneshju dars mixunan", f"چند تا دانشجو درس می{ZWNJ}خوانند"),
        ("boshkeye naft", f"بشکه{ZWNJ}ی نفت"),
        ("esteghlale tehran", "استقلال تهران"),
        ("esteqlalo ki bord", "استقلال کی برد"),
        ("shahrdari chera jeloye haffarihaye shahro gereft", "شهرداری چرا جلوی حفاریهای شهر گرفت"),
        ("terump irano tahrim kard", "ترامپ ایران تحریم کرد"),
        ("Mourinho raise federasione footbale", "مورینیو رییس فدراسیون فوتبال"),
    ],
)
def test_writes_persian(latin: str, persian: str) -> None:
    assert CONVERTER.convert(latin).persian_text == persian


def test_searches_for_what_says_something() -> None:
    converted = CONVERTER.convert("chera nafte berent 3 bar too tehran tahrim shod")

    best = {word.source: word.group.alternatives[0].terms for word in converted.words}
    assert best == {
        "nafte": ("نفت",),
        "berent": ("برن",),
        "tehran": ("تهر",),
        "tahrim": ("تحر",),
    }


def test_searches_for_function_words_when_there_is_nothing_else() -> None:
    converted = CONVERTER.convert("chand shod")

    assert [word.source for word in converted.words] == ["chand", "shod"]


def test_leaves_what_it_cannot_read() -> None:
    assert CONVERTER.convert("zzgrbltx 42 تهران").persian_text == "zzgrbltx 42 تهران"


@given(st.text())
def test_converts_any_text(text: str) -> None:
    is_finglish(text)
    for group in (word.group for word in CONVERTER.convert(text).words):
        assert 1 <= len(group.alternatives) <= 6
        assert all(0 < alternative.weight <= 1 for alternative in group.alternatives)


@pytest.mark.parametrize(
    "text", ["salam " * 2000, "a" * 10_000, "\x00\u202e🙂" * 3000, "kh'" * 4000]
)
def test_long_texts_have_limits(text: str) -> None:
    is_finglish(text)
    assert len(CONVERTER.convert(text).words) <= MAX_WORDS
