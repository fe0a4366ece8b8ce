import io
import re
from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from rich.console import Console

from index.search_index import Filter
from retrieval import Retriever
from retrieval.answers import (
    Answer,
    AnswerKind,
    Citation,
    RelatedArticle,
    RetrievedPassage,
    Scope,
)
from retrieval.presentation.messages import messages_for
from retrieval.presentation.terminal.display import (
    show_answer,
    show_article,
    show_limits,
    show_related,
)
from tests.retrieval.support.archive import ARCHIVE

QUESTION = "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"
DAY = date(2025, 11, 18)


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
        "ایلنا · ۲۷ آبان ۱۴۰۴ · کد خبر ۱۷۱۵۷۷۶ · https://example.org/1715776",
    ]


def test_small_talk_gets_a_word_and_an_example(retriever: Retriever) -> None:
    def line(text: str) -> str:
        answer = retriever.ask(text)
        return shown(lambda console: show_answer(console, answer), terminal=False)

    assert line("سلام") == ("سلام! خوش آمدید. مثلاً بپرسید: ماجرای «دانشگاه‌های آستراخان» چیست؟\n")
    assert line("thanks") == (
        "You're welcome! You can ask, for example: What is the latest news?\n"
    )


@pytest.mark.parametrize(
    ("question", "header"),
    [
        ("استاندار", "خبرها، از تازه‌ترین:"),
        ("مازندران", "خبرهای مرتبط:"),
        ("آخرین اخبار آستراخان", "خبرها، از تازه‌ترین:"),
        ("devices", "Related articles:"),
    ],
)
def test_a_list_has_a_heading_and_no_percentage(
    retriever: Retriever, question: str, header: str
) -> None:
    answer = retriever.ask(question)
    lines = shown(lambda console: show_answer(console, answer), terminal=False).splitlines()
    assert lines[0] == header
    assert not re.search("[%٪]", "".join(lines))


def test_no_answer_is_certain(retriever: Retriever) -> None:
    answer = replace(retriever.ask(QUESTION), probability=1.0)
    output = shown(lambda console: show_answer(console, answer), terminal=False)
    assert output.startswith("پاسخ در بایگانی هست (اطمینان ۹۹٪)")


def test_english_questions_get_english_words(retriever: Retriever) -> None:
    answer = retriever.ask("a zebra in Paris", limit=1)
    first = shown(lambda console: show_answer(console, answer), terminal=False).splitlines()[0]
    assert re.fullmatch(
        r"No answer found in the archive. Closest passages \(chance of an answer: \d+%\):", first
    )


def test_a_terminal_gets_persian_at_the_right_edge(retriever: Retriever) -> None:
    answer = retriever.ask(QUESTION, limit=1)
    output = shown(lambda console: show_answer(console, answer), terminal=True)
    plain = re.sub("\x1b\\[[0-9;]*m", "", output)
    title = next(line for line in plain.splitlines() if "[۱]" in line)
    assert title.startswith(" " * 20)
    assert title.endswith("\u2067[۱] دانشگاه‌های آستراخان\u2069")
    # So is the source, though most of its letters are those of the link.
    source = next(line for line in plain.splitlines() if "ایلنا" in line)
    assert source.strip().startswith("\u2067\u2067ایلنا\u2069 · ۲۷ آبان ۱۴۰۴")
    assert "\x1b[1;32mبیش از" in output
    assert "*" not in output


def test_no_words_no_passages(retriever: Retriever) -> None:
    answer = retriever.ask("!!")
    output = shown(lambda console: show_answer(console, answer), terminal=False)
    assert output == "در این پیام پرسشی ندیدم. لطفاً پرسشتان را در یکی دو جمله بنویسید.\n"


def test_the_whole_article_has_the_passage_marked(retriever: Retriever) -> None:
    answer = retriever.ask(QUESTION, limit=1)
    output = shown(
        lambda console: show_article(console, ARCHIVE[0], messages_for("fa"), answer.passages[0]),
        terminal=True,
    )
    assert "\x1b[1;32m" in output
    marked = "".join(re.findall("\x1b\\[1;32m(.*?)\x1b\\[0m", output))
    assert "دانشجوی" in marked
    assert "ولگا" not in marked
    assert "ولگا" in output


@pytest.mark.parametrize(
    ("scope", "english", "persian"),
    [
        (Scope(), [], []),
        (
            Scope(Filter(since=DAY, until=DAY)),
            ["Search limited to: 18 November 2025"],
            ["محدودهٔ جست‌وجو: ۲۷ آبان ۱۴۰۴"],
        ),
        (
            Scope(Filter(until=DAY), unknown_source="Reuters"),
            [
                "The archive has nothing from “Reuters”, so the agency was ignored.",
                "Search limited to: 18 November 2025 and earlier",
            ],
            [
                "در بایگانی خبری از «Reuters» نیست؛ برای همین نام خبرگزاری را در نظر نگرفتم.",
                "محدودهٔ جست‌وجو: تا ۲۷ آبان ۱۴۰۴",
            ],
        ),
        (
            Scope(Filter(agencies=("ایلنا", "ISNA")), relaxed=True),
            [
                "Nothing from that period answers this; these results are from other dates.",
                "Search limited to: ایلنا, ISNA",
            ],
            [
                "در آن زمان پاسخی پیدا نشد؛ این نتایج مربوط به زمان‌های دیگر است.",
                "محدودهٔ جست‌وجو: ایلنا، ISNA",
            ],
        ),
    ],
)
def test_where_was_looked_is_told_in_the_language_of_the_question(
    retriever: Retriever, scope: Scope, english: list[str], persian: list[str]
) -> None:
    for question, expected in (("students in Astrakhan", english), (QUESTION, persian)):
        answer = replace(retriever.ask(question, limit=1), scope=scope)
        lines = shown(partial(show_answer, answer=answer), terminal=False).splitlines()
        assert lines[: lines.index("")][:-1] == expected


def test_persian_in_latin_letters_is_answered_in_persian(retriever: Retriever) -> None:
    answer = replace(
        retriever.ask("chand daneshjoo dar Astarakhan dars mikhanand?", limit=1),
        scope=Scope(Filter(since=DAY)),
    )
    lines = shown(partial(show_answer, answer=answer), terminal=False).splitlines()
    assert lines[0] == "محدودهٔ جست‌وجو: ۲۷ آبان ۱۴۰۴ به بعد"
    assert "۲۷ آبان ۱۴۰۴" in lines[-1]


def test_names_of_the_other_direction_are_isolated_in_a_terminal(retriever: Retriever) -> None:
    filter_ = Filter(since=DAY, agencies=("ایلنا", "ISNA"))

    def line(language: str) -> str:
        messages = messages_for(language)
        output = shown(lambda console: show_limits(console, filter_, messages), terminal=True)
        return " ".join(output.split())

    day = "18 November 2025"
    assert line("en") == f"Search limited to: {day} and later; \u2067ایلنا\u2069, \u2066ISNA\u2069"
    assert line("fa") == (
        "\u2067محدودهٔ جست‌وجو: ۲۷ آبان ۱۴۰۴ به بعد؛ \u2067ایلنا\u2069، \u2066ISNA\u2069\u2069"
    )
    source = shown(
        partial(show_answer, answer=retriever.ask("students in Astrakhan", limit=1)), terminal=True
    )
    assert "\u2067ایلنا\u2069\u200e · 18 November 2025" in re.sub("\x1b\\[[0-9;]*m", "", source)


def test_related_articles_have_names_of_their_own(retriever: Retriever) -> None:
    citation = retriever.ask(QUESTION, limit=1).passages[0].citation
    related = [RelatedArticle("astrakhan", 0.5, citation)]
    print_to = partial(show_related, title="خزر", articles=related, messages=messages_for("fa"))
    assert shown(print_to, terminal=False).splitlines() == [
        "خبرهای شبیه «خزر»:",
        "",
        "[r1] دانشگاه‌های آستراخان",
        "ایلنا · ۲۷ آبان ۱۴۰۴ · کد خبر ۱۷۱۵۷۷۶ · https://example.org/1715776",
    ]
    # A letter at its beginning would turn a Persian line round.
    assert "[\u2066r1\u2069] دانشگاه‌های آستراخان" in shown(print_to, terminal=True)


@pytest.fixture
def stories() -> Answer:
    """An answer in Persian of four passages, from three articles."""

    def passage(article: int, number: int, text: str, sentence: str) -> RetrievedPassage:
        citation = Citation(
            f"عنوان خبر شمارهٔ {article}", "ایلنا", DAY, "12", f"https://example.org/{article}"
        )
        start = text.index(sentence)
        return RetrievedPassage(
            str(article), (number,), text, 1.0, citation, (start, start + len(sentence))
        )

    long = " ".join(f"جملهٔ شمارهٔ {number} این متن است." for number in range(60))
    sentence = "جملهٔ شمارهٔ 30 این متن است."
    best = replace(
        passage(1, 3, long, sentence), answer_span=(long.index("30"), long.index("30") + 2)
    )
    second = passage(2, 0, f"آغاز. {'کلمه ' * 30}پایان.", f"{'کلمه ' * 30}پایان.")
    passages = (best, passage(1, 4, "بند دیگر.", "بند دیگر."), second, passage(2, 1, "ب.", "ب."))
    passages += (passage(3, 0, "خبر سوم.", "خبر سوم."),)
    return Answer("چه؟", "fa", True, 0.9, passages, more=True)


def at_terminal(answer: Answer, height: int = 24, *, interactive: bool = True) -> list[str]:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=height, _environ={})
    show_answer(console, answer, interactive=interactive)
    plain = re.sub(
        "\x1b\\[[0-9;]*m|\x1b\\]8;[^\x1b]*\x1b\\\\|[\u2066-\u2069]", "", console.file.getvalue()
    )
    return [line.strip() for line in plain.splitlines()]


def test_a_terminal_gets_one_entry_an_article(stories: Answer) -> None:
    lines = at_terminal(stories)
    assert len(lines) == 22
    assert lines[:3] == ["پاسخ در بایگانی هست (اطمینان ۹۰٪)", "", "[۱] عنوان خبر شمارهٔ 1"]
    assert lines[3].startswith("… جملهٔ شمارهٔ")
    assert "جملهٔ شمارهٔ 30 این متن است." in " ".join(lines)
    assert lines[-9:] == [
        "ایلنا · ۲۷ آبان ۱۴۰۴ · کد خبر ۱۲",
        "https://example.org/1",
        "۱ بخش دیگر از همین خبر: ۲",
        "",
        "[۳، ۴] عنوان خبر شمارهٔ 2",
        f"ایلنا · ۲۷ آبان ۱۴۰۴ — {'کلمه ' * 9}کلمه…",
        "[۵] عنوان خبر شمارهٔ 3",
        "ایلنا · ۲۷ آبان ۱۴۰۴ — خبر سوم.",
        "کل خبر: :open 1 · متن قبل و بعد: :around 2 · نتایج بعدی: :more",
    ]


@pytest.mark.parametrize("height", [16, 18, 20, 24])
def test_an_answer_fills_the_terminal_and_no_more(stories: Answer, height: int) -> None:
    assert height - 4 < len(at_terminal(stories, height)) <= height - 2


def test_the_answering_sentence_is_shown_in_the_lowest_terminal(stories: Answer) -> None:
    lines = at_terminal(stories, 5)
    assert "… جملهٔ شمارهٔ 30 این متن است. …" in lines


def test_without_commands_the_best_passage_is_whole_and_none_is_hinted_at(stories: Answer) -> None:
    lines = at_terminal(stories, interactive=False)
    text = " ".join(lines)
    assert all(f"جملهٔ شمارهٔ {number} " in text for number in range(60))
    assert "…" not in text.partition("۱ بخش دیگر")[0]
    assert lines[-1].endswith("خبر سوم.")


def test_the_articles_of_a_list_are_equals(stories: Answer) -> None:
    listed = replace(stories, kind=AnswerKind.LIST, found=False, passages=stories.passages[1::2])
    assert at_terminal(listed)[:4] == [
        "خبرها، از تازه‌ترین:",
        "",
        "[۱] عنوان خبر شمارهٔ 1",
        "ایلنا · ۲۷ آبان ۱۴۰۴ — بند دیگر.",
    ]


def test_the_words_that_answer_are_marked_within_their_sentence(stories: Answer) -> None:
    output = shown(partial(show_answer, answer=stories), terminal=True)
    assert "\x1b[1;7;32m30\x1b[0m" in output
    assert "\x1b[1;7;32m" not in shown(
        partial(show_answer, answer=replace(stories, found=False)), terminal=True
    )
    # In a line that is cut they are shown all the same.
    text = stories.passages[2].text
    end = (text.index("پایان"), text.index("پایان") + 5)
    long = replace(stories.passages[2], answer_span=end)
    lines = at_terminal(replace(stories, passages=(stories.passages[0], long)))
    assert "ایلنا · ۲۷ آبان ۱۴۰۴ — … پایان." in lines


def test_what_a_source_wrote_cannot_command_the_terminal(retriever: Retriever) -> None:
    answer = retriever.ask(QUESTION, limit=1)
    [passage] = answer.passages
    start, end = passage.highlight
    marked = passage.text[start:end]
    hostile = f"\x1b]52;c;eA==\x07{passage.text[:start]}\x9b2J{marked[:3]}\u202e{marked[3:]}"
    evil = "\x1b]0;x\x07عنوان\u202e"
    attacked = replace(
        passage,
        text=hostile,
        highlight=(hostile.index(marked[:3]), len(hostile)),
        citation=replace(
            passage.citation, title=evil, agency=evil, code=evil, url=f"http://a/{evil}"
        ),
    )
    answer = replace(answer, passages=(attacked,))
    for terminal in (False, True):
        output = shown(lambda console: show_answer(console, answer), terminal=terminal)
        # Styles and links (OSC 8) are the product's own.
        plain = re.sub("\x1b\\[[0-9;]*m|\x1b]8;[!-~]*\x1b\\\\", "", output)
        assert not set("\x1b\x07\x9b\u202e") & set(plain)
    assert f"**{marked}**" in shown(lambda console: show_answer(console, answer), terminal=False)
