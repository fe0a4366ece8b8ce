"""Sessions at the prompt: typed lines, help, mistakes and ends."""

from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from retrieval import Retriever
from retrieval.cli.repl import Prompt
from retrieval.cli.session import CommandError
from retrieval.live import LiveRetriever
from retrieval.settings import RetrievalSettings
from tests.retrieval.support.archive import ARCHIVE
from tests.retrieval.support.prompt_output import STUDENTS, Type, output


def test_a_session_of_typed_lines(prompt: Prompt, console: Console, tmp_path: Path) -> None:
    history = tmp_path / "state" / "history"
    with create_pipe_input() as typed:
        typed.send_text(
            ":k ۱\n\nچند دانشجوی ایرانی؟\n:open 1\n:nope\nabandoned\x03:json\nصید ماهی\n:quit\n"
        )
        prompt.run(history, typed, DummyOutput())
    text = output(console)
    assert "Answers now have 1 passage." in text
    assert "[۱] دانشگاه‌های آستراخان" in text
    assert "[۲]" not in text
    assert "استاندار گفت بندر تازه سال آینده افتتاح می‌شود." in text
    assert "دستور :nope وجود ندارد؛ :help همهٔ دستورها را نشان می‌دهد" in text
    assert "از این به بعد پاسخ‌ها را به شکل JSON نشان می‌دهم." in text
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
        "خبرهای شبیه «دانشگاه‌های آستراخان»:",
        "این پرسش را ادامهٔ پرسش قبلی در نظر گرفتم.",
        "محدودهٔ جست‌وجو: ۱ آبان ۱۴۰۴ به بعد",
        "no day is from 1404-08-01 to 1404-07-01: the range ends before it begins",
        "محدودهٔ جست‌وجو: ۱ آبان ۱۴۰۴ به بعد؛ ایلنا",
        "گفت‌وگوی تازه‌ای شروع شد.",
        "بعد از :open شمارهٔ یک بخش را بنویسید، از ۱ تا ۲",
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
    assert "  :open 1           the whole article that passage 1 is from" in output(console)


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
        *(":open", ":quit", ":related", ":source", ":timeline", ":to", ":why"),
    ]


def test_help_has_every_command_in_both_languages(prompt: Prompt, type_line: Type) -> None:
    english = type_line(":help")
    type_line("سلام")
    persian = type_line(":help")
    assert english[0] == "Type a question in Persian or English and press Enter."
    assert persian[0] == "پرسشتان را به فارسی یا انگلیسی بنویسید و Enter را بزنید."
    for lines in (english, persian):
        explained = {line.split()[0] for line in lines[1:]}
        assert explained == set(prompt.commands)


def test_the_prompt_takes_a_new_snapshot_up(build_index, word_encoder, console: Console) -> None:
    settings, _ = build_index(ARCHIVE[0])
    with LiveRetriever(settings, RetrievalSettings(), lambda _: word_encoder, 3600) as live:
        prompt = Prompt(live, console)
        prompt.handle(STUDENTS)
        assert "بایگانی به‌روز شد." not in output(console)
        build_index(*ARCHIVE)
        live.refresh()
        before = len(output(console))
        for line in (":related", ":from 1404", ":filters", ":why"):
            prompt.handle(line)
        shown = output(console)[before:]
        assert shown.count("بایگانی به‌روز شد.") == 1
        assert "قهرمانی کشتی آزاد" in shown


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
            "\u2068:x\u2069: no such command; :help lists them all",
            "دستور \u2068:x\u2069 وجود ندارد؛ \u2068:help\u2069 همهٔ دستورها را نشان می‌دهد",
        ),
        (
            ":open r1",
            "there is no article \u2068r1\u2069; :related 1 lists articles",
            "خبر \u2068r1\u2069 وجود ندارد؛ \u2068:related 1\u2069 خبرها را نشان می‌دهد",
        ),
        *(
            (
                f"{command} 4",
                "there is no passage yet; ask a question first",
                f"بعد از \u2068{command}\u2069 شمارهٔ یک بخش را بنویسید، از ۱ تا ۳",
            )
            for command in (":open", ":around", ":related", ":why")
        ),
        (
            ":around 1 0",
            "there is no passage yet; ask a question first",
            "\u2068:around 1 3\u2069 یعنی بخش ۱ با سه پاراگراف قبل و بعد از آن؛ از ۱ تا ۱۰۰",
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
