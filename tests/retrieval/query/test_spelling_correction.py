"""Words that the archive does not have are searched for as the nearest ones that it has."""

import json

import pytest

from index.article import Article
from retrieval import Retriever
from retrieval.answers import Answer
from retrieval.presentation.messages import messages_for
from retrieval.presentation.notes import answer_notes
from retrieval.presentation.reasons import summary_lines
from retrieval.presentation.serialization import answer_record, explanation_record

FARMS = Article(
    id="farms",
    title="گلخانه‌های نیشکرآباد",
    paragraphs=("مدیر گلخانه‌های نیشکرآباد از صادرات گل به قرقیزستان خبر داد.",),
)
RAIL = Article(
    id="rail",
    title="قطار تازه",
    paragraphs=("وزیر راه گفت نخست‌وزیر گرجستان از ایستگاه قطار بازدید کرد و دانشجویان آمدند.",),
)


@pytest.fixture
def small(open_retriever) -> Retriever:
    return open_retriever(FARMS, RAIL)


def searched(answer: Answer) -> list[tuple[str, str]]:
    return [(one.typed, one.searched) for one in answer.corrections]


@pytest.mark.parametrize(
    ("question", "corrections", "article"),
    [
        ("مدیر نیشکراباد", [("نیشکراباد", "نیشکرآباد")], "farms"),
        ("صادرات گل به قرقیزسنان", [("قرقیزسنان", "قرقیزستان")], "farms"),
        ("صادزات گل", [("صادزات", "صادرات")], "farms"),
        ("نخصت‌وزیر", [("نخصت‌وزیر", "نخست‌وزیر")], "rail"),
        ("ایستگاه‌هلی قطار", [("ایستگاه‌هلی", "ایستگاه‌های")], "rail"),
        ("which studnets came", [("studnets", "students")], "rail"),
    ],
)
def test_a_slip_is_corrected_and_told(
    small: Retriever, question: str, corrections: list[tuple[str, str]], article: str
) -> None:
    answer = small.ask(question)
    assert [(typed, said.replace("\u200c", "")) for typed, said in searched(answer)] == [
        (typed, said.replace("\u200c", "")) for typed, said in corrections
    ]
    assert answer.passages[0].article_id == article


def test_a_slip_that_could_be_cut_into_two_terms_is_corrected_all_the_same(open_retriever) -> None:
    article = Article("a", "دو واژه", ("حرف صاد و واژه زات را نوشت؛ صادرات گل هم بیشتر شد.",))
    answer = open_retriever(article).ask("صادزات گل")
    assert searched(answer) == [("صادزات", "صادرات")]


@pytest.mark.parametrize(
    "question",
    [
        "مدیر گلخانه‌های نیشکرآباد",
        "«نیشکراباد»",
        'مدیر "نیشکراباد"',
        "آناناس",  # a word, though not of this archive
        "کدوم گلخانه؟",
        "students of Georgia",
        'the "studnets"',
    ],
)
def test_known_words_and_words_in_quotes_stay(small: Retriever, question: str) -> None:
    assert small.ask(question).corrections == ()


def test_a_corrected_word_counts_less_than_the_word_itself(small: Retriever) -> None:
    right, slip = "گلخانه‌های نیشکرآباد", "گلخانه‌های نیشکراباد"
    assert small.explain(slip).evidence.coverage < small.explain(right).evidence.coverage
    assert small.explain(slip).searched == right


def test_corrections_are_told_in_both_languages_and_in_json(small: Retriever) -> None:
    answer = small.ask("صادزات گل")
    assert list(answer_notes(answer, messages_for("fa"))) == [
        "به‌جای «\u2068صادزات\u2069»، «\u2068صادرات\u2069» جست‌وجو شد."
    ]
    assert list(answer_notes(answer, messages_for("en"))) == [
        "Searched for “\u2068صادرات\u2069” in place of “\u2068صادزات\u2069”."
    ]
    record = json.loads(json.dumps(answer_record(answer)))
    assert record["corrections"] == [{"typed": "صادزات", "searched": "صادرات"}]
    explanation = small.explain("صادزات گل")
    assert explanation_record(explanation)["corrections"] == record["corrections"]
    assert any("صادزات" in line for line in summary_lines(explanation, messages_for("en")))
