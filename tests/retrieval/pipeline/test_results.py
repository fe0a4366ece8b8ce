"""Constraints of a search: filters, dates and agencies in questions, codes, the newest, pages."""

import datetime as dt

import pytest

from index.article import Article
from index.search_index import Filter
from retrieval import Answer, Retriever
from retrieval.answers import AnswerKind, Scope
from retrieval.errors import QuestionError

TODAY = dt.date(2025, 11, 23)  # 2 Azar 1404


def article(name: str, text: str, day: dt.date | None, agency: str | None, code: str | None = None):
    return Article(id=name, title="نفت", paragraphs=(text,), date=day, agency=agency, code=code)


ARCHIVE = (
    article("old", "قیمت نفت در بازار جهانی بالا رفت.", dt.date(2015, 3, 2), "خبرگزاری فارس", "11"),
    article(
        "aban", "بهای نفت ایران در بازار آسیا پایین آمد.", dt.date(2025, 11, 18), "ایلنا", "1715776"
    ),
    article("azar", "صادرات نفت به چین در بازار تازه آغاز شد.", dt.date(2025, 11, 22), "ایلنا"),
    article("undated", "نفت کوره در بازار داخلی گران شد.", None, "خبرگزاری فارس", "33"),
    article("fruit", "سیب و انار در میدان میوه فراوان است.", dt.date(2025, 11, 21), None),
)


@pytest.fixture
def news(open_retriever) -> Retriever:
    return open_retriever(*ARCHIVE, today=lambda: TODAY)


def ids(answer: Answer) -> list[str]:
    return [passage.article_id for passage in answer.passages]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"old", "aban", "azar", "undated", "fruit"}),
        ({"since": "1404-08-01"}, {"aban", "azar", "fruit"}),
        ({"since": "۱۴۰۴/۰۸/۰۱", "until": "1404-08-30"}, {"aban", "fruit"}),
        ({"until": "2015"}, {"old"}),
        ({"source": "ILNA"}, {"aban", "azar"}),
        ({"source": "فارس", "since": "2015"}, {"old"}),
        ({"since": "2030"}, set()),
    ],
)
def test_filters_limit_what_is_found(
    news: Retriever, options: dict[str, str], expected: set[str]
) -> None:
    filter_ = news.filter(**options)
    answer = news.ask("بازار نفت", limit=10, filter=filter_)
    assert set(ids(answer)) == expected
    assert answer.scope == Scope(filter_)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"since": "1404-08-02", "until": "1404-08-01"},
            "no day is from 1404-08-02 to 1404-08-01: the range ends before it begins",
        ),
        ({"source": "رویترز"}, "the archive has no source “رویترز”; it has "),
    ],
)
def test_impossible_filters_are_one_line(
    news: Retriever, options: dict[str, str], message: str
) -> None:
    with pytest.raises(QuestionError) as error:
        news.filter(**options)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("خبرهای آبان ۱۴۰۴ درباره بازار نفت", {"aban", "fruit"}),
        ("news of November 2025 about بازار نفت", {"aban", "azar", "fruit"}),
        ("به گزارش ایلنا بازار نفت چطور بود؟", {"aban", "azar"}),
        ("According to Fars, how was بازار نفت?", {"old", "undated"}),
    ],
)
def test_a_question_may_limit_itself(news: Retriever, question: str, expected: set[str]) -> None:
    answer = news.ask(question, limit=10)
    assert set(ids(answer)) == expected
    assert answer.scope.filter


def test_a_year_in_passing_hides_nothing(news: Retriever) -> None:
    answer = news.ask("درباره بازار نفت سال ۲۰۱۵ چه گفتند؟", limit=10)
    assert not answer.scope.filter
    assert ids(answer)[0] == "old"
    assert "undated" in ids(answer)


def test_a_year_that_dates_the_question_limits_it(news: Retriever) -> None:
    answer = news.ask("در سال ۲۰۱۵ بازار نفت چطور بود؟", limit=10)
    assert answer.scope.filter == news.filter(since="2015", until="2015")
    assert ids(answer) == ["old"]


def test_a_time_that_answers_nothing_is_given_up(news: Retriever) -> None:
    answer = news.ask("در مهر ۱۴۰۰ بازار نفت", limit=10)
    assert (answer.scope.filter, answer.scope.relaxed) == (Filter(), True)
    assert answer.passages
    assert not answer.found  # an article of another time is no answer about this one
    expressly = news.ask("اخبار مهر ۱۴۰۰ درباره بازار نفت", limit=10)
    assert not expressly.passages
    assert not expressly.found
    assert not expressly.scope.relaxed


def test_an_agency_that_the_archive_lacks_is_told(news: Retriever) -> None:
    answer = news.ask("به گزارش رویترز بازار نفت چطور بود؟")
    assert answer.scope.unknown_source == "رویترز"
    assert not answer.scope.filter
    assert answer.passages


def test_an_archive_without_dates_is_filtered_by_none(open_retriever) -> None:
    retriever = open_retriever(article("a", "قیمت نفت در بازار جهانی بالا رفت.", None, None))
    for question in ("خبرهای آبان ۱۴۰۴ درباره قیمت نفت", "آخرین خبرهای نفت"):
        answer = retriever.ask(question)
        assert ids(answer) == ["a"]
        assert (answer.scope.filter, answer.scope.undated) == (Filter(), True)
    assert answer.found
    assert retriever.ask("آخرین خبرها").passages == ()


def test_a_code_that_no_article_has_is_told(news: Retriever) -> None:
    answer = news.ask("کد خبر ۹۹۹۹۹۹۹")
    assert answer.scope == Scope(unknown_code="9999999")
    assert answer.passages == ()
    filter_ = news.filter(since="1404-09")
    assert news.ask("کد خبر ۱۷۱۵۷۷۶", filter=filter_).passages == ()


def test_a_longer_answer_begins_with_the_shorter_one(open_retriever) -> None:
    lead = "بهای نفت خام در بازارهای جهانی به بالاترین حد سه سال گذشته رسید."
    articles = [
        Article(id=f"l{at}", title="نفت", abstract=lead, paragraphs=("دیگر چه؟", lead + end))
        for at, end in enumerate(" پایان کار.|".split("|"))
    ]
    retriever = open_retriever(*articles, *ARCHIVE)
    longest = retriever.ask("بهای نفت خام", limit=10)
    for limit in range(1, 8):
        shorter = retriever.ask("بهای نفت خام", limit=limit)
        assert shorter.passages == longest.passages[:limit]


def test_a_name_alone_is_answered_by_what_has_it(news: Retriever) -> None:
    assert news.ask("صادرات نفت").found
    assert not news.ask("صادرات زعفران").found


@pytest.mark.parametrize("question", ["کد خبر ۱۷۱۵۷۷۶", "news code 1715776"])
def test_a_code_opens_its_article(news: Retriever, question: str) -> None:
    answer = news.ask(question)
    assert ids(answer) == ["aban"]
    assert answer.found
    assert answer.probability == 1.0
    start, end = answer.passages[0].highlight
    assert answer.passages[0].text[start:end] == ARCHIVE[1].paragraphs[0]


def test_the_newest_come_first(news: Retriever) -> None:
    assert ids(news.ask("آخرین خبرها")) == ["azar", "fruit", "aban", "old"]
    assert ids(news.ask("latest news", filter=Filter(until=dt.date(2025, 11, 20)))) == [
        "aban",
        "old",
    ]
    about = ids(news.ask("تازه‌ترین خبرهای بازار نفت"))
    assert about.index("azar") < about.index("aban") < about.index("old") < about.index("undated")


def test_pages_never_repeat_a_passage(open_retriever) -> None:
    letters = "bcdfghjklmnpqrstvwxyzaeiou"
    articles = [
        # No two share a word besides the first ones.
        article(f"a{at}", f"نفت بازار {' '.join(first + other for other in letters)}", None, None)
        for at, first in enumerate(letters[:23])
    ]
    retriever = open_retriever(*articles)
    seen: list[str] = []
    offset, more = 0, True
    while more:
        page = retriever.ask("بازار نفت", limit=5, offset=offset)
        assert page.offset == offset
        assert 0 < len(page.passages) <= 5
        seen += ids(page)
        more = page.more
        offset += 5
    assert len(seen) == len(set(seen)) == 23
    assert seen[:10] == ids(retriever.ask("بازار نفت", limit=10))
    assert retriever.ask("بازار نفت", limit=5, offset=25).passages == ()


def test_related_articles_are_near_and_others(news: Retriever) -> None:
    related = news.related("aban", 2)
    assert len(related) == 2
    assert {one.article_id for one in related} <= {"old", "azar", "undated"}
    assert related[0].score >= related[1].score
    assert related[0].citation.title == "نفت"
    assert news.related("nope") == ()


def test_a_passage_is_explained_by_its_words(news: Retriever) -> None:
    explanation = news.explain("price of oil", limit=2)
    assert explanation is not None
    first = explanation.passages[0]
    assert first.dense_rank >= 1
    assert [word.source for word in first.words] == ["price", "oil"]
    assert first.words[1].terms == ("نفت",)
    assert explanation.probability == news.ask("price of oil").probability
    assert len(explanation.passages) == 2
    assert (
        explanation.passages[0].passage.article_id
        == news.ask("price of oil").passages[0].article_id
    )
    assert news.explain("کد خبر ۱۷۱۵۷۷۶") is None
    assert news.explain("؟") is None


def test_a_follow_up_keeps_within_its_filter(news: Retriever) -> None:
    first = news.ask("بازار جهانی نفت", limit=1)
    assert ids(first) == ["old"]
    filter_ = news.filter(source="ایلنا")
    later = news.ask("و آنجا چه شد؟", conversation=first.conversation, filter=filter_)
    assert set(ids(later)) <= {"aban", "azar"}


@pytest.mark.parametrize("word", ["نفت", "oil", "naft", "«نفت»"])
def test_a_single_word_lists_its_articles_the_newest_first(news: Retriever, word: str) -> None:
    answer = news.ask(word)
    assert answer.kind is AnswerKind.LIST
    assert ids(answer) == ["azar", "fruit", "aban", "old", "undated"]
    assert (answer.found, answer.probability) == (False, 0)


def test_a_single_word_within_a_period_is_not_looked_for_outside(news: Retriever) -> None:
    answer = news.ask("نفت در آبان ۱۴۰۴")
    assert ids(answer) == ["fruit", "aban"]
    assert answer.kind is AnswerKind.LIST
    assert not answer.scope.relaxed


def test_a_word_that_no_article_has_is_not_found(news: Retriever) -> None:
    answer = news.ask("ژیمناستیک")
    assert answer.kind is AnswerKind.ANSWER
    assert not answer.found


def test_the_latest_news_is_a_list(news: Retriever) -> None:
    for question in ("آخرین اخبار", "آخرین اخبار نفت"):
        answer = news.ask(question)
        assert (answer.kind, answer.found) == (AnswerKind.LIST, True)
