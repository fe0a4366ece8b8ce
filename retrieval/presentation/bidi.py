"""Mixed-direction text: Latin names inside Persian lines and the other way round.

Terms and characters are those of the Unicode Bidirectional Algorithm (UAX #9).
"""

import re
import unicodedata
from typing import Final

_FSI, _PDI = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_LRM, _RLM = "\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"
_CONTROLS: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_ISOLATES: Final = re.compile(f"{_FSI}[{_LRM}{_RLM}]?|{_PDI}")


def isolate(text: str) -> str:
    """Wrap a value for a line, so that neither changes the order of the other's letters.

    Direction controls inside the value are dropped (an override would reach beyond it). Its white
    space becomes single spaces, so that it stays on the line.
    """
    line = " ".join(without_direction_controls(text).split())
    return f"{_FSI}{with_direction_mark(line)}{_PDI}"


def without_direction_controls(text: str) -> str:
    """Return a text without marks, embeddings, overrides and isolates."""
    return _CONTROLS.sub("", text)


def without_isolates(line: str) -> str:
    """Return a line without the marks of `isolate`."""
    return _ISOLATES.sub("", line)


def with_direction_mark(line: str) -> str:
    """Put `direction_mark` in front of a line."""
    return direction_mark(line) + line


def direction_mark(line: str) -> str:
    """Return the mark that gives a line the direction of most of its letters, "" where it has it.

    Telegram's clients take a line's direction from its first letter, which is wrong for a Persian
    sentence that starts with a Latin name.
    """
    directions = [unicodedata.bidirectional(letter) for letter in line]
    strong = [direction != "L" for direction in directions if direction in ("L", "R", "AL")]
    if not strong:
        return ""
    right_to_left = sum(strong) * 2 >= len(strong)
    if right_to_left == strong[0]:
        return ""
    return _RLM if right_to_left else _LRM
