import datetime as dt
from pathlib import Path

import jdatetime
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.persian import to_persian_digits
from retrieval.errors import QuestionError
from retrieval.periods import PeriodUse, find_period, parse_bound

TODAY = dt.date(2025, 11, 23)  # a Sunday, 2 Azar 1404
PAGE = Path(__file__).parents[2] / "docs" / "dates.md"
PUBLICATION, EXPLICIT, VAGUE = PeriodUse


def rows(heading: str) -> list[list[str]]:
    section = PAGE.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def days(text: str) -> tuple[dt.date | None, dt.date | None]:
    first, last = (dt.date.fromisoformat(day) if day else None for day in text.split(".."))
    return first, last


def found(text: str, today: dt.date = TODAY) -> tuple[str, str, str] | None:
    period = find_period(text, today)
    if period is None:
        return None
    shown = f"{period.since or ''}..{period.until or ''}"
    return period.use, shown, text[period.start : period.end]


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


DAY = "2025-11-18..2025-11-18"
ABAN = "2025-10-23..2025-11-21"


@pytest.mark.parametrize(
    ("words", "period"),
    [
        # Days.
        ("۲۷ آبان ۱۴۰۴", DAY),
        ("27 آبان 1404", DAY),
        ("٢٧ آبان ١٤٠٤", DAY),
        ("۲۷ آبان", DAY),
        ("۲۷ آبان‌ماه ۱۴۰۴", DAY),
        ("۲۷ آبان ماه سال ۱۴۰۴", DAY),
        ("۲۷م آبان ۱۴۰۴", DAY),
        ("۲۷آبان۱۴۰۴", DAY),
        ("۲۷ ابان ۱۴۰۴ خورشیدی", DAY),
        ("۲۷ آبان ۰۴", DAY),
        ("۲۷ آبان امسال", DAY),
        ("بیست و هفتم آبان", DAY),
        ("بیست‌و‌هفتم آبان ۱۴۰۴", DAY),
        ("سه‌شنبه ۲۷ آبان", DAY),
        ("سه شنبه، ۲۷ آبان ۱۴۰۴", DAY),
        ("روز ۲۷ آبان", DAY),
        ("عصر ۲۷ آبان", DAY),
        ("۱۴۰۴/۰۸/۲۷", DAY),
        ("۱۴۰۴/۸/۲۷", DAY),
        ("1404-08-27", DAY),
        ("۲۷/۸/۱۴۰۴", DAY),
        ("۱۸ نوامبر ۲۰۲۵", DAY),
        ("۱۸ نوامبر ۲۰۲۵ میلادی", DAY),
        ("2025-11-18", DAY),
        ("۳۰ اسفند", "2025-03-20..2025-03-20"),
        ("۲۷ آبان پارسال", "2024-11-17..2024-11-17"),
        ("اول فروردین ۱۴۰۴", "2025-03-21..2025-03-21"),
        ("سی‌ام مهر", "2025-10-22..2025-10-22"),
        ("۵ ماه اوت سال ۱۹۴۰", "1940-08-05..1940-08-05"),
        ("۵ مه ۲۰۲۰", "2020-05-05..2020-05-05"),
        ("دیروز", "2025-11-22..2025-11-22"),
        ("ديروز", "2025-11-22..2025-11-22"),
        ("دیشب", "2025-11-22..2025-11-22"),
        ("شب گذشته", "2025-11-22..2025-11-22"),
        ("پریروز", "2025-11-21..2025-11-21"),
        ("امروز", "2025-11-23..2025-11-23"),
        ("صبح امروز", "2025-11-23..2025-11-23"),
        ("روز گذشته", "2025-11-22..2025-11-22"),
        ("سه روز پیش", "2025-11-20..2025-11-20"),
        ("۳ روز قبل", "2025-11-20..2025-11-20"),
        ("دوشنبه گذشته", "2025-11-17..2025-11-17"),
        ("روز سه‌شنبه", DAY),
        # Weeks.
        ("هفته گذشته", "2025-11-15..2025-11-21"),
        ("هفته‌ی پیش", "2025-11-15..2025-11-21"),
        ("هفتهٔ قبل", "2025-11-15..2025-11-21"),
        ("این هفته", "2025-11-22..2025-11-28"),
        ("هفته جاری", "2025-11-22..2025-11-28"),
        ("دو هفته پیش", "2025-11-08..2025-11-14"),
        ("یک هفته گذشته", "2025-11-16..2025-11-23"),
        ("هفته اخیر", "2025-11-16..2025-11-23"),
        ("در طول هفته گذشته", "2025-11-15..2025-11-21"),
        ("طی ۲۴ ساعت گذشته", "2025-11-22..2025-11-23"),
        # Months.
        ("آبان ۱۴۰۴", ABAN),
        ("آبان ماه ۱۴۰۴", ABAN),
        ("ماه آبان", ABAN),
        ("آبان‌ماه", ABAN),
        ("آبانماه", ABAN),
        ("آبان سال ۱۴۰۴", ABAN),
        ("بهمن ۹۲", "2014-01-21..2014-02-19"),
        ("آبان گذشته", ABAN),
        ("نوامبر ۲۰۲۵", "2025-11-01..2025-11-30"),
        ("ماه گذشته", ABAN),
        ("ماه قبل", ABAN),
        ("این ماه", "2025-11-22..2025-12-21"),
        ("سه ماه پیش", "2025-08-23..2025-09-22"),
        ("ماه گذشته میلادی", "2025-10-01..2025-10-31"),
        ("در یک ماه اخیر", "2025-10-24..2025-11-23"),
        # Ranges.
        ("از دیروز تا امروز", "2025-11-22..2025-11-23"),
        ("از آبان تا آذر ۱۴۰۴", "2025-10-23..2025-12-21"),
        ("از آذر تا فروردین", "2024-11-21..2025-04-20"),
        ("از مهر تا آبان", "2025-09-23..2025-11-21"),
        ("از آذر ۱۴۰۳ تا فروردین", "2024-11-21..2025-04-20"),
        ("از ۲۷ آبان تا ۱۰ آذر", "2025-11-18..2025-12-01"),
        ("از ابتدای آبان تا ۱۵ آبان", "2025-10-23..2025-11-06"),
        ("۱ تا ۱۰ آبان", "2025-10-23..2025-11-01"),
        ("بین آبان و آذر ۱۴۰۴", "2025-10-23..2025-12-21"),
        ("از سال ۹۲ تا ۹۵", "2013-03-21..2017-03-20"),
        ("در سال‌های ۱۳۹۲ تا ۱۳۹۵", "2013-03-21..2017-03-20"),
        ("از ۱۴۰۰ تا کنون", "2021-03-21.."),
        ("از ۱۴۰۰ تاکنون", "2021-03-21.."),
        ("از ۱۴۰۰ به بعد", "2021-03-21.."),
        ("از سال ۱۴۰۰", "2021-03-21.."),
        ("بعد از ۲۷ آبان", "2025-11-19.."),
        ("پس از آبان ۱۴۰۴", "2025-11-22.."),
        ("پیش از آبان ۱۴۰۴", "..2025-10-22"),
        ("تا ۲۷ آبان", "..2025-11-18"),
    ],
)
def test_persian(words: str, period: str) -> None:
    assert found(f"{words} در آستراخان چه شد؟") == (EXPLICIT, period, words)


@pytest.mark.parametrize(
    ("words", "period"),
    [
        ("on 18 November 2025", DAY),
        ("on 18th November", DAY),
        ("on the 18th of November 2025", DAY),
        ("on Tuesday, 18 November 2025", DAY),
        ("on November 18, 2025", DAY),
        ("on Nov. 18 2025", DAY),
        ("on nov 18th", DAY),
        ("on the night of 18 November", DAY),
        ("on 27 Aban 1404", DAY),
        ("on Aban 27, 1404", DAY),
        ("on 2025-11-18", DAY),
        ("on 1404/08/27", DAY),
        ("on 18/11/2025", DAY),
        ("on 11/18/2025", DAY),
        ("on 29 February", "2024-02-29..2024-02-29"),
        ("on Tuesday", DAY),
        ("yesterday", "2025-11-22..2025-11-22"),
        ("yesterday morning", "2025-11-22..2025-11-22"),
        ("the day before yesterday", "2025-11-21..2025-11-21"),
        ("today", "2025-11-23..2025-11-23"),
        ("three days ago", "2025-11-20..2025-11-20"),
        ("last Sunday", "2025-11-16..2025-11-16"),
        ("last week", "2025-11-10..2025-11-16"),
        ("this week", "2025-11-17..2025-11-23"),
        ("two weeks ago", "2025-11-03..2025-11-09"),
        ("in the past week", "2025-11-16..2025-11-23"),
        ("in the last week", "2025-11-16..2025-11-23"),
        ("in the past two weeks", "2025-11-09..2025-11-23"),
        ("over the last 48 hours", "2025-11-21..2025-11-23"),
        ("in Nov 2025", "2025-11-01..2025-11-30"),
        ("during November 2025", "2025-11-01..2025-11-30"),
        ("in the month of November", "2025-11-01..2025-11-30"),
        ("in November last year", "2024-11-01..2024-11-30"),
        ("in Aban 1404", ABAN),
        ("in December", "2024-12-01..2024-12-31"),
        ("last November", "2024-11-01..2024-11-30"),
        ("last month", "2025-10-01..2025-10-31"),
        ("this month", "2025-11-01..2025-11-30"),
        ("a month ago", "2025-10-01..2025-10-31"),
        ("in the past month", "2025-10-23..2025-11-23"),
        ("from 2015 to 2017", "2015-01-01..2017-12-31"),
        ("in 2022-23", "2022-01-01..2023-12-31"),
        ("between 2017 and 2015", "2015-01-01..2017-12-31"),
        ("between March and May 2024", "2024-03-01..2024-05-31"),
        ("from March to May", "2025-03-01..2025-05-31"),
        ("from November 2024 to March", "2024-11-01..2025-03-31"),
        ("from 1 to 10 November", "2025-11-01..2025-11-10"),
        ("from November 1 to 10, 2025", "2025-11-01..2025-11-10"),
        ("from 30 October to 3 November 2025", "2025-10-30..2025-11-03"),
        ("from Thursday to Tuesday", "2025-11-13..2025-11-18"),
        ("from 2020 until now", "2020-01-01.."),
        ("from 2020 onwards", "2020-01-01.."),
        ("since Monday", "2025-11-17.."),
        ("since May", "2025-05-01.."),
        ("since last week", "2025-11-10.."),
        ("after 18 November", "2025-11-19.."),
        ("until yesterday", "..2025-11-22"),
        ("by May 2020", "..2020-05-31"),
        ("prior to May 2020", "..2020-04-30"),
    ],
)
def test_english(words: str, period: str) -> None:
    assert found(f"What happened in Astrakhan {words}?") == (EXPLICIT, period, words)


@pytest.mark.parametrize(
    ("words", "period"),
    [
        ("diruz", "2025-11-22..2025-11-22"),
        ("dirooz", "2025-11-22..2025-11-22"),
        ("dishab", "2025-11-22..2025-11-22"),
        ("emrooz", "2025-11-23..2025-11-23"),
        ("27 aban", DAY),
        ("27e aban 1404", DAY),
        ("dar 27 aban 1404", DAY),
        ("3 rooz pish", "2025-11-20..2025-11-20"),
        ("hafte gozashte", "2025-11-15..2025-11-21"),
        ("hafteye ghabl", "2025-11-15..2025-11-21"),
        ("in hafte", "2025-11-22..2025-11-28"),
        ("dar do hafte akhir", "2025-11-09..2025-11-23"),
        ("aban 1404", ABAN),
        ("abane 1404", ABAN),
        ("aban mah", ABAN),
        ("dar aban", ABAN),
        ("mah gozashte", ABAN),
        ("in mah", "2025-11-22..2025-12-21"),
        ("az aban ta azar 1404", "2025-10-23..2025-12-21"),
        ("beyne 1 va 10 aban 1404", "2025-10-23..2025-11-01"),
        ("az 1400 be bad", "2021-03-21.."),
        ("ba'd az 27 aban", "2025-11-19.."),
        ("ghabl az aban 1404", "..2025-10-22"),
        ("18 november 2025", DAY),
    ],
)
def test_persian_in_latin_letters(words: str, period: str) -> None:
    assert found(f"{words} dar Astarakhan chi shod?") == (EXPLICIT, period, words)


@pytest.mark.parametrize(
    ("question", "words", "period"),
    [
        ("پارسال چه شد؟", "پارسال", "2024-03-20..2025-03-20"),
        ("امسال چه شد؟", "امسال", "2025-03-21..2026-03-20"),
        ("سال گذشته میلادی چه شد؟", "سال گذشته میلادی", "2024-01-01..2024-12-31"),
        ("در اواخر مهر چه شد؟", "در اواخر مهر", "2025-10-13..2025-10-22"),
        ("در زمستان ۱۴۰۳ چه شد؟", "در زمستان ۱۴۰۳", "2024-12-21..2025-03-20"),
        ("در پاییز ۲۰۲۴ چه شد؟", "در پاییز ۲۰۲۴", "2024-09-01..2024-11-30"),
        ("در روزهای اخیر چه شد؟", "در روزهای اخیر", "2025-10-24..2025-11-23"),
        ("sale 92 chi shod?", "sale 92", "2013-03-21..2014-03-20"),
        ("parsal chi shod?", "parsal", "2024-03-20..2025-03-20"),
        ("akhiran chi shode?", "akhiran", "2025-10-24..2025-11-23"),
        ("in ruzha chi shode?", "in ruzha", "2025-10-24..2025-11-23"),
        ("dar paiz 1404 chi shod?", "dar paiz 1404", "2025-09-23..2025-12-21"),
        ("Who won in winter 2024?", "in winter 2024", "2023-12-01..2024-02-29"),
        ("Who won in the summer of 2022?", "in the summer of 2022", "2022-06-01..2022-08-31"),
        ("Who won in mid-2015?", "in mid-2015", "2015-05-01..2015-08-31"),
        ("Who won at the end of May 2015?", "the end of May 2015", "2015-05-21..2015-05-31"),
        (
            "What has he done for the past two weeks?",
            "the past two weeks",
            "2025-11-09..2025-11-23",
        ),
        ("What changed in recent months?", "in recent months", "2025-05-23..2025-11-23"),
        ("What changed in the past two years?", "in the past two years", "2023-11-23..2025-11-23"),
    ],
)
def test_vague(question: str, words: str, period: str) -> None:
    assert found(question) == (VAGUE, period, words)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("آخرین اخبار امروز", "امروز"),
        ("خبر‌های ديروز", "ديروز"),
        ("تازه‌های هفته گذشته", "هفته گذشته"),
        ("مقاله‌های منتشر شده در آبان ۱۴۰۴", "در آبان ۱۴۰۴"),
        ("اخبار نفت سال ۱۴۰۰", "سال ۱۴۰۰"),
        ("دیروز چه منتشر شد؟", "دیروز"),
        ("چه چیزی در آبان ۱۴۰۴ منتشر شد؟", "در آبان ۱۴۰۴"),
        ("khabarhaye diruz darbareye naft", "diruz"),
        ("akhbare aban 1404", "aban 1404"),
        ("headlines from yesterday", "from yesterday"),
        ("oil news since 2020", "since 2020"),
        ("November 2025 news", "November 2025"),
        ("last week's oil news", "last week's"),
        ("news about Iran in 2015", "in 2015"),
        ("Which articles were published in 2015?", "in 2015"),
        ("What has been reported since 2020?", "since 2020"),
        ("It was reported on 18 November 2025 that oil fell.", "on 18 November 2025"),
        ("What news was there last week?", "last week"),
        ("In November 2025, what was published about oil?", "In November 2025"),
    ],
)
def test_publication(question: str, words: str) -> None:
    period = find_period(question, TODAY)
    assert period is not None
    assert (period.use, question[period.start : period.end]) == (PUBLICATION, words)


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


JALALI_DAYS = st.dates(dt.date(1921, 3, 21), dt.date(2099, 12, 31))
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
    st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)),
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


@given(JALALI_DAYS, DIGITS, st.sampled_from("-/."))
def test_every_day_is_a_bound(day: dt.date, digits: type[str], parting: str) -> None:
    jalali = jdatetime.date.fromgregorian(date=day)
    for date in (day, jalali):
        written = f"{date.year}{parting}{date.month:02}{parting}{date.day}"
        assert parse_bound(digits(written)) == (day, day)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("1404-08-01", "2025-10-23..2025-10-23"),
        (" ۱۴۰۴/۸/۱ ", "2025-10-23..2025-10-23"),
        ("١٤٠٤-٠٨", ABAN),
        ("1404/8", ABAN),
        ("1404", "2025-03-21..2026-03-20"),
        ("2025-11-18", DAY),
        ("2025-12", "2025-12-01..2025-12-31"),
        ("2024.2", "2024-02-01..2024-02-29"),
        ("2025", "2025-01-01..2025-12-31"),
    ],
)
def test_bounds(text: str, period: str) -> None:
    assert parse_bound(text) == days(period)


@pytest.mark.parametrize(
    "text",
    ["", "x", "92", "1200", "1404-13", "1404-00", "1404-07-31", "2023-02-29", "1404-08/27", "1\n2"],
)
def test_no_bounds(text: str) -> None:
    with pytest.raises(QuestionError) as caught:
        parse_bound(text)
    assert str(caught.value) == (
        f"{text!r} is no date; write a day (1404-08-27 or 2025-11-18), a month (1404-08) or a "
        "year (1404)"
    )
