import io
import re
from datetime import date

import pytest
from rich.console import Console

from retrieval import Retriever
from retrieval.dates import shown_date
from retrieval.display import show_answer, show_article
from tests.retrieval.conftest import ARCHIVE

QUESTION = "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"


def shown(print_to, *, terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=60, _environ={})
    print_to(console)
    return console.file.getvalue()


def test_piped_output_has_no_colours_wrapping_or_padding(retriever: Retriever) -> None:
    answer = retriever.ask(QUESTION, limit=1)
    lines = shown(lambda console: show_answer(console, answer), terminal=False).splitlines()
    assert re.fullmatch(r"پاسخ در بایگانی هست \(اطمینان [۰-۹]+٪\)", lines[0])
    assert lines[1:] == [
        "",
        "[۱] دانشگاه‌های آستراخان",
        "**بیش از ۵ هزار دانشجوی ایرانی در مراکز آموزشی منطقه درس می‌خوانند.** هوا سرد است.",
        "ایلنا · ۲۷ آبان ۱۴۰۴ · کد خبر ۱۷۱۵۷۷۶ · https://example.org/1715776  (۱.۰۰)",
    ]


def test_english_questions_get_english_words(retriever: Retriever) -> None:
    answer = retriever.ask("a zebra in Paris", limit=1)
    first = shown(lambda console: show_answer(console, answer), terminal=False).splitlines()[0]
    assert re.fullmatch(
        r"No answer found in the archive; the nearest passages \(chance \d+%\):", first
    )


def test_a_terminal_gets_persian_at_the_right_edge(retriever: Retriever) -> None:
    answer = retriever.ask(QUESTION, limit=1)
    output = shown(lambda console: show_answer(console, answer), terminal=True)
    plain = re.sub("\x1b\\[[0-9;]*m", "", output)
    title = next(line for line in plain.splitlines() if "[۱]" in line)
    assert title.startswith(" " * 20)
    assert title.endswith("دانشگاه‌های آستراخان")
    assert "\x1b[1;32mبیش از" in output
    assert "*" not in output


def test_no_words_no_passages(retriever: Retriever) -> None:
    answer = retriever.ask("!!")
    output = shown(lambda console: show_answer(console, answer), terminal=False)
    assert output == "پرسشی ندیدم؛ چند واژه بنویسید.\n"


def test_the_whole_article_has_the_passage_marked(retriever: Retriever) -> None:
    answer = retriever.ask(QUESTION, limit=1)
    output = shown(
        lambda console: show_article(console, ARCHIVE[0], answer.passages[0]), terminal=True
    )
    assert "\x1b[1;32m" in output
    marked = "".join(re.findall("\x1b\\[1;32m(.*?)\x1b\\[0m", output))
    assert "دانشجوی" in marked
    assert "ولگا" not in marked
    assert "ولگا" in output


@pytest.mark.parametrize(
    ("day", "language", "text"),
    [
        ("2025-11-18", "fa", "۲۷ آبان ۱۴۰۴"),
        ("2025-11-18", "en", "18 November 2025"),
        ("2024-03-20", "fa", "۱ فروردین ۱۴۰۳"),
        ("2025-03-20", "fa", "۳۰ اسفند ۱۴۰۳"),
        ("0001-01-01", "fa", "۱ January ۱"),
    ],
)
def test_dates_are_shown_in_the_reader_s_calendar(day: str, language: str, text: str) -> None:

    assert shown_date(date.fromisoformat(day), language) == text
