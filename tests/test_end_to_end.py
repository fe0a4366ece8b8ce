"""The whole of Khazar over the articles that it ships with, with the bundled model."""

import pytest

from index.indexing.builder import build
from index.settings import IndexSettings
from retrieval import Retriever
from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    root = tmp_path_factory.mktemp("seeds")
    config = root / "config.toml"
    config.write_text(f'[index]\nsources = ["{ROOT}/seeds"]\n', encoding="utf-8")
    report = build(IndexSettings.load(config))
    assert (report.articles, report.passages, report.problems) == (1, 7, ())
    return Retriever.open(config)


@pytest.mark.parametrize(
    ("question", "paragraph"),
    [
        ("چند دانشجو در آستراخان درس می‌خوانند؟", 4),
        ("صادرات محصولات کشاورزی قزاقستان چقدر بوده؟", 3),
        ("چند درصد از تبادلات اقتصادی با استان‌های ایران زیاد شده؟", 1),
        ("How many students study in Astrakhan?", 4),
        ("How much farm produce was exported from Kazakhstan?", 3),
        ("By what percentage did goods transport with Iran grow?", 1),
    ],
)
def test_questions_find_their_paragraph(
    retriever: Retriever, question: str, paragraph: int
) -> None:
    answer = retriever.ask(question)
    found = [passage.paragraphs for passage in answer.passages]
    assert found[0] == (paragraph,), found
    citation = answer.passages[0].citation
    assert citation.agency == "خبرگزاری کار ایران"
    assert citation.code == "1715776"


@pytest.mark.parametrize("question", ["پایتخت فرانسه کجاست؟", "Who won the 1998 World Cup?"])
def test_what_the_archive_does_not_say_is_not_found(retriever: Retriever, question: str) -> None:
    assert not retriever.ask(question).found
