import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from retrieval.presentation.bidi import FSI, LRI, LRM, PDI, RLI, RLM, isolate
from retrieval.presentation.terminal.console import (
    BidiMode,
    TerminalConsole,
    line_width,
    print_line,
    terminal_bidi,
    terminal_lines,
)

CONSOLE = Console(file=io.StringIO(), width=30, _environ={})
MARKS = {LRM, RLM, LRI, RLI, FSI, PDI}


def written(text: str, mode: BidiMode, *, right_to_left: bool, indent: int = 0) -> list[str]:
    lines = terminal_lines(CONSOLE, Text(text), mode, right_to_left=right_to_left, indent=indent)
    return [line.plain for line in lines]


@pytest.mark.parametrize(
    ("environ", "mode"),
    [
        ({"TERM": "xterm-256color", "VTE_VERSION": "7006"}, "terminal"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "5202"}, "visual"),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "221203"}, "terminal"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, "terminal"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "terminal"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, "visual"),
        ({"TERM": "xterm-256color", "WT_SESSION": "c2f1"}, "visual"),
        ({"TERM": "xterm", "XTERM_VERSION": "XTerm(379)"}, "visual"),
        ({"TERM": "mlterm", "XTERM_VERSION": "XTerm(379)"}, "marks"),
        ({"TERM": "putty-256color"}, "marks"),
        ({"TERM": "linux"}, "visual"),
        ({"TERM": "alacritty"}, "visual"),
        ({"TERM": "foot", "VTE_VERSION": "7006"}, "visual"),
        # Within tmux: the terminal in which its server was started.
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "VTE_VERSION": "7006"}, "terminal"),
        ({"TERM": "screen", "XTERM_VERSION": "XTerm(379)"}, "visual"),
        ({"TERM": "tmux-256color"}, "terminal"),
        ({"TERM": "xterm-256color"}, "terminal"),
        ({"TERM": "dumb"}, "off"),
        ({}, "terminal"),
    ],
)
def test_the_terminal_is_known_by_its_environment(environ, mode) -> None:
    assert terminal_bidi(environ) == mode


def test_a_terminal_with_bidi_gets_each_line_as_an_isolate() -> None:
    text = "شرکت Boeing اعلام کرد که هواپیمای ۷۳۷ می‌آید."
    assert written(text, "terminal", right_to_left=True) == [
        f"   {RLI}شرکت Boeing اعلام کرد که{PDI}".rjust(32),
        f"{RLI}هواپیمای ۷۳۷ می‌آید.{PDI}".rjust(33),
    ]


def test_a_line_that_fills_the_width_does_not_begin_in_the_first_column() -> None:
    """VTE drops a mark there."""
    first, second = written("ب" * 30, "terminal", right_to_left=True)
    assert first == f" {RLI}{'ب' * 29}{PDI}"
    assert second == f"{' ' * 29}{RLI}ب{PDI}"


def test_an_english_line_that_begins_with_a_persian_name_keeps_its_order() -> None:
    line = f"{isolate('ایلنا')} · 18 May"
    assert written(line, "terminal", right_to_left=False) == [f"{RLI}ایلنا{PDI}{LRM} · 18 May"]
    assert written(line, "marks", right_to_left=False) == [
        f"{LRM}{LRM}{RLM}ایلنا{RLM}{LRM} · 18 May"
    ]
    assert written(line, "off", right_to_left=False) == ["ایلنا · 18 May"]
    assert written(line, "visual", right_to_left=False) == [
        "\ufe8e\ufee8\ufee0\ufbfe\ufe8d · 18 May"
    ]


def test_an_isolate_that_is_broken_goes_on_in_the_next_line() -> None:
    line = f"منبع: {isolate('International Atomic Energy Agency')}."
    first, second = written(line, "terminal", right_to_left=True)
    assert first.strip() == f"{RLI}منبع: {LRI}International Atomic{PDI}{PDI}"
    assert second.strip() == f"{RLI}{LRI}Energy Agency{PDI}.{PDI}"
    first, second = written(line, "visual", right_to_left=True)
    assert first.strip().startswith("International Atomic :")
    assert second.strip() == ".Energy Agency"


def test_without_bidi_lines_are_wrapped_first_and_then_reordered() -> None:
    text = "شرکت Boeing (امریکا) اعلام کرد که ۱۲/۵ درصد می‌فروشد."
    lines = written(text, "visual", right_to_left=True, indent=2)
    plain = [unicodedata.normalize("NFKC", line) for line in lines]
    assert plain == [
        # The ligature of lam and alef is one letter, which NFKC takes apart.
        "ملاعا (اکیرما) Boeing تکرش".rjust(29),
        ".دشورفیم دصرد ۱۲/۵ هک درک".rjust(28),
    ]


def test_a_terminal_that_chooses_the_side_gets_no_padding() -> None:
    assert written("CNN گزارش داد", "marks", right_to_left=True, indent=2) == [
        # The indent is on its side, too.
        f"{RLM}  CNN گزارش داد"
    ]
    assert written("CNN گزارش داد", "off", right_to_left=True, indent=2) == ["  CNN گزارش داد"]


@pytest.mark.parametrize("mode", ["terminal", "marks", "visual", "off"])
@given(text=st.text("abc XYZ 12.,()[]", max_size=60))
def test_latin_text_is_written_as_it_is(mode: BidiMode, text: str) -> None:
    lines = written(text, mode, right_to_left=False)
    assert "".join("".join(lines).split()) == "".join(text.split())
    # Not even marks: mlterm gives one a column.
    line = " ".join(text.split())
    isolated = written(isolate(line), mode, right_to_left=False)
    assert isolated == written(line, mode, right_to_left=False)


@given(
    text=st.text("ابپلمی abc ۱۲3.()«»\u200c\u064b", max_size=80),
    marked=st.tuples(st.integers(0, 80), st.integers(0, 80)),
    right_to_left=st.booleans(),
)
def test_reordered_text_keeps_its_styles(text, marked, right_to_left) -> None:
    """Letters in bold are the same letters in every mode, and lines are as wide as before."""

    def bold(mode: BidiMode) -> list[str]:
        styled = Text(text)
        styled.stylize("bold", *sorted(marked))
        lines = terminal_lines(CONSOLE, styled, mode, right_to_left=right_to_left)
        found = []
        for line in lines:
            assert line.cell_len <= CONSOLE.width
            for span in line.spans:
                found += line.plain[span.start : span.end]
        plain = unicodedata.normalize("NFKC", "".join(found).replace("\u2060", ""))
        mirrored = plain.translate(str.maketrans(")»", "(«"))
        return sorted(c for c in mirrored if c.isalnum() or c in "(«")

    # The ligature of lam and alef counts as its lam, so that a border within it moves.
    if "لا" not in text.replace("\u064b", "").replace("\u200c", ""):
        assert bold("visual") == bold("off") == bold("terminal")


@pytest.mark.parametrize(("mode", "columns"), [("terminal", 29), ("visual", 30), ("marks", 29)])
def test_a_line_as_wide_as_told_is_not_wrapped(mode: BidiMode, columns: int) -> None:
    console = TerminalConsole(mode, file=io.StringIO(), width=30, _environ={})
    assert line_width(console, right_to_left=True) == columns
    assert len(written("ب" * columns, mode, right_to_left=True)) == 1
    assert len(written("ب" * (columns + 1), mode, right_to_left=True)) == 2


def test_highlighted_parts_are_printed_highlighted() -> None:
    console = TerminalConsole(
        "visual", file=io.StringIO(), force_terminal=True, width=30, _environ={}
    )
    text = Text("سلام دنیا!")
    text.stylize("bold", 0, 4)
    print_line(console, text, right_to_left=True)
    output = console.file.getvalue()
    assert output == f"{' ' * 21}!\ufe8e\ufbff\ufee7\ufea9 \x1b[1m\ufee1\ufefc\ufeb3\x1b[0m\n"
