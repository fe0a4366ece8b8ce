"""Answers at the prompt: pages, follow-ups, articles, the context of passages."""

import json

import pytest
from rich.console import Console

from retrieval.cli.repl import Prompt
from tests.retrieval.support.archive import ARCHIVE
from tests.retrieval.support.prompt_output import (
    FIRST,
    LAST,
    STUDENTS,
    STUDY,
    Type,
    numbers,
    output,
    passage_number,
)


def test_pages_go_on_with_the_numbers_and_repeat_nothing(type_line: Type) -> None:
    type_line(":k 3")
    pages = [type_line(STUDENTS), type_line(":more"), type_line(":more")]
    assert [numbers(page) for page in pages] == [["۱", "۲", "۳"], ["۴", "۵", "۶"], ["۷"]]
    assert [page[0] for page in pages[1:]] == ["بخش‌های بعدی:"] * 2
    marked = [line for page in pages for line in page if "**" in line]
    assert len(marked) == len(set(marked)) == 7
    assert type_line(":more") == ["بخش دیگری برای این پرسش پیدا نکردم."]
    seventh = pages[2][2].removeprefix("[۷] ")
    assert type_line(":open ۷")[1] == seventh
    assert type_line(":open 1")[1] == "دانشگاه‌های آستراخان"


def test_a_page_is_one_of_the_answer_as_it_was_asked(type_line: Type) -> None:
    type_line(":k 1")
    type_line("students in Astrakhan")
    type_line(":source ورزش سه")
    type_line(":k 2")
    page = type_line(":more")
    assert page[0] == "More passages:"
    assert numbers(page) == ["2", "3"]
    assert page[2] == "[2] دانشگاه‌های آستراخان"


def test_a_follow_up_is_read_with_the_question_before_until_new(type_line: Type) -> None:
    type_line(STUDENTS)
    assert type_line("و استاندارش چه گفت؟")[0] == "این پرسش را ادامهٔ پرسش قبلی در نظر گرفتم."
    assert type_line(":new") == ["گفت‌وگوی تازه‌ای شروع شد."]
    assert "در ادامه" not in type_line("و استاندارش چه گفت؟")[0]
    type_line(":new")
    type_line("How many students study in Astrakhan?")
    answer = type_line("And what did they say there?")
    assert answer[0] == "Treated as a follow-up to your previous question."


def test_another_page_is_no_turn_of_the_conversation(type_line: Type) -> None:
    type_line(STUDENTS)
    type_line("و استاندارش چه گفت؟")
    type_line(":k 1")
    type_line(":more")
    lines = type_line(":why")
    assert f"در ادامهٔ این پرسش: {STUDENTS}" in lines


@pytest.mark.parametrize("command", [":around 1 1", ":around ۱ ۱", ":around ١ ١", ":around  1  1"])
def test_around_shows_the_paragraphs_beside_the_passage(type_line: Type, command: str) -> None:
    type_line(STUDENTS)
    assert type_line(command) == [
        "",
        "دانشگاه‌های آستراخان",
        "ایلنا · ۲۷ آبان ۱۴۰۴ · کد خبر ۱۷۱۵۷۷۶ · https://example.org/1715776",
        "",
        FIRST,
        "",
        f"**{STUDY}**",
        "",
        LAST,
    ]


def test_around_the_whole_article_begins_with_its_lead(type_line: Type) -> None:
    type_line(STUDENTS)
    paragraphs = [line for line in type_line(":around")[3:] if line]
    assert paragraphs == [
        ARCHIVE[0].abstract,
        FIRST,
        f"**{STUDY}**",
        LAST,
    ]


def test_open_marks_the_passage(type_line: Type) -> None:
    type_line(":k 100")
    number = passage_number(type_line("How many Iranian students study in Astrakhan?"), STUDY)
    lines = type_line(f":open {number}")
    assert lines[1:3] == [
        "دانشگاه‌های آستراخان",
        "ایلنا · 18 November 2025 · news code 1715776 · https://example.org/1715776",
    ]
    assert [line for line in lines[3:] if line] == [
        ARCHIVE[0].abstract,
        FIRST,
        f"**{STUDY}**",
        LAST,
    ]


def test_related_articles_can_be_opened(type_line: Type) -> None:
    type_line("students in Astrakhan")
    related = type_line(":related")
    assert related[0] == "Articles similar to “دانشگاه‌های آستراخان”:"
    assert numbers(related) == ["r1", "r2"]
    titles = [line.split("] ")[1] for line in related if line.startswith("[")]
    assert set(titles) == {"قهرمانی کشتی آزاد", "نصب دستگاه POS در دفاتر روستایی"}
    assert type_line(":open r۲")[1] == titles[1]


def test_an_archive_of_one_article_has_no_related_ones(open_retriever, console: Console) -> None:
    prompt = Prompt(open_retriever(ARCHIVE[0]), console)
    prompt.handle(STUDENTS)
    prompt.handle(":related")
    assert output(console).endswith("\nخبر مشابهی در بایگانی نیست.\n")


def test_json_has_the_pages_too(type_line: Type) -> None:
    type_line(":json")
    type_line(":k 5")
    first = json.loads("\n".join(type_line(STUDENTS)))
    second = json.loads("\n".join(type_line(":more")))
    assert (first["offset"], first["more"], len(first["passages"])) == (0, True, 5)
    assert (second["offset"], second["more"], len(second["passages"])) == (5, False, 2)
    assert type_line(":json") == ["از این به بعد پاسخ‌ها را به شکل متن نشان می‌دهم."]


def test_an_article_that_is_gone_is_told(type_line: Type, retriever, monkeypatch) -> None:
    type_line("students in Astrakhan")
    monkeypatch.setattr(retriever, "article", lambda _: None)
    for command in (":open 1", ":around 1"):
        assert type_line(command) == ["This article is no longer in the archive."]


def test_more_than_there_is_says_so_in_english(type_line: Type) -> None:
    type_line(":k 100")
    type_line("students in Astrakhan")
    assert type_line(":more") == ["There are no more passages for this question."]


def test_cite_prints_sources_to_copy(type_line: Type) -> None:
    type_line(":k 100")
    shown = type_line(STUDENTS)
    one = (
        "«دانشگاه‌های آستراخان»، خبرگزاری ایلنا، ۲۷ آبان ۱۴۰۴ (۱۸ نوامبر ۲۰۲۵)، کد خبر ۱۷۱۵۷۷۶، "
        "https://example.org/1715776"
    )
    assert type_line(":cite") == type_line(":cite 1 plain") == [one]
    pos = passage_number(shown, ARCHIVE[2].paragraphs[0])
    several = [f"[۱] {one}", "[۲] «نصب دستگاه POS در دفاتر روستایی»"]
    assert type_line(f":cite ۱ {pos}") == type_line(f":cite 1، {pos}") == several
    assert type_line(":cite bibtex")[0] == "@online{ilna-1715776,"
    assert type_line(":cite 1 Markdown")[0].startswith("[«دانشگاه‌های آستراخان»](https://example")
    for line in (":cite 0", ":cite 1 pdf", ":cite plain 1"):
        [told] = type_line(line)
        assert told.startswith("بعد از :cite شمارهٔ یک بخش را")


def test_nothing_is_cited_before_a_question(type_line: Type) -> None:
    [told] = type_line(":cite")
    assert told.startswith("there is no passage yet")
