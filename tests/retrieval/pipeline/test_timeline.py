"""Timelines: each article about a topic counts once, in its month, beside all of that month."""

import datetime as dt

import pytest

from index.article import Article
from index.dates import Calendar
from index.search_index import Filter
from retrieval import Retriever
from retrieval.pipeline.timeline import Timeline

FARS, ISNA = "خبرگزاری فارس", "خبرگزاری ایسنا"


def article(name: str, day: dt.date | None, *texts: str, agency: str = FARS) -> Article:
    return Article(id=name, title=texts[0], paragraphs=texts[1:], date=day, agency=agency)


ARCHIVE = (
    article("a", dt.date(2019, 3, 20), "قیمت نفت", "نفت گران شد.", "بازار نفت آرام است."),
    article("b", dt.date(2019, 3, 21), "برف", "در تهران برف بارید.", agency=ISNA),
    article("c", dt.date(2019, 5, 30), "صادرات", "صادرات نفت ایران زیاد شد.", "پسته صادر شد."),
    article("d", dt.date(2019, 5, 31), "نفت", "نفت ارزان شد.", "صادرات پسته.", agency=ISNA),
    article("e", None, "نفت در بازار", "تولید نفت."),
)


@pytest.fixture
def news(open_retriever) -> Retriever:
    return open_retriever(*ARCHIVE, today=lambda: dt.date(2019, 6, 1))


def months(timeline: Timeline | None) -> dict[str, tuple[int, int]]:
    assert timeline is not None
    return {
        f"{month.year}-{month.month:02d}": (month.hits, month.articles) for month in timeline.months
    }


def test_months_are_jalali_in_persian_and_none_is_left_out(news: Retriever) -> None:
    timeline = news.timeline("نفت")
    assert months(timeline) == {
        "1397-12": (1, 1),
        "1398-01": (0, 1),
        "1398-02": (0, 0),
        "1398-03": (2, 2),
    }
    assert (timeline.calendar, timeline.hits, timeline.articles) == (Calendar.JALALI, 3, 4)
    assert [month.share for month in timeline.months] == [1.0, 0.0, 0.0, 1.0]


def test_months_are_gregorian_in_english_or_as_chosen(news: Retriever) -> None:
    gregorian = {"2019-03": (1, 2), "2019-04": (0, 0), "2019-05": (2, 2)}
    assert months(news.timeline("oil")) == gregorian
    assert months(news.timeline("نفت", calendar=Calendar.GREGORIAN)) == gregorian
    assert news.timeline("khabarhaye naft").calendar is Calendar.JALALI


def test_articles_without_a_date_are_counted_apart(news: Retriever) -> None:
    assert news.timeline("نفت").undated == 1


def test_a_hit_has_all_words_in_one_passage_or_its_title(news: Retriever) -> None:
    # In "d" the words stand in different paragraphs, one of which has the other in its title.
    assert months(news.timeline("صادرات نفت"))["1398-03"] == (2, 2)
    assert news.timeline("برف نفت").hits == 0
    assert news.timeline('"صادرات نفت"').hits == 1
    assert news.timeline("نفت -ایران").hits == 2


@pytest.mark.parametrize(
    ("topic", "filter_"),
    [
        ("نفت در خرداد ۱۳۹۸ از ایسنا", Filter()),
        ("نفت", Filter(since=dt.date(2019, 5, 31), agencies=(ISNA,))),
    ],
)
def test_limits_hold_for_hits_and_for_all_articles(
    news: Retriever, topic: str, filter_: Filter
) -> None:
    timeline = news.timeline(topic, filter_)
    assert months(timeline) == {"1398-03": (1, 1)}
    assert timeline.undated == 0


def test_only_a_limit_counts_all_of_its_articles(news: Retriever) -> None:
    assert news.timeline("اخبار ایسنا").hits == 2


def test_a_long_list_is_counted_to_its_end(open_retriever) -> None:
    articles = [
        article(f"{at}", dt.date(2019, 1, 1 + at % 28), f"نفت {at}", "نفت.") for at in range(150)
    ]
    timeline = open_retriever(*articles, candidates=10).timeline("نفت", calendar=Calendar.GREGORIAN)
    assert months(timeline) == {"2019-01": (150, 150)}


def test_no_topic_and_no_dates(open_retriever, news: Retriever) -> None:
    assert news.timeline(" ؟ ") is None
    assert open_retriever(article("a", None, "نفت", "نفت.")).timeline("نفت").months == ()
