import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from index.errors import KhazarError
from retrieval import Retriever
from retrieval.live import LiveRetriever
from retrieval.repl import Prompt
from retrieval.session import CommandError
from retrieval.settings import RetrievalSettings
from tests.retrieval.conftest import ARCHIVE

STUDENTS = "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"
FIRST, STUDY, LAST = ARCHIVE[0].paragraphs

Type = Callable[[str], list[str]]


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=100)


@pytest.fixture
def prompt(retriever: Retriever, console: Console) -> Prompt:
    return Prompt(retriever, console)


@pytest.fixture
def type_line(prompt: Prompt, console: Console) -> Type:
    """Type one line; return the lines that are shown for it."""

    def type_now(line: str) -> list[str]:
        before = len(output(console))
        assert prompt.handle(line)
        return output(console)[before:].splitlines()

    return type_now


def output(console: Console) -> str:
    return console.file.getvalue()


def numbers(lines: list[str]) -> list[str]:
    return [match[1] for line in lines if (match := re.match(r"\[(.+?)\] ", line))]


def passage_number(lines: list[str], text: str) -> str:
    """Return the number under which a passage is shown."""
    at = next(at for at, line in enumerate(lines) if line.replace("**", "") == text)
    return numbers(lines[:at])[-1]


def test_a_session_of_typed_lines(prompt: Prompt, console: Console, tmp_path: Path) -> None:
    history = tmp_path / "state" / "history"
    with create_pipe_input() as typed:
        typed.send_text(
            ":k ۱\n\nچند دانشجوی ایرانی؟\n:open 1\n:nope\nabandoned\x03:json\nصید ماهی\n:quit\n"
        )
        prompt.run(history, typed, DummyOutput())
    text = output(console)
    assert "Answers have 1 passages." in text
    assert "[۱] دانشگاه‌های آستراخان" in text
    assert "[۲]" not in text
    assert "استاندار گفت بندر تازه سال آینده افتتاح می‌شود." in text
    assert "دستور :nope نداریم؛ :help همه را نشان می‌دهد" in text
    assert "پاسخ‌ها به شکل JSON نشان داده می‌شود." in text
    assert '"article_id": "astrakhan"' in text
    assert "abandoned" not in text
    assert "+چند دانشجوی ایرانی؟" in history.read_text(encoding="utf-8")


def test_a_whole_conversation_in_a_terminal(prompt: Prompt, console, tmp_path: Path) -> None:
    typed_lines = [
        *(":k 2", STUDENTS, ":more", ":around ۲ ۱", ":why", ":related 1", ":open r۱"),
        *("و استاندارش چه گفت؟", ":from 1404-08-01", ":to 1404-07-01", ":source ايلنا", ":filters"),
        *(":new", "صید ماهی", ":open 9", ":quit"),
    ]
    with create_pipe_input() as typed:
        typed.send_text("".join(f"{line}\n" for line in typed_lines))
        prompt.run(tmp_path / "history", typed, DummyOutput())
    lines = output(console).splitlines()
    told = [
        "بخش‌های بعدی:",
        "زبان پرسش: فارسی",
        "خبرهای نزدیک به «دانشگاه‌های آستراخان»:",
        "در ادامهٔ پرسش پیشین خوانده شد.",
        "جست‌وجو محدود به: ۱ آبان ۱۴۰۴ و پس از آن",
        "no day is from 1404-08-01 to 1404-07-01: the range ends before it begins",
        "جست‌وجو محدود به: ۱ آبان ۱۴۰۴ و پس از آن؛ ایلنا",
        "گفت‌وگو از نو آغاز می‌شود.",
        ":open شمارهٔ یک بخش را می‌خواهد، ۱ تا ۲",
    ]
    assert [line for line in lines if line in told] == [*told[:7], *told[6:8], told[6], told[8]]


def test_the_end_of_input_ends_the_session(prompt: Prompt, tmp_path: Path) -> None:
    with create_pipe_input() as typed:
        typed.send_text("\x04")
        prompt.run(tmp_path / "history", typed, DummyOutput())


def test_a_refused_question_does_not_end_the_session(prompt: Prompt, console, tmp_path) -> None:
    with create_pipe_input() as typed:
        typed.send_text("ا" * 3000 + "\n:help\n:quit\n")
        prompt.run(tmp_path / "history", typed, DummyOutput())
    assert "a question may have 2,000 characters, and this one has 3,000" in output(console)
    assert "  :open 1           the whole article of passage 1" in output(console)


def test_ctrl_c_stops_an_answer_and_not_the_session(
    prompt: Prompt, retriever: Retriever, console, tmp_path, monkeypatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(retriever, "ask", interrupted)
    with create_pipe_input() as typed:
        typed.send_text("students\n:filters\n:quit\n")
        prompt.run(tmp_path / "history", typed, DummyOutput())
    assert output(console).splitlines()[1:] == ["Stopped.", "No limits are set."]


def test_commands_go_on_and_quit_ends(prompt: Prompt) -> None:
    assert prompt.handle("  ")
    assert prompt.handle(":help")
    assert not prompt.handle(":quit")
    assert prompt.commands == [
        *(":around", ":filters", ":from", ":help", ":json", ":k", ":more", ":new"),
        *(":open", ":quit", ":related", ":source", ":to", ":why"),
    ]


def test_help_has_every_command_in_both_languages(prompt: Prompt, type_line: Type) -> None:
    english = type_line(":help")
    type_line("سلام")
    persian = type_line(":help")
    assert english[0] == "Type a question in Persian or English and press Enter."
    assert persian[0] == "پرسش خود را بنویسید و Enter را بزنید."
    for lines in (english, persian):
        explained = {line.split()[0] for line in lines[1:]}
        assert explained == set(prompt.commands)


def test_pages_go_on_with_the_numbers_and_repeat_nothing(type_line: Type) -> None:
    type_line(":k 3")
    pages = [type_line(STUDENTS), type_line(":more"), type_line(":more")]
    assert [numbers(page) for page in pages] == [["۱", "۲", "۳"], ["۴", "۵", "۶"], ["۷"]]
    assert [page[0] for page in pages[1:]] == ["بخش‌های بعدی:"] * 2
    marked = [line for page in pages for line in page if "**" in line]
    assert len(marked) == len(set(marked)) == 7
    with pytest.raises(CommandError, match=r"^بخش دیگری برای این پرسش نیست$"):
        type_line(":more")
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
    assert type_line("و استاندارش چه گفت؟")[0] == "در ادامهٔ پرسش پیشین خوانده شد."
    assert type_line(":new") == ["گفت‌وگو از نو آغاز می‌شود."]
    assert "در ادامه" not in type_line("و استاندارش چه گفت؟")[0]
    type_line(":new")
    type_line("How many students study in Astrakhan?")
    answer = type_line("And what did they say there?")
    assert answer[0] == "Read as a follow-up of what was asked before."


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
    assert related[0] == "Articles near to “دانشگاه‌های آستراخان”:"
    assert numbers(related) == ["r1", "r2"]
    titles = [line.split("] ")[1] for line in related if line.startswith("[")]
    assert set(titles) == {"قهرمانی کشتی آزاد", "نصب دستگاه POS در دفاتر روستایی"}
    assert type_line(":open r۲")[1] == titles[1]


def test_the_prompt_takes_a_new_snapshot_up(build_index, word_encoder, console: Console) -> None:
    settings, _ = build_index(ARCHIVE[0])
    with LiveRetriever(settings, RetrievalSettings(), lambda _: word_encoder, 3600) as live:
        prompt = Prompt(live, console)
        prompt.handle(STUDENTS)
        assert "بایگانی تازه شده است." not in output(console)
        build_index(*ARCHIVE)
        live.refresh()
        before = len(output(console))
        for line in (":related", ":from 1404", ":filters", ":why"):
            prompt.handle(line)
        shown = output(console)[before:]
        assert shown.count("بایگانی تازه شده است.") == 1
        assert "قهرمانی کشتی آزاد" in shown


def test_an_archive_of_one_article_has_no_related_ones(open_retriever, console: Console) -> None:
    prompt = Prompt(open_retriever(ARCHIVE[0]), console)
    prompt.handle(STUDENTS)
    prompt.handle(":related")
    assert output(console).endswith("\nبایگانی خبر دیگری ندارد.\n")


def test_why_tells_what_an_english_question_rests_on(type_line: Type) -> None:
    type_line(":k 100")
    number = passage_number(type_line("How many zebras and students are in Astrakhan?"), STUDY)
    searched, chance, *rest = type_line(f":why {number}")[1:]
    assert searched == "Searched for: How many zebras and students are in Astrakhan?"
    assert re.fullmatch(r"Chance that the archive answers: \d+%\. It rests on:", chance)
    evidence = rest[: rest.index("")]
    assert [line.split(": ")[0] for line in evidence[:4]] == [
        "closeness in meaning of the first passage",
        "how far the closest passage is ahead of the ten closest",
        "words of the question that its article has",
        "strength of the best match by words",
    ]
    reasons = [re.sub(r"[\d.]+", "N", line) for line in rest[rest.index("") + 1 : -2]]
    assert reasons == [
        "Passage N (score N)",
        "by meaning: place N (cosine N)",
        "by words: place N (score N)",
        "the word “zebras” (weight N): not in it",
        "the word “students” (weight N): دانشجو",
        "the word “Astrakhan” (weight N): آستراخ",
    ]


def test_why_tells_what_words_do_not_find(type_line: Type) -> None:
    type_line(":k 100")
    number = passage_number(type_line("POS devices"), FIRST)
    lines = type_line(f":why {number}")
    assert lines[0] == "Language: English"
    assert "by words: not found" in lines


def test_why_tells_what_a_follow_up_was_read_with(type_line: Type) -> None:
    type_line(STUDENTS)
    type_line("و استاندارش چه گفت؟")
    lines = type_line(":why ۲")
    assert lines[:3] == [
        "زبان پرسش: فارسی",
        f"جست‌وجو شد: {STUDENTS} و استاندارش چه گفت؟",
        f"در ادامهٔ این پرسش: {STUDENTS}",
    ]
    assert re.fullmatch(r"احتمال این که پاسخ در بایگانی باشد: [۰-۹]+٪، بر پایهٔ:", lines[3])
    assert re.fullmatch(r"بخش ۲ \(امتیاز [۰-۹.]+\)", lines[11])
    assert any(line.startswith("افزوده برای گفت‌وگو یا زمان: ") for line in lines)


def test_why_tells_how_latin_letters_were_read(type_line: Type) -> None:
    type_line("chand daneshjoo dar Astarakhan dars mikhanand?")
    lines = type_line(":why")
    assert lines[0] == "زبان پرسش: فارسی با حروف لاتین"
    assert lines[1].startswith("جست‌وجو شد: چند دانشجو در ")
    assert any("«daneshjoo»" in line and line.endswith(": دانشجو") for line in lines)


def test_what_was_asked_for_by_its_code_has_no_reasons(type_line: Type) -> None:
    type_line("کد خبر ۱۷۱۵۷۷۶")
    assert type_line(":why") == ["چیزی سنجیده نشد: خبرها فقط با کد یا تاریخ خواسته شده‌اند."]


def test_filters_are_set_shown_and_cleared_one_by_one(type_line: Type) -> None:
    assert type_line(":filters") == ["No limits are set."]
    assert type_line(":from ۱۴۰۴/۰۸/۰۱") == ["Limited to: 23 October 2025 and later"]
    assert type_line(":to 1404-08") == ["Limited to: 23 October 2025 to 21 November 2025"]
    assert type_line(":source ILNA") == ["Limited to: 23 October 2025 to 21 November 2025; ایلنا"]
    answer = type_line("پیروزی یزدانی در کشتی")
    assert answer[0] == "جست‌وجو محدود به: ۱ آبان ۱۴۰۴ تا ۳۰ آبان ۱۴۰۴؛ ایلنا"
    assert {line for line in answer if line.startswith("[")} == {
        f"[{number}] دانشگاه‌های آستراخان" for number in "۱۲۳۴"
    }
    assert type_line(":from") == ["جست‌وجو محدود به: ۳۰ آبان ۱۴۰۴ و پیش از آن؛ ایلنا"]
    assert type_line(":to") == ["جست‌وجو محدود به: ایلنا"]
    assert type_line(":filters") == ["جست‌وجو محدود به: ایلنا"]
    assert type_line(":source") == ["محدودیتی گذاشته نشده است."]
    assert numbers(type_line("پیروزی یزدانی در کشتی"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (":to 1404-07-30", "no day is from 1404-08-01 to 1404-07-30: the range ends before it"),
        (":to nonsense", "'nonsense' is no date; write a day (1404-08-27 or 2025-11-18), a month"),
        (":source رویترز", "the archive has no source “رویترز”; it has ایلنا, ورزش سه"),
    ],
)
def test_a_wrong_filter_changes_nothing(type_line: Type, line: str, message: str) -> None:
    type_line(":from 1404-08-01")
    with pytest.raises(KhazarError) as error:
        type_line(line)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
    assert type_line(":filters") == ["Limited to: 23 October 2025 and later"]


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        (
            "students in Astrakhan",
            [
                "Limited to: 1 January 2030 and later",
                "No article of the archive is within these limits.",
            ],
        ),
        (
            STUDENTS,
            [
                "جست‌وجو محدود به: ۱۲ دی ۱۴۰۸ و پس از آن",
                "هیچ خبری از بایگانی در این محدوده نیست.",
            ],
        ),
    ],
)
def test_limits_that_leave_nothing_are_told(
    type_line: Type, question: str, lines: list[str]
) -> None:
    type_line(":from 2030")
    assert type_line(question) == lines


def test_json_has_the_pages_too(type_line: Type) -> None:
    type_line(":json")
    type_line(":k 5")
    first = json.loads("\n".join(type_line(STUDENTS)))
    second = json.loads("\n".join(type_line(":more")))
    assert (first["offset"], first["more"], len(first["passages"])) == (0, True, 5)
    assert (second["offset"], second["more"], len(second["passages"])) == (5, False, 2)
    assert type_line(":json") == ["پاسخ‌ها به شکل متن نشان داده می‌شود."]


@pytest.mark.parametrize(
    ("line", "english", "persian"),
    [
        (
            ":k many",
            ":k 5 shows 5 passages; from 1 to 100",
            "\u2068:k 5\u2069 یعنی پنج بخش؛ از ۱ تا ۱۰۰",
        ),
        (
            ":x",
            ":x: no such command; :help lists them",
            "دستور \u2068:x\u2069 نداریم؛ \u2068:help\u2069 همه را نشان می‌دهد",
        ),
        (
            ":open r1",
            "there is no article r1; :related 1 lists articles",
            "خبر \u2068r1\u2069 نداریم؛ \u2068:related 1\u2069 خبرها را نشان می‌دهد",
        ),
        *(
            (
                f"{command} 4",
                "there is no passage yet; ask a question first",
                f"\u2068{command}\u2069 شمارهٔ یک بخش را می‌خواهد، ۱ تا ۳",
            )
            for command in (":open", ":around", ":related", ":why")
        ),
        (
            ":around 1 0",
            "there is no passage yet; ask a question first",
            "\u2068:around 1 3\u2069 یعنی بخش ۱ با سه بند پیش و پس از آن؛ از ۱ تا ۱۰۰",
        ),
    ],
)
def test_wrong_commands_say_what_is_right(
    type_line: Type, line: str, english: str, persian: str
) -> None:
    with pytest.raises(CommandError) as error:
        type_line(line)
    assert str(error.value) == english
    type_line(":k 3")
    type_line(STUDENTS)
    with pytest.raises(CommandError) as error:
        type_line(line)
    assert str(error.value) == persian


@pytest.mark.parametrize("line", [":k", ":k 0", ":k 101", ":k 1.5"])
def test_the_number_of_passages_has_bounds(type_line: Type, line: str) -> None:
    with pytest.raises(CommandError, match=r"^:k 5 shows 5 passages; from 1 to 100$"):
        type_line(line)


@pytest.mark.parametrize("line", [":more", ":why"])
def test_what_needs_an_answer_says_so(type_line: Type, line: str) -> None:
    with pytest.raises(CommandError, match=r"^there is no answer yet; ask a question first$"):
        type_line(line)


def test_an_article_that_is_gone_is_told(type_line: Type, retriever, monkeypatch) -> None:
    type_line("students in Astrakhan")
    monkeypatch.setattr(retriever, "article", lambda _: None)
    for command in (":open 1", ":around 1"):
        with pytest.raises(CommandError, match=r"^article astrakhan is no longer in the index$"):
            type_line(command)


def test_more_than_there_is_says_so_in_english(type_line: Type) -> None:
    type_line(":k 100")
    type_line("students in Astrakhan")
    with pytest.raises(CommandError, match=r"^there are no more passages for this question$"):
        type_line(":more")
