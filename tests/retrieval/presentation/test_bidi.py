import pytest

from retrieval.presentation.bidi import (
    isolate,
    with_direction_mark,
    with_direction_of_isolates,
    without_isolates,
)


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("سلام", ""),
        ("CNN گزارش داد که", "\u200f"),
        ("«۱۲۳» گزارش CNN", ""),
        ("(BBC) از گزارش رسیده", "\u200f"),
        ("Hello", ""),
        ("ایران is a country", "\u200e"),
        ("۱۲ 34", ""),
        ("", ""),
    ],
)
def test_a_line_has_the_direction_of_most_of_its_letters(line, mark):
    assert with_direction_mark(line) == mark + line


def test_an_isolated_value_cannot_reach_beyond_itself():
    assert isolate("a\u202eb\u2069\u2069 \n c\u200f") == "\u2068ab c\u2069"
    assert isolate("ICT در روستاها") == "\u2068\u200fICT در روستاها\u2069"


@pytest.mark.parametrize(
    ("line", "mark"),
    [(f"[۱] {isolate('نفت')}", "\u200f"), (isolate("رئیس منطقه:"), "\u200f"),
     (f"[1] {isolate('oil')}", ""), (f"منبع: {isolate('BBC')}", ""),
     (f"Title: {isolate('نفت')}", ""), ("[۱]", ""), ("", "")],
)  # fmt: skip
def test_a_line_of_isolates_has_their_direction(line, mark):
    assert with_direction_of_isolates(line) == mark + line


def test_isolates_can_be_taken_out_again():
    line = f"منبع: {isolate('ICT در روستاها')}، {isolate('BBC')}"
    assert without_isolates(line) == "منبع: ICT در روستاها، BBC"
