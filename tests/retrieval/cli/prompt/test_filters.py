"""Limits of a search at the prompt."""

import pytest

from tests.retrieval.support.prompt_output import STUDENTS, Type, numbers


def test_filters_are_set_shown_and_cleared_one_by_one(type_line: Type) -> None:
    assert type_line(":filters") == ["No limits are set."]
    assert type_line(":from ۱۴۰۴/۰۸/۰۱") == ["Search limited to: 23 October 2025 and later"]
    assert type_line(":to 1404-08") == ["Search limited to: 23 October 2025 to 21 November 2025"]
    assert type_line(":source ILNA") == [
        "Search limited to: 23 October 2025 to 21 November 2025; ایلنا"
    ]
    answer = type_line("پیروزی یزدانی در کشتی")
    assert answer[0] == "محدودهٔ جست‌وجو: ۱ آبان ۱۴۰۴ تا ۳۰ آبان ۱۴۰۴؛ ایلنا"
    assert {line for line in answer if line.startswith("[")} == {
        f"[{number}] دانشگاه‌های آستراخان" for number in "۱۲۳۴"
    }
    assert type_line(":from") == ["محدودهٔ جست‌وجو: تا ۳۰ آبان ۱۴۰۴؛ ایلنا"]
    assert type_line(":to") == ["محدودهٔ جست‌وجو: ایلنا"]
    assert type_line(":filters") == ["محدودهٔ جست‌وجو: ایلنا"]
    assert type_line(":source") == ["محدودیتی تعیین نشده است."]
    assert numbers(type_line("پیروزی یزدانی در کشتی"))


@pytest.mark.parametrize(
    ("line", "english", "persian"),
    [
        (
            ":to 1404-07-30",
            "no day is from 1404-08-01 to 1404-07-30: the range ends before it begins",
            "از 1404-08-01 تا 1404-07-30 هیچ روزی نیست: پایان این محدوده قبل از شروع آن است",
        ),
        (
            ":to nonsense",
            "“nonsense” is not a date; write, for example, 1404-08-27, 2025-11-18, 1404-08, "
            "Aban 1404 or yesterday",
            "«nonsense» تاریخ نیست؛ مثلاً بنویسید ۲۷ آبان ۱۴۰۴، ۱۴۰۴/۰۸/۲۷، آبان ۱۴۰۴ یا دیروز",
        ),
        (
            ":source رویترز",
            "the archive has no source “رویترز”; it has ایلنا, ورزش سه",
            "در بایگانی خبری از «رویترز» نیست؛ خبرگزاری‌هایش: ایلنا، ورزش سه",
        ),
        (
            ":list nonsense",
            "“nonsense” is neither a date nor an agency of the archive; write, for example, "
            "Aban 1404, from 2025-11-01 to yesterday, or ILNA last month",
            "«nonsense» نه تاریخ است و نه نام یکی از خبرگزاری‌های بایگانی؛ مثلاً بنویسید "
            "آبان ۱۴۰۴، از مهر تا دیروز، یا ایلنا ماه گذشته",
        ),
    ],
)
def test_a_wrong_filter_changes_nothing(
    type_line: Type, line: str, english: str, persian: str
) -> None:
    type_line(":from 1404-08-01")
    assert type_line(line) == [english]
    assert type_line(":filters") == ["Search limited to: 23 October 2025 and later"]
    type_line("سلام")
    assert type_line(line) == [persian]


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        (
            "students in Astrakhan",
            [
                "Search limited to: 1 January 2030 and later",
                "The archive has no articles within these limits.",
            ],
        ),
        (
            STUDENTS,
            [
                "محدودهٔ جست‌وجو: ۱۲ دی ۱۴۰۸ به بعد",
                "در این محدوده خبری در بایگانی نیست.",
            ],
        ),
    ],
)
def test_limits_that_leave_nothing_are_told(
    type_line: Type, question: str, lines: list[str]
) -> None:
    type_line(":from 2030")
    assert type_line(question) == lines
