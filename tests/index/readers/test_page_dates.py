"""The day of a page's article, among clocks, menus and other articles."""

import datetime as dt
from pathlib import Path

import pytest

from index.article import Article
from index.dates import DateReader
from index.readers.formats.page_dates import publication_day
from tests.index.support.reading import read

DAY = dt.date(2025, 11, 18)
READER = DateReader(today=lambda: dt.date(2025, 11, 28))
CLOCK = "<header><div>امروز: جمعه ۷ آذر ۱۴۰۴</div></header>"


@pytest.mark.parametrize(
    "page",
    [
        f"{CLOCK}<article><p>تاریخ انتشار: ۲۷ آبان ۱۴۰۴ - ۱۰:۳۰</p><p>متن</p></article>",
        "<header>۷ آذر ۱۴۰۴</header><main><span>۲۷ آبان ۱۴۰۴</span><p>متن</p></main>",
        "<div class='top-bar'>جمعه ۷ آذر ۱۴۰۴</div><div>۱۴۰۴/۰۸/۲۷</div>",
        "<div>امروز جمعه ۷ آذر ۱۴۰۴</div><div>۲۷ آبان ۱۴۰۴</div>",
        f"<article><header>۲۷ آبان ۱۴۰۴</header><p>متن</p></article>{CLOCK}",
        "<aside>۱ آذر ۱۴۰۴</aside><div>بیست و هفتم آبان ۱۴۰۴</div><footer>۲ آذر ۱۴۰۴</footer>",
        "<p>زمان مخابره: ۲۷/۸/۱۴۰۴</p><p>در ۱۷ آبان ۱۳۹۹ نیز چنین شد</p>",
        f"<head><meta property='article:published_time' content='1404-08-27T10:30'></head>{CLOCK}",
        f"<head><meta name='date' content='۲۷ آبان ۱۴۰۴'></head><body>{CLOCK}</body>",
        f"<head><meta name='dc.date' content='2025-11-17T22:00:00Z'></head>{CLOCK}",
        f'<script>{{"datePublished": "2025-11-18T08:00:00+03:30"}}</script>{CLOCK}',
        "<time itemprop='datePublished' datetime='1404/8/27'>دیروز</time><p>۱ آذر ۱۴۰۴</p>",
        "<footer>۲۷ آبان ۱۴۰۴</footer>",
    ],
)
def test_the_articles_own_date_counts(page: str) -> None:
    assert publication_day(f"<html>{page}</html>", None, READER) == DAY


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<p>بی تاریخ</p>",
        "<div>امروز: جمعه ۷ آذر ۱۴۰۴</div>",
        "<p>۳۱ مهر ۱۴۰۴</p>",
        "<p>۱۷ آبان ۱۴۹۹</p>",
        "<head><meta name='date' content='unknown'></head>",
    ],
)
def test_a_page_without_a_date_of_its_own(page: str) -> None:
    assert publication_day(page, None, READER) is None


def test_a_date_that_others_found_comes_before_those_of_the_text() -> None:
    page = "<html><p>در ۱۷ آبان ۱۳۹۹ چنین شد</p></html>"
    assert publication_day(page, "2025-11-18", READER) == DAY


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (
            "x.jsonl",
            '{"id": "a", "title": "خزر", "paragraphs": ["بندر"], "date": "the other day"}\n',
            "x.jsonl: article a: date 'the other day' is not a date: kept without a date",
        ),
        (
            "x.md",
            "---\nid: a\ntitle: خزر\ndate: 1499-01-01\n---\nبندر",
            "x.md: article a: date '1499-01-01' is in the future: kept without a date",
        ),
        (
            "a.txt",
            "date 2025-13-01\nخزر\nکد خبر : 17\nبندر\n",
            "a.txt: article a: date '2025-13-01' is not a date: kept without a date",
        ),
    ],
)
def test_an_unreadable_date_costs_the_date(
    tmp_path: Path, name: str, content: str, problem: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    article, said = read(path)
    assert isinstance(article, Article)
    assert (article.id, article.date, said) == ("a", None, problem)


def test_a_lunar_date_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": "a", "title": "خزر", "paragraphs": ["بندر"], "date": "1447/05/27"}\n')
    article, said = read(path)
    assert isinstance(article, Article)
    assert article.date == DAY
    assert said == (
        "x.jsonl: article a: date '1447/05/27' is read as a lunar one, 2025-11-18, which may be "
        "off by two days"
    )


def test_a_source_has_a_zone_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(
        '{"id": "a", "title": "خزر", "paragraphs": ["بندر"], "date": "2025-11-18T22:30:00Z"}\n'
    )
    days = [read(path, **options)[0].date for options in ({}, {"timezone": "UTC"})]
    assert days == [dt.date(2025, 11, 19), DAY]
