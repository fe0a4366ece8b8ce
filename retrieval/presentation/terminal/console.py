"""Lines on a terminal: wrapped, aligned, and in an order that the terminal shows rightly.

Some terminals put right-to-left text in order themselves ("bidi"), others show letters in the order
in which they come. docs/prompt.md has what was looked at.
"""

import os
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Literal

from rich.console import Console
from rich.style import Style
from rich.text import Text

from retrieval.presentation import bidi
from retrieval.presentation.terminal.visual_order import joined_letters, visual_order

# How lines are written. In the order of reading: in isolates, for a terminal with bidi; with marks
# only, for one with bidi that takes the direction and side of a line from its first letter; as they
# are. In the order of seeing: for a terminal without bidi.
BidiMode = Literal["terminal", "marks", "off", "visual"]
# Terminals without bidi, by the beginning of $TERM: it comes through ssh, as the rest does not.
_FIRST_LETTER_TERMS = ("mlterm", "putty")
_VISUAL_TERMS = ("linux", "alacritty", "foot", "rxvt", "st-", "xterm-ghostty")
_VISUAL_PROGRAMS = ("vscode", "ghostty")
# The first VTE with bidi, 0.58, as $VTE_VERSION has it.
_VTE_WITH_BIDI = 5800


class TerminalConsole(Console):
    """A console that knows how its terminal shows right-to-left text.

    Attributes:
        bidi: how lines are written.
    """

    def __init__(self, bidi: BidiMode, **options: Any) -> None:
        """Print on standard output; `options` are those of `Console`."""
        super().__init__(**options)
        self.bidi: BidiMode = bidi


def open_console(setting: BidiMode | Literal["auto"]) -> TerminalConsole:
    """Return the console of standard output, by `[retrieval] bidi`."""
    return TerminalConsole(terminal_bidi(os.environ) if setting == "auto" else setting)


def terminal_bidi(environ: Mapping[str, str]) -> BidiMode:
    """Return how lines are written to the terminal that an environment tells of.

    Within tmux and screen the variables are those of the terminal in which the server was started.
    A terminal that is not known gets marks: they do no harm where there is no bidi.
    """
    term = environ.get("TERM", "")
    if term == "dumb":
        return "off"
    if term.startswith(_FIRST_LETTER_TERMS):
        return "marks"
    if term.startswith(_VISUAL_TERMS) or environ.get("TERM_PROGRAM") in _VISUAL_PROGRAMS:
        return "visual"
    if "XTERM_VERSION" in environ or "WT_SESSION" in environ:
        return "visual"
    vte = environ.get("VTE_VERSION", "")
    if vte.isdecimal() and int(vte) < _VTE_WITH_BIDI:
        return "visual"
    return "terminal"


def print_line(console: Console, text: Text, *, right_to_left: bool, indent: int = 0) -> None:
    """Print a text on a terminal, wrapped, on the side where it begins.

    Args:
        console: where to print; one that is no `TerminalConsole` has bidi.
        text: the text.
        right_to_left: the direction of the text as a whole.
        indent: columns that stay free on both sides.
    """
    mode = _mode(console)
    for line in terminal_lines(console, text, mode, right_to_left=right_to_left, indent=indent):
        console.print(line, soft_wrap=True)


def line_width(console: Console, *, right_to_left: bool, indent: int = 0) -> int:
    """Return the columns that a line of `print_line` has for its text."""
    return _line_width(console, _mode(console), right_to_left=right_to_left, indent=indent)


def _mode(console: Console) -> BidiMode:
    return console.bidi if isinstance(console, TerminalConsole) else "terminal"


def _line_width(console: Console, mode: BidiMode, *, right_to_left: bool, indent: int) -> int:
    first = max(indent, int(right_to_left and mode == "terminal"))
    # mlterm gives a ZWNJ and a mark a column of their own.
    spare = console.width // 16 if mode == "marks" else 0
    return max(1, console.width - first - indent - spare)


def terminal_lines(
    console: Console, text: Text, mode: BidiMode, *, right_to_left: bool, indent: int = 0
) -> Iterator[Text]:
    """Yield the lines that `print_line` prints."""
    align = right_to_left and mode in ("terminal", "visual")
    # What has no letter of the other direction needs nothing.
    mixed = right_to_left or bidi.has_right_to_left(text.plain)
    if mode == "off" or not mixed:
        text = replace_positions(text, dict.fromkeys(bidi.isolate_positions(text.plain), ""))
    width = _line_width(console, mode, right_to_left=right_to_left, indent=indent)
    # VTE drops a mark in the first column: it has no character to stand on.
    free = max(indent, int(align and mode == "terminal"))
    for line in _wrapped(console, text, width, joined=mixed and mode == "visual"):
        padding = free + (max(0, width - line.cell_len) if align else 0)
        if mixed and mode == "visual":
            line = _reordered(line, right_to_left=right_to_left)
        elif mixed and mode == "terminal":
            line = _isolated(line, right_to_left=right_to_left, first=padding == 0)
        line = Text(" " * padding).append_text(line)
        yield _marked(line, right_to_left=right_to_left) if mixed and mode == "marks" else line


def _wrapped(console: Console, text: Text, width: int, *, joined: bool) -> Iterator[Text]:
    """Yield the lines of a text; an isolate that is broken goes on in the next line."""
    text = text.copy()
    text.plain = bidi.resolve_isolates(text.plain)
    if joined:
        text.plain = joined_letters(text.plain)
    opened = ""
    for line in text.wrap(console, width, justify="default", overflow="fold", tab_size=4):
        line.rstrip()
        line = Text(opened).append_text(line)
        opened = bidi.open_isolates(line.plain)
        yield line.append(bidi.PDI * len(opened))


def _isolated(line: Text, *, right_to_left: bool, first: bool) -> Text:
    """Return a line that has this direction in any terminal with isolates.

    Args:
        line: the line.
        right_to_left: its direction. A left-to-right one needs no isolate: so are all lines there.
        first: whether it begins in the first column, where VTE drops its first mark.
    """
    if right_to_left:
        return Text(bidi.RLI).append_text(line).append(bidi.PDI)
    if first and line.plain.startswith((bidi.LRI, bidi.RLI)):
        end = bidi.isolate_end(line.plain, 0) + 1
        line = line[:end].append(bidi.LRM).append_text(line[end:])
    return line


def _marked(line: Text, *, right_to_left: bool) -> Text:
    """Return a line that begins with its direction, its isolates as marks, which all bidi has.

    mlterm gives an isolate a column of its own.
    """
    outer = bidi.RLM if right_to_left else bidi.LRM
    marks: dict[int, str] = {}
    inner: list[str] = []
    for at, letter in enumerate(line.plain):
        if letter in (bidi.LRI, bidi.RLI):
            inner.append(bidi.LRM if letter == bidi.LRI else bidi.RLM)
            marks[at] = outer + inner[-1]
        elif letter == bidi.PDI:
            marks[at] = inner.pop() + outer
    return Text(outer).append_text(replace_positions(line, marks))


def _reordered(line: Text, *, right_to_left: bool) -> Text:
    """Return a line in visual order, each character with the styles that it had."""
    styles: list[tuple[str | Style, ...]] = [()] * len(line)
    for span in line.spans:
        for at in range(span.start, span.end):
            styles[at] = (*styles[at], span.style)
    clusters = visual_order(line.plain, right_to_left=right_to_left)
    result = Text(style=line.style)
    for style, group in groupby(clusters, key=lambda cluster: styles[cluster.position]):
        part = Text("".join(cluster.text for cluster in group))
        for one in style:
            part.stylize(one)
        result.append_text(part)
    return result


def replace_positions(text: Text, replacements: Mapping[int, str]) -> Text:
    """Return a text with some of its characters replaced, its other parts in their styles.

    Args:
        text: the text.
        replacements: position -> what stands there instead, "" for nothing.
    """
    if not replacements:
        return text
    result, start = Text(style=text.style), 0
    for position, replacement in sorted(replacements.items()):
        result.append_text(text[start:position]).append(replacement)
        start = position + 1
    return result.append_text(text[start:])
