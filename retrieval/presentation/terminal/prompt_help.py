"""Help of the prompt: each command with what it does."""

from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from retrieval.presentation.messages import Messages
from retrieval.presentation.terminal.console import print_line

# As it is typed, and the key of its text. The mark keeps the Persian name out of the Persian text
# behind it.
_COMMANDS: Final = (
    (":more", "help_more"),
    (":list", "help_list"),
    (":open 1", "help_open"),
    (":around 1 3", "help_around"),
    (":cite 1 3", "help_cite"),
    (":cite 1 bibtex", "help_cite_format"),
    (":related 1", "help_related"),
    (":open r1", "help_open_related"),
    (":why 1", "help_why"),
    (":from 1404-08-01", "help_from"),
    (":to 2025-11", "help_to"),
    (":source ایلنا\N{LEFT-TO-RIGHT MARK}", "help_source"),
    (":from", "help_no_limit"),
    (":filters", "help_filters"),
    (":new", "help_new"),
    (":timeline نفت\N{LEFT-TO-RIGHT MARK}", "help_timeline"),
    (":k 5", "help_k"),
    (":json", "help_json"),
    (":help", "help_help"),
    (":quit", "help_quit"),
)


def command_help(messages: Messages) -> dict[str, str]:
    """Return what each command does, by its name."""
    described: dict[str, str] = {}
    for usage, key in _COMMANDS:
        described.setdefault(usage.split()[0], messages.text(key))
    return described


def show_help(console: Console, messages: Messages) -> None:
    """Print the commands in two columns.

    Commands are on the left in Persian, too: a line has one Latin and one Persian part.
    """
    width = max(cell_len(usage) for usage, _ in _COMMANDS)
    for usage, key in _COMMANDS:
        padding = " " * (width - cell_len(usage))
        line = f"  {usage}{padding}  {messages.text(key)}"
        print_line(console, Text(line), right_to_left=False)
