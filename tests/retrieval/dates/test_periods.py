"""Which periods questions mean, and which mean none."""

import datetime as dt

import jdatetime
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.text.persian import to_persian_digits
from retrieval.dates.periods import PeriodUse, find_period
from tests.retrieval.support.period_reading import ABAN, EXPLICIT, PUBLICATION, TODAY, VAGUE, found
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "dates.md"


def rows(heading: str) -> list[list[str]]:
    section = PAGE.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


@pytest.mark.parametrize(
    ("use", "row"),
    [(use, row) for use in PeriodUse for row in rows(use.title())],
    ids=lambda value: value[0] if isinstance(value, list) else value,
)
def test_examples_of_the_documentation(use: PeriodUse, row: list[str]) -> None:
    question, period, words, _ = row
    assert found(question) == (use, period, words)


@pytest.mark.parametrize("row", rows("None"), ids=lambda row: row[0])
def test_examples_of_no_period(row: list[str]) -> None:
    assert found(row[0]) is None


@pytest.mark.parametrize(
    "question",
    [
        "",
        "؟!🙂",
        "آبان",
        "November",
        "در ۳۲ آبان ۱۴۰۴ چه شد؟",
        "۱۳۹۲/۱۳/۴۵",
        "ساعت 5 می آید",
        "هفته پیش رو چه می‌شود؟",
        "battery capacity in mAh",
        "the Friday prayer leader",
        "امام جمعه قم چه گفت؟",
        "Putin's November 2025 visit",
        "What do people of today's Afghanistan speak in today's Kabul?",
        "What was the score at 11:30?",
        "نسخه 1.2.3",
        "covid-19",
        "هواپیمای ۴۰۰-۷۴۷",
        "Which news agency won?",
        "در سال ۲۰۰۰ قبل از میلاد",
        "در سال ۵۴۷ چه شد؟",
        "November 1404",
        "آبان ۲۰۲۵",
        "سال ۲۰ نفر",
        "Samsung j07p 2020",
    ],
)
def test_what_is_no_period(question: str) -> None:
    assert find_period(question, TODAY) is None


@pytest.mark.parametrize(
    ("question", "use", "words"),
    [
        ("در سال ۹۲ یا دیروز؟", EXPLICIT, "دیروز"),
        ("What did he say yesterday in the news of 2015?", PUBLICATION, "of 2015"),
        ("In November 45 families moved where?", EXPLICIT, "In November"),
        ("Was it in 2015 or in 2016?", VAGUE, "in 2015"),
        ("Was it yesterday or on Monday?", EXPLICIT, "yesterday"),
    ],
)
def test_the_first_of_the_foremost_use_counts(question: str, use: PeriodUse, words: str) -> None:
    period = find_period(question, TODAY)
    assert period is not None
    assert (period.use, question[period.start : period.end]) == (use, words)


@pytest.mark.parametrize(
    ("today", "question", "period"),
    [
        (dt.date(2025, 11, 21), "این هفته چه شد؟", "2025-11-15..2025-11-21"),
        (dt.date(2025, 11, 22), "این هفته چه شد؟", "2025-11-22..2025-11-28"),
        (dt.date(2025, 3, 20), "ماه گذشته چه شد؟", "2025-01-20..2025-02-18"),
        (dt.date(2025, 3, 21), "ماه گذشته چه شد؟", "2025-02-19..2025-03-20"),
        (dt.date(2025, 11, 17), "۲۷ آبان چه شد؟", "2024-11-17..2024-11-17"),
        (dt.date(2025, 10, 23), "در آبان چه شد؟", ABAN),
        (dt.date(2025, 10, 22), "در آبان چه شد؟", "2024-10-22..2024-11-20"),
        (dt.date(2016, 5, 1), "در بهمن ۹۲ چه شد؟", "2014-01-21..2014-02-19"),
        (dt.date(2026, 3, 1), "در فروردین ۰۵ چه شد؟", "2026-03-21..2026-04-20"),
        (dt.date(2024, 3, 31), "What fell in the past month?", "2024-02-29..2024-03-31"),
        (dt.date(2025, 1, 1), "What fell last month?", "2024-12-01..2024-12-31"),
    ],
)
def test_the_day_of_the_question(today: dt.date, question: str, period: str) -> None:
    assert (found(question, today) or ("", ""))[1] == period


PIECES = (
    "اخبار خبرهای منتشر شد در از تا بین و پیش بعد به هفته ماه سال روز گذشته اخیر این آبان مهر می "
    "۲۷ ۱۴۰۴ ۹۲ ۳۱ 1404/08/27 2015-2017 دیروز دوشنبه اوایل پاییز news of the in on since before "
    "after from to between and until May November 18 2025 last past two 999 days weeks months "
    "years ago yesterday 's lately early winter Monday diruz hafte aban dar ، ؟ « » \" , -".split()
)


@given(
    st.text() | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
    st.dates() | st.just(TODAY),
)
@example("since yesterday", dt.date.max)
@example("999 weeks ago", dt.date.min)
@example("after today", dt.date.max)
@example("²  ۲ آبان ²", TODAY)
def test_any_text_has_a_sound_period_or_none(text: str, today: dt.date) -> None:
    period = find_period(text, today)
    if period is not None:
        assert 0 <= period.start < period.end <= len(text)
        assert text[period.start : period.end].strip() == text[period.start : period.end]
        assert period.since or period.until
        assert period.since is None or period.until is None or period.since <= period.until


JALALI_DAYS = st.dates(dt.date(1921, 3, 21), TODAY)
DIGITS = st.sampled_from([str, to_persian_digits])


@given(JALALI_DAYS, DIGITS, st.sampled_from(["{d} {m} {y}", "{y}/{n:02}/{d:02}", "{y}-{n}-{d}"]))
def test_every_jalali_day_is_read(day: dt.date, digits: type[str], form: str) -> None:
    jalali = jdatetime.date.fromgregorian(date=day)
    month = jdatetime.date.j_months_fa[jalali.month - 1]
    written = digits(form.format(d=jalali.day, m=month, n=jalali.month, y=jalali.year))
    period = find_period(f"در {written} چه شد؟", TODAY)
    assert period is not None
    assert (period.since, period.until, period.use) == (day, day, EXPLICIT)
    assert period.end == len(f"در {written}")


@given(
    st.dates(dt.date(1900, 1, 1), TODAY),
    DIGITS,
    st.sampled_from(
        ["{:%-d %B %Y}", "{:%B %-d, %Y}", "{:%b %-d %Y}", "{:%Y-%m-%d}", "{:%d.%m.%Y}"]
    ),
)
def test_every_gregorian_day_is_read(day: dt.date, digits: type[str], form: str) -> None:
    written = digits(form.format(day))
    period = find_period(f"Who won on {written}?", TODAY)
    assert period is not None
    assert (period.since, period.until, period.use) == (day, day, EXPLICIT)
