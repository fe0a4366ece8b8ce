"""Limits of a search at the prompt."""

import pytest

from index.errors import KhazarError
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
    ("line", "message"),
    [
        (":to 1404-07-30", "no day is from 1404-08-01 to 1404-07-30: the range ends before it"),
        (
            ":to nonsense",
            "'nonsense' is not a date; write a day (1404-08-27 or 2025-11-18), a month",
        ),
        (":source رویترز", "the archive has no source “رویترز”; it has ایلنا, ورزش سه"),
    ],
)
def test_a_wrong_filter_changes_nothing(type_line: Type, line: str, message: str) -> None:
    type_line(":from 1404-08-01")
    with pytest.raises(KhazarError) as error:
        type_line(line)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
    assert type_line(":filters") == ["Search limited to: 23 October 2025 and later"]


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
