import io
import re

import pytest
from rich.console import Console

from retrieval import Retriever
from retrieval.cli.ask import AskResult, ask_once, show_quotation
from retrieval.errors import QuestionError
from retrieval.options import AskOptions
from retrieval.presentation.citations import CitationFormat
from retrieval.query.filter_options import NO_OPTIONS, FilterOptions

STUDENTS = "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"


def ask(
    retriever: Retriever,
    question: str,
    *,
    limit: int | None = None,
    offset: int = 0,
    limits: FilterOptions = NO_OPTIONS,
    why: bool = True,
) -> AskResult:
    options = AskOptions(limit, offset, filter=limits.resolve(retriever))
    return ask_once(retriever, question, options, why=why)


def lines(reply: AskResult) -> list[str]:
    console = Console(file=io.StringIO(), width=100)
    reply.show(console)
    return console.file.getvalue().splitlines()


def test_a_page_is_explained_passage_by_passage(retriever: Retriever) -> None:
    whole = ask(retriever, STUDENTS, limit=3).record()
    page = ask(retriever, STUDENTS, limit=1, offset=2).record()
    assert page["passages"] == whole["passages"][2:]
    assert set(page["why"].pop("milliseconds")) == set(whole["why"].pop("milliseconds"))
    assert page["why"] == whole["why"] | {"passages": whole["why"]["passages"][2:]}
    headings = [line.split(" (")[0] for line in lines(ask(retriever, STUDENTS, limit=3))]
    assert [line for line in headings if line.startswith("بخش ")] == ["بخش ۱", "بخش ۲", "بخش ۳"]


def test_reasons_are_only_told_when_asked_for(retriever: Retriever) -> None:
    reply = ask(retriever, STUDENTS, why=False)
    assert "why" not in reply.record()
    assert "زبان پرسش: فارسی" not in lines(reply)


def test_what_is_asked_for_by_its_code_has_no_reasons(retriever: Retriever) -> None:
    reply = ask(retriever, "news code 1715776")
    assert reply.record()["why"] is None
    assert lines(reply)[-1] == ("Nothing was ranked: you asked for articles by code or date only.")


def test_what_is_within_no_limit_has_a_search_but_no_chance(retriever: Retriever) -> None:
    reply = ask(retriever, "students in Astrakhan", limits=FilterOptions(since="2030"))
    *told, timing = lines(reply)
    assert told == [
        "Search limited to: 1 January 2030 and later",
        "The archive has no articles within these limits.",
        "",
        "Language of the question: English",
        "Searched for: students in Astrakhan",
        "",
    ]
    stage = r"[a-z ]+ \d+\.\d"
    assert re.fullmatch(rf"Took \d+\.\d ms: {stage}(, {stage})*", timing)
    assert reply.record()["why"]["passages"] == []


def test_a_page_behind_the_last_one_is_empty(retriever: Retriever) -> None:
    reply = ask(retriever, STUDENTS, offset=100, why=False)
    assert lines(reply) == ["بخش دیگری برای این پرسش پیدا نکردم."]
    assert reply.record()["passages"] == []


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (FilterOptions(until="someday"), "“someday” is not a date; "),
        (
            FilterOptions("1404", "1403"),
            "no day is from 1404 to 1403: the range ends before it begins",
        ),
        (
            FilterOptions(source="رویترز"),
            "the archive has no source “رویترز”; it has ایلنا, ورزش سه",
        ),
    ],
)
def test_limits_that_make_no_sense(
    retriever: Retriever, limits: FilterOptions, message: str
) -> None:
    with pytest.raises(QuestionError, match=f"^{message}"):
        ask(retriever, STUDENTS, limits=limits)


def test_a_quotation_is_all_that_is_printed_for_pasting(
    retriever: Retriever, capsys: pytest.CaptureFixture[str]
) -> None:
    show_quotation(retriever.ask(STUDENTS, limit=1), CitationFormat.PLAIN)
    pasted, told = capsys.readouterr()
    assert pasted == (
        "«بیش از ۵ هزار دانشجوی ایرانی در مراکز آموزشی منطقه درس می‌خوانند. هوا سرد است.»\n"
        "«دانشگاه‌های آستراخان»، خبرگزاری ایلنا، ۲۷ آبان ۱۴۰۴ (۱۸ نوامبر ۲۰۲۵)، کد خبر ۱۷۱۵۷۷۶، "
        "https://example.org/1715776\n"
    )
    assert told == ""


@pytest.mark.parametrize(
    ("question", "remark"),
    [
        ("thanks", "You're welcome!"),
        ("news code 9999999", "No article in the archive has the code 9999999."),
    ],
)
def test_what_is_no_quotation_is_no_output(
    retriever: Retriever, capsys: pytest.CaptureFixture[str], question: str, remark: str
) -> None:
    show_quotation(retriever.ask(question), CitationFormat.BIBTEX)
    pasted, told = capsys.readouterr()
    assert pasted == ""
    assert told.startswith(remark)


def test_the_nearest_passages_are_quoted_with_a_remark(
    retriever: Retriever, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = retriever.ask("How many penguins live in Astrakhan zoo in winter?", limit=1)
    assert not answer.found
    show_quotation(answer, CitationFormat.MARKDOWN)
    pasted, told = capsys.readouterr()
    assert pasted.startswith("> ")
    assert "No answer found in the archive" in told
