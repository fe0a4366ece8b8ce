"""Lines of text on a terminal, each on the side where it begins."""

from rich.console import Console
from rich.text import Text

from index.text.special_characters import control_positions
from retrieval.presentation import bidi
from retrieval.presentation.excerpts import fitted
from retrieval.presentation.messages import Messages
from retrieval.presentation.terminal.console import line_width, print_line, replace_positions
from retrieval.query.query import PERSIAN, is_arabic_script

NOTICE = "yellow"


def show_line(
    console: Console, line: str, messages: Messages, style: str = "", *, indent: int = 0
) -> None:
    """Print a message, aligned to the side where its language begins."""
    text = Text(for_console(console, line), style=style)
    show_on(console, text, right_to_left=messages.language == PERSIAN, indent=indent)


def show_error(console: Console, error: str) -> None:
    """Print an error message in one line, in either language."""
    show_text(console, for_console(console, error), NOTICE)


def show_text(
    console: Console, text: Text | str, style: str = "", *, indent: int = 0, one_line: bool = False
) -> None:
    """Print a source's text, aligned by the direction of most of its letters.

    Args:
        console: where to print.
        text: the text; what is isolated in it, as a link, does not count for its direction.
        style: of a text without styles of its own.
        indent: columns that stay free on both sides of a terminal.
        one_line: whether what does not fit into one line of a terminal is cut off.
    """
    line = text if isinstance(text, Text) else Text(text, style=style)
    right_to_left = is_arabic_script(bidi.outside_isolates(line.plain))
    if one_line and console.is_terminal:
        line = fitted(line, line_width(console, right_to_left=right_to_left, indent=indent))
    show_on(console, line, right_to_left=right_to_left, indent=indent)


def show_on(console: Console, line: Text, *, right_to_left: bool, indent: int = 0) -> None:
    """Print a line on the side of its direction; its control characters are left out."""
    line = replace_positions(line, dict.fromkeys(control_positions(line.plain), ""))
    if console.is_terminal:
        print_line(console, line, right_to_left=right_to_left, indent=indent)
    else:
        console.print(line, soft_wrap=True)


def for_console(console: Console, line: str) -> str:
    """Return a line for a console; only a terminal needs the isolates."""
    return line if console.is_terminal else bidi.without_isolates(line)
