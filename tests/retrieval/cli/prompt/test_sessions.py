"""Sessions at the prompt: typed lines, help, mistakes and ends."""

from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from retrieval import Retriever
from retrieval.cli.history import history_file, private_history
from retrieval.cli.repl import Prompt
from retrieval.live import LiveRetriever
from retrieval.presentation.messages import locale_language
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
    assert "دستور :nope وجود ندارد؛ منظورتان :open بود؟" in text
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
        "از 1404-08-01 تا 1404-07-01 هیچ روزی نیست: پایان این محدوده قبل از شروع آن است",
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
    names = (
        "around cite filters from help json k list more new open quit related source timeline to "
        "why"
    )
    assert prompt.commands == [f":{name}" for name in names.split()]


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
            ":k 5 یعنی پنج بخش؛ از ۱ تا ۱۰۰",
        ),
        (
            ":x",
            ":x: no such command; :help lists them all",
            "دستور :x وجود ندارد؛ :help همهٔ دستورها را نشان می‌دهد",
        ),
        (
            ":open r1",
            "there is no article r1; :related 1 lists articles",
            "خبر r1 وجود ندارد؛ :related 1 خبرها را نشان می‌دهد",
        ),
        *(
            (
                f"{command} 4",
                "there is no passage yet; ask a question first",
                f"بعد از {command} شمارهٔ یک بخش را بنویسید، از ۱ تا ۳",
            )
            for command in (":open", ":around", ":related", ":why")
        ),
        (
            ":around 1 0",
            "there is no passage yet; ask a question first",
            ":around 1 3 یعنی بخش ۱ با سه پاراگراف قبل و بعد از آن؛ از ۱ تا ۱۰۰",
        ),
    ],
)
def test_wrong_commands_say_what_is_right(
    type_line: Type, line: str, english: str, persian: str
) -> None:
    assert type_line(line) == [english]
    type_line(":k 3")
    type_line(STUDENTS)
    assert type_line(line) == [persian]


@pytest.mark.parametrize("line", [":k", ":k 0", ":k 101", ":k 1.5"])
def test_the_number_of_passages_has_bounds(type_line: Type, line: str) -> None:
    assert type_line(line) == [":k 5 shows 5 passages; from 1 to 100"]


@pytest.mark.parametrize("line", [":more", ":why"])
def test_what_needs_an_answer_says_so(type_line: Type, line: str) -> None:
    assert type_line(line) == ["there is no answer yet; ask a question first"]


def test_what_is_on_the_screen_stays_after_a_renewal(
    build_index, word_encoder, console: Console
) -> None:
    settings, _ = build_index(*ARCHIVE)
    with LiveRetriever(settings, RetrievalSettings(), lambda _: word_encoder, 3600) as live:
        prompt = Prompt(live, console)
        prompt.handle(":k 1")

        def shown(line: str) -> list[str]:
            before = len(output(console))
            prompt.handle(line)
            return output(console)[before:].splitlines()

        first = shown(STUDENTS)
        title = first[2].removeprefix("[۱] ")
        assert title == ARCHIVE[0].title
        reasons = shown(":why")[:-1]
        build_index(*ARCHIVE[1:])
        live.refresh()
        renewed, *again = shown(":why")
        assert renewed.startswith("بایگانی به‌روز شد.")
        assert again[:-1] == reasons
        assert shown(":open 1")[1] == title
        assert shown(":more")[2] == f"[۲] {title}"
        # The next question is asked of the new snapshot, and the old one is let go.
        shown("students")
        assert shown(":open 1")[1] != title
        assert live.snapshot != ""


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fa_IR.UTF-8"}, "fa"),
        ({"LANG": "fa"}, "fa"),
        ({"LANG": "fa-IR"}, "fa"),
        ({"LANG": "fa_IR", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "fa_IR", "LC_ALL": "", "LC_MESSAGES": ""}, "fa"),
        ({"LANG": "en_US", "LC_ALL": "fa_AF"}, "fa"),
        ({"LANG": "fao_FO"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
    ],
)
def test_the_locale_chooses_the_language(environment: dict[str, str], language: str) -> None:
    assert locale_language(environment) == language


def test_a_persian_session_is_persian_from_its_first_line(
    retriever: Retriever, console: Console, tmp_path: Path
) -> None:
    prompt = Prompt(retriever, console, language="fa")
    with create_pipe_input() as typed:
        typed.send_text(":more\n:help\n:quit\n")
        prompt.run(None, typed, DummyOutput())
    lines = output(console).splitlines()
    assert lines[0].startswith("خزر: پرسشتان را به فارسی یا انگلیسی بنویسید.")
    assert lines[1:3] == [
        "هنوز پاسخی نیست؛ اول پرسشی بنویسید",
        "پرسشتان را به فارسی یا انگلیسی بنویسید و Enter را بزنید.",
    ]


@pytest.mark.parametrize("line", [":تعداد ۲", ":تعداد 2", ":K 2", ":\u200fتعداد ٢"])
def test_commands_have_persian_names_and_any_case(type_line: Type, line: str) -> None:
    assert type_line(line) == ["Answers now have 2 passages."]


def test_lines_are_kept_for_each_archive(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "history").write_text("+earlier\n", encoding="utf-8")
    one = history_file(folder, tmp_path / "a" / "index")
    two = history_file(folder, tmp_path / "b" / "index")
    assert one != two
    assert one == history_file(folder, tmp_path / "b" / ".." / "a" / "index")
    # What earlier versions kept in one file goes on with the archive that is opened first.
    assert one.read_text(encoding="utf-8") == "+earlier\n"
    assert not two.exists()
    assert not (folder / "history").exists()
    private_history(one)
    private_history(two)
    assert {path.stat().st_mode & 0o777 for path in (one, two)} == {0o600}
