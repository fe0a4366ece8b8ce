"""`:list`, and completion by Tab."""

import datetime as dt

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from rich.console import Console

from index.article import Article
from retrieval import Retriever
from retrieval.cli.commands import PromptCommands
from retrieval.cli.completion import Choice, PromptCompleter, date_choices, matching
from retrieval.cli.repl import Prompt
from retrieval.cli.session import Session
from tests.retrieval.support.prompt_output import Type, output

DAYS = ("2025-11-18", "2025-10-30", "2025-03-25", "2024-11-01")
AGENCIES = ("ایلنا", "خبرگزاری فارس", "ایلنا", "ورزش سه")
NEWS = tuple(
    Article(
        id=str(at),
        title=f"خبر {day}",
        paragraphs=("بندر تازه در شهر ساخته شد.",),
        agency=agency,
        date=dt.date.fromisoformat(day),
    )
    for at, (day, agency) in enumerate(zip(DAYS, AGENCIES, strict=True))
)
TODAY = dt.date(2025, 11, 23)


@pytest.fixture
def retriever(open_retriever) -> Retriever:
    return open_retriever(*NEWS, today=lambda: TODAY)


def listed(lines: list[str]) -> list[str]:
    return [line.split("] خبر ")[1] for line in lines if line.startswith("[")]


def test_the_newest_articles_are_listed_in_pages_and_opened(type_line: Type) -> None:
    type_line(":k 3")
    lines = type_line(":list")
    assert lines == [
        "Articles, newest first:",
        "[1] خبر 2025-11-18",
        "ایلنا · 18 November 2025",
        "[2] خبر 2025-10-30",
        "خبرگزاری فارس · 30 October 2025",
        "[3] خبر 2025-03-25",
        "ایلنا · 25 March 2025",
        ":open 1 opens an article, :more shows the next ones",
    ]
    assert type_line(":more") == ["[4] خبر 2024-11-01", "ورزش سه · 1 November 2024"]
    assert type_line(":more") == ["There are no more passages for this question."]
    assert type_line(":open 4")[1] == "خبر 2024-11-01"
    assert type_line(":why 4")[0].startswith("Nothing was ranked")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("آبان ۱۴۰۴", ["2025-11-18", "2025-10-30"]),
        ("ایلنا", ["2025-11-18", "2025-03-25"]),
        ("ILNA last month", []),
        ("ايلنا، آبان ۱۴۰۴", ["2025-11-18"]),
        ("از فروردین تا مهر ۱۴۰۴", ["2025-03-25"]),
        ("since October 2025, Fars News", ["2025-10-30"]),
        ("1404-08 از خبرگزاری فارس", ["2025-10-30"]),
        ("تا ۲۰۲۴", ["2024-11-01"]),
    ],
)
def test_a_list_is_limited_in_words(type_line: Type, words: str, found: list[str]) -> None:
    assert listed(type_line(f":list {words}")) == found


def test_the_words_of_a_list_go_before_the_limits_that_are_set(type_line: Type) -> None:
    type_line(":from 2025-11-01")
    type_line(":source ورزش سه")
    assert listed(type_line(":list")) == []
    assert listed(type_line(":list ایلنا")) == ["2025-11-18"]
    assert listed(type_line(":list 2024")) == ["2024-11-01"]
    assert type_line(":filters") == ["Search limited to: 1 November 2025 and later; ورزش سه"]


def test_an_archive_without_dates_has_no_newest(open_retriever, console: Console) -> None:
    prompt = Prompt(open_retriever(Article("1", "خبر", ("متن خبر.",))), console)
    prompt.handle(":list")
    assert output(console) == (
        "The articles in the archive have no dates, so there are no newest ones.\n"
    )


@pytest.fixture
def complete(retriever: Retriever, console: Console):
    session = Session(retriever)
    commands = PromptCommands(session, console)

    def complete_now(line: str) -> list[str]:
        completer = PromptCompleter(session, commands)
        completions = completer.get_completions(Document(line), CompleteEvent())
        return [line[: len(line) + one.start_position] + one.text for one in completions]

    complete_now.session = session
    complete_now.commands = commands
    return complete_now


@pytest.mark.parametrize(
    ("line", "first"),
    [
        (":op", ":open"),
        (":oepn", ":open"),
        (":من", ":منبع"),
        (":source IL", ":source ایلنا"),
        (":source ايل", ":source ایلنا"),
        (":source fars", ":source خبرگزاری فارس"),
        (":منبع فارس", ":منبع خبرگزاری فارس"),
        (":source varzsh", ":source ورزش سه"),
        (":from آبا", ":from آبان ۱۴۰۴"),
        (":from aban", ":from آبان ۱۴۰۴"),
        (":to nov", ":to November 2025"),
        (":to ۱۴۰۳-۱", ":to اسفند ۱۴۰۳"),
        (":from last", ":from last week"),
        (":from ماه", ":from ماه گذشته"),
        (":list ایلنا آبان", ":list ایلنا آبان ۱۴۰۴"),
        (":list آبان ۱۴۰۴ ", ":list آبان ۱۴۰۴ ایلنا"),
        (":list آبان ۱۴۰۴ فا", ":list آبان ۱۴۰۴ خبرگزاری فارس"),
    ],
)
def test_tab_completes(complete, line: str, first: str) -> None:
    assert complete(line)[0] == first


def test_tab_offers_all_there_is(complete) -> None:
    assert set(complete(":")) >= set(complete.commands.names)
    assert complete(":source ") == [f":source {name}" for name in dict.fromkeys(AGENCIES)]
    assert complete(":from ")[:8] == [
        *(":from today", ":from yesterday", ":from this week"),
        *(":from last week", ":from last month", ":from last year"),
        *(":from November 2025", ":from October 2025"),
    ]
    assert complete("open") == complete(":k ") == complete(":open ") == []
    complete.commands.ask("بندر شهر")
    shown = complete(":open ")
    assert shown[0] == ":open ۱"
    assert len(shown) == len(complete.session.passages)


def test_months_are_those_of_the_archive() -> None:
    first, last = dt.date(2025, 3, 20), dt.date(2025, 4, 25)
    persian = [choice.text for choice in date_choices(first, last, "fa")]
    assert persian[6:11] == ["اردیبهشت ۱۴۰۴", "فروردین ۱۴۰۴", "اسفند ۱۴۰۳", "۱۴۰۴", "۱۴۰۳"]
    assert persian[-3:] == ["April 2025", "March 2025", "2025"]
    assert list(date_choices(None, None, "fa")) == []


def test_the_nearest_comes_first() -> None:
    choices = [Choice("تسنیم"), Choice("ایسنا", ("ISNA",)), Choice("ایرنا", ("IRNA",))]
    assert [one.text for one in matching("isn", choices)] == ["ایسنا"]
    assert [one.text for one in matching("سن", choices)] == ["تسنیم", "ایسنا"]
    assert [one.text for one in matching("isan", choices)] == ["ایسنا"]
    assert matching("", choices) == choices
