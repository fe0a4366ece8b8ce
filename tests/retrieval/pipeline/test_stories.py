"""One story in several agencies: shown once, with citations of the others."""

import datetime as dt
from dataclasses import replace

import pytest

from index.article import Article
from retrieval import Retriever
from tests.retrieval.conftest import OpenRetriever

DAY = dt.date(2025, 11, 18)
QUESTION = "چند دانشجو در آستراخان درس می‌خوانند؟"
TEXT = (
    "ایگور بابوشکین رئیس منطقه آستراخان روسیه در اجلاس استانداران حاشیه دریای خزر در رشت گفت: "
    "{students} هزار دانشجوی کشورهای همسایه در دانشگاه‌های آستراخان درس می‌خوانند و {share} درصد "
    "تبادلات اقتصادی این منطقه با استان‌های شمالی ایران است."
)
OTHER = "تیم ملی کشتی آزاد ایران با شکست ژاپن در مسابقات تهران قهرمان آسیا شد."


def report(
    name: str, agency: str | None, day: dt.date | None = DAY, *, students: int = 5, share: int = 72
) -> Article:
    return Article(
        id=name,
        title="همکاری‌ها در دریای خزر",
        paragraphs=(TEXT.format(students=students, share=share),),
        agency=agency,
        date=day,
        link=f"https://example.org/{name}",
    )


FIRST = report("ilna", "ایلنا")
SECOND = replace(report("isna", "ایسنا", DAY + dt.timedelta(1)), title="آستراخان و دریای خزر")


def found(retriever: Retriever, question: str = QUESTION) -> dict[str, list[str]]:
    """Return, by the ids of the articles of an answer, the links of their republications."""
    return {
        passage.article_id: [str(one.url)[20:] for one in passage.republications]
        for passage in retriever.ask(question, limit=10).passages
    }


def test_a_story_is_shown_once_with_citations_of_the_others(open_retriever: OpenRetriever) -> None:
    wrestling = Article(id="wrestling", title="کشتی", paragraphs=(OTHER,), agency="مهر", date=DAY)
    retriever = open_retriever(FIRST, SECOND, report("mehr", "خبرگزاری مهر"), wrestling)
    answer = retriever.ask(QUESTION)
    leader, other = answer.passages
    assert other.article_id == "wrestling"
    assert other.republications == ()
    told = {leader.citation.agency, *(one.agency for one in leader.republications)}
    assert told == {"ایلنا", "ایسنا", "خبرگزاری مهر"}
    assert len(leader.republications) == 2
    assert {one.date for one in (leader.citation, *leader.republications)} == {
        DAY,
        DAY + dt.timedelta(1),
    }
    # A page later, the others do not come up again.
    page = retriever.ask(QUESTION, limit=1, offset=1)
    assert [passage.article_id for passage in page.passages] == ["wrestling"]
    assert not page.more


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(report("b", "ایسنا", DAY + dt.timedelta(3)), id="days-apart"),
        pytest.param(report("b", "ایسنا", students=8, share=41), id="other-numbers"),
        pytest.param(report("b", "ایلنا"), id="one-agency"),
        pytest.param(report("b", "خبرگزاری کار ایران"), id="one-agency-under-two-names"),
        pytest.param(report("b", None), id="no-agency"),
        pytest.param(replace(report("b", "ایسنا"), paragraphs=(OTHER,)), id="other-words"),
    ],
)
def test_other_stories_stay_apart(open_retriever: OpenRetriever, other: Article) -> None:
    assert not any(found(open_retriever(FIRST, other)).values())


def test_without_a_date_only_copies_are_one_story(open_retriever: OpenRetriever) -> None:
    assert len(found(open_retriever(FIRST, report("isna", "ایسنا", None)))) == 1
