"""Mixed-direction text: Latin names inside Persian lines and the other way round.

Terms and characters are those of the Unicode Bidirectional Algorithm (UAX #9).
"""

import re
import unicodedata
from typing import Final

LRI, RLI = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{RIGHT-TO-LEFT ISOLATE}"
FSI, PDI = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
LRM, RLM = "\N{LEFT-TO-RIGHT MARK}", "\N{RIGHT-TO-LEFT MARK}"
ALM: Final = "\N{ARABIC LETTER MARK}"
_CONTROLS: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_ISOLATES: Final = re.compile(f"{FSI}[{LRM}{RLM}]?|{PDI}")
_INITIATORS: Final = (LRI, RLI, FSI)


def isolate(text: str) -> str:
    """Wrap a value for a line, so that neither changes the order of the other's letters.

    Direction controls inside the value are dropped (an override would reach beyond it). Its white
    space becomes single spaces, so that it stays on the line.
    """
    line = " ".join(without_direction_controls(text).split())
    return f"{FSI}{with_direction_mark(line)}{PDI}"


def without_direction_controls(text: str) -> str:
    """Return a text without marks, embeddings, overrides and isolates."""
    return _CONTROLS.sub("", text)


def without_isolates(line: str) -> str:
    """Return a line without the marks of `isolate`."""
    return _ISOLATES.sub("", line)


def isolate_positions(line: str) -> list[int]:
    """Return the positions that `without_isolates` drops, in order."""
    return [at for match in _ISOLATES.finditer(line) for at in range(*match.span())]


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
    return RLM if right_to_left else LRM


def with_direction_of_isolates(line: str) -> str:
    """Put a mark in front of a line whose letters are all in isolates.

    Isolates say nothing of the direction of their line (P2), which would be from left to right.
    """
    if any(unicodedata.bidirectional(one) in ("L", "R", "AL") for one in outside_isolates(line)):
        return line
    return RLM + line if has_right_to_left(line) else line


def has_right_to_left(text: str) -> bool:
    """Return whether a text has a letter of a script that is written from right to left."""
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


def resolve_isolates(text: str) -> str:
    """Return a text of the same length in which each FSI is the LRI or RLI that it stands for."""
    if FSI not in text:
        return text
    letters = list(text)
    for at, letter in enumerate(letters):
        if letter == FSI:
            # A later isolate inside does not count (P2).
            inside = outside_isolates(text[at + 1 : isolate_end(text, at)])
            kinds = map(unicodedata.bidirectional, inside)
            first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
            letters[at] = LRI if first == "L" else RLI
    return "".join(letters)


def isolate_end(text: str, start: int) -> int:
    """Return the position of the PDI that ends the isolate at `start`, or the text's length."""
    depth = 0
    for at in range(start, len(text)):
        if text[at] in _INITIATORS:
            depth += 1
        elif text[at] == PDI:
            depth -= 1
            if depth == 0:
                return at
    return len(text)


def open_isolates(text: str) -> str:
    """Return the initiators of the isolates that a text opens and does not close."""
    waiting: list[str] = []
    for letter in text:
        if letter in _INITIATORS:
            waiting.append(letter)
        elif letter == PDI and waiting:
            waiting.pop()
    return "".join(waiting)


def outside_isolates(text: str) -> str:
    """Return a text without its isolates."""
    parts, at = [], 0
    while at < len(text):
        if text[at] in _INITIATORS:
            at = isolate_end(text, at)
        else:
            parts.append(text[at])
        at += 1
    return "".join(parts)
