"""Lists of news, newer news first where it matters, and search operators."""

import datetime as dt

import pytest

from index.article import Article
from retrieval import Answer, Retriever

TODAY = dt.date(2025, 11, 28)
ISNA, FARS = "خبرگزاری ایسنا", "خبرگزاری فارس"


def article(name: str, day: dt.date | None, agency: str, *texts: str) -> Article:
    return Article(id=name, title=texts[0], paragraphs=texts[1:], date=day, agency=agency)


ARCHIVE = (
    article("gold", dt.date(2012, 6, 1), FARS, "قیمت طلا", "قیمت طلا به یک میلیون تومان رسید."),
    article(
        "spring", dt.date(2012, 5, 2), FARS, "باران", "در گیلان باران بارید.", "رودها پر آب شد."
    ),
    article("mehr", dt.date(2025, 10, 1), ISNA, "مدرسه", "مدرسه‌ها باز شد.", "درس آغاز شد."),
    article("aban", dt.date(2025, 11, 18), ISNA, "صید", "صید میگو رشد کرد.", "صیادان شاد شدند."),
    article("azar", dt.date(2025, 11, 25), FARS, "برف", "برف در تهران بارید.", "راه‌ها بسته شد."),
    article("derby", dt.date(2025, 11, 26), FARS, "بازی", "استقلال و پرسپولیس مساوی کردند."),
    article("newgold", dt.date(2025, 11, 20), FARS, "بهای طلا", "قیمت طلا به ده میلیون رسید."),
    article("team", dt.date(2025, 11, 24), ISNA, "تمرین", "استقلال در کیش تمرین کرد."),
)


@pytest.fixture
def news(open_retriever) -> Retriever:
    return open_retriever(*ARCHIVE, today=lambda: TODAY)


def ids(answer: Answer) -> list[str]:
    return [passage.article_id for passage in answer.passages]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("اخبار آبان ۱۴۰۴", ["newgold", "aban"]),
        ("اخبار مهر و آبان ۱۴۰۴", ["newgold", "aban", "mehr"]),
        ("خبرهای ایسنا", ["team", "aban", "mehr"]),
        ("خبرهای ایسنا در آبان ۱۴۰۴", ["aban"]),
        ("همه خبرهای بهار ۹۱", ["gold", "spring"]),
        ("خبرهای قبل از ۱۳۹۵", ["gold", "spring"]),
        ("در دهه ۹۰ چه خبرهایی منتشر شد؟", ["gold", "spring"]),
        ("دوم تا پنجم آذر ۱۴۰۴ چه شد؟", ["derby", "azar", "team"]),
        ("news of October 2025", ["mehr"]),
        ("ISNA news", ["team", "aban", "mehr"]),
        ("what was published in spring 2012?", ["spring"]),
        ("What happened on 18 November 2025?", ["aban"]),
        ("akhbare aban 1404", ["newgold", "aban"]),
        ("khabarhaye isna", ["team", "aban", "mehr"]),
    ],
)
def test_a_list_has_one_entry_an_article_and_the_newest_first(
    news: Retriever, question: str, expected: list[str]
) -> None:
    answer = news.ask(question, limit=10)
    assert ids(answer) == expected
    assert (answer.found, answer.scope.relaxed) == (True, False)


def test_a_list_of_an_empty_period_is_empty(news: Retriever) -> None:
    answer = news.ask("در تیر ۱۴۰۲ چه شد؟")
    assert (ids(answer), answer.found, answer.scope.relaxed) == ([], False, False)


def test_the_meant_period_is_told_though_it_was_widened(news: Retriever) -> None:
    answer = news.ask("در تیر ۱۴۰۲ قیمت طلا چقدر شد؟")
    assert answer.scope.relaxed
    period = answer.scope.period
    assert period is not None
    assert (period.since, period.until) == (dt.date(2023, 6, 22), dt.date(2023, 7, 22))


def test_a_later_article_may_answer_about_a_year_but_not_about_a_month(
    open_retriever,
) -> None:
    later = article(
        "later", dt.date(2016, 1, 1), FARS, "نفت", "صادرات نفت کویت در مه سال ۲۰۱۵ کم شد."
    )
    older = article("older", dt.date(2014, 1, 1), FARS, "برنج", "برنج گران شد.")
    news = open_retriever(later, older, today=lambda: TODAY)
    year, month = (
        news.ask(f"صادرات نفت کویت در {period} کم شد") for period in ("سال ۲۰۱۵", "مه ۲۰۱۵")
    )
    assert (ids(year)[0], year.found, year.scope.relaxed) == ("later", True, True)
    assert (ids(month)[0], month.found, month.scope.relaxed) == ("later", False, True)


def test_later_articles_answer_about_a_time_before_the_archive(open_retriever) -> None:
    later = article(
        "later", dt.date(2016, 1, 1), FARS, "نفت", "در مهر ۱۳۵۷ کارگران نفت تعطیل کردند."
    )
    answer = open_retriever(later).ask("در مهر ۱۳۵۷ کارگران نفت تعطیل کردند؟")
    assert (ids(answer), answer.found, answer.scope.relaxed) == (["later"], True, True)


@pytest.mark.parametrize(
    "question", ["قیمت طلا چقدر است؟", "الان قیمت طلا به چقدر رسید", "قیمت طلا"]
)
def test_a_question_about_the_present_prefers_newer_news(news: Retriever, question: str) -> None:
    explanation = news.explain(question)
    assert explanation is not None
    first, second = explanation.passages[:2]
    assert (first.passage.article_id, second.passage.article_id) == ("newgold", "gold")
    assert first.recency > second.recency > 0


def test_other_questions_and_undated_archives_do_not(open_retriever, news: Retriever) -> None:
    undated = [article(one.id, None, FARS, one.title, *one.paragraphs) for one in ARCHIVE]
    for retriever, question in (
        (news, "قیمت طلا چقدر بود؟"),
        (open_retriever(*undated), "قیمت طلا چقدر است؟"),
    ):
        explanation = retriever.explain(question)
        assert explanation is not None
        assert {reasons.recency for reasons in explanation.passages} == {0}


@pytest.mark.parametrize(
    ("question", "first", "without"),
    [
        ("استقلال -پرسپولیس", "team", "derby"),
        ("esteghlal dar kish -perspolis", "team", "derby"),
        ('استقلال -"استقلال و پرسپولیس"', "team", "derby"),
        ("آخرین اخبار -استقلال", "azar", "team"),
        ('"میگو رشد کرد" صید', "aban", "derby"),
        ('"برف در تهران"', "azar", "spring"),
        ('"قیمت طلا به ده"', "newgold", "gold"),
    ],
)
def test_operators(news: Retriever, question: str, first: str, without: str) -> None:
    found = ids(news.ask(question, limit=10))
    assert found[0] == first
    assert without not in found


def test_what_is_excluded_in_english(news: Retriever) -> None:
    with_it, without = (
        ids(news.ask(f"Esteghlal{excluded}", limit=10)) for excluded in ("", " -Persepolis")
    )
    assert set(with_it) - set(without) == {"derby"}


def test_an_exact_phrase_that_no_text_has(news: Retriever) -> None:
    answer = news.ask('"تهران در برف"')
    assert (ids(answer), answer.found) == ([], False)


@pytest.mark.parametrize(
    "question", ["گفت - استقلال", "-استقلال", "درباره خبر «پرسپولیس مساوی» چه گفتند که مهم باشد؟"]
)
def test_what_is_no_operator(news: Retriever, question: str) -> None:
    assert "derby" in ids(news.ask(question, limit=10))
