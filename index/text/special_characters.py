"""Characters that no text should have: those that are obeyed instead of shown, and half ones.

Articles, file names and questions come from others. A terminal that prints an escape sequence may
change its title, clear the screen or fill the clipboard (OSC 52); a bidi override turns letters
round (UAX #9). Lone surrogates come from escapes in JSON and from bytes on a command line; no UTF-8
file, tokenizer or database accepts them.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

_ISOLATES: Final = "\u2066\u2067\u2068"
_END_OF_ISOLATE: Final = "\u2069"
# C0 but tab and line feed, DEL and C1; embeddings and overrides, which reach over what follows, and
# which isolates have replaced; separators that are line ends for some programs only.
_OBEYED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]")
_SUSPECT: Final = re.compile(f"{_OBEYED.pattern[:-1]}{_ISOLATES}{_END_OF_ISOLATE}]")
_SUSPECT_OR_LINE: Final = re.compile(f"{_SUSPECT.pattern}|\n")
_ESCAPED: Final = re.compile("[\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069]")


def without_controls(text: str) -> str:
    """Return a text without control characters; of bidi isolates those in pairs stay.

    Args:
        text: text to show, of one or more lines.

    Returns:
        The text with its tabs and line feeds. Applied again, the function changes nothing.
    """
    positions = control_positions(text)
    if not positions:
        return text
    dropped = set(positions)
    return "".join(letter for at, letter in enumerate(text) if at not in dropped)


def control_positions(text: str) -> list[int]:
    """Return the positions that `without_controls` drops, in order."""
    if _SUSPECT.search(text) is None:
        return []
    found: list[int] = []
    open_isolates: list[int] = []
    for match in _SUSPECT_OR_LINE.finditer(text):
        letter = match[0]
        if letter in _ISOLATES:
            open_isolates.append(match.start())
        elif letter == _END_OF_ISOLATE and open_isolates:
            open_isolates.pop()
        elif letter == "\n":
            # An isolate ends with its line.
            found += open_isolates
            open_isolates.clear()
        else:
            found.append(match.start())
    return sorted([*found, *open_isolates])


def to_json(
    value: object, *, indent: int | None = None, default: Callable[[Any], object] | None = None
) -> str:
    r"""Return a value as JSON with control characters as escapes (\u009b), which lose nothing.

    `json.dumps` with `ensure_ascii=False` leaves C1 and bidi controls as they are.

    Args:
        value: the value.
        indent: as of `json.dumps`.
        default: as of `json.dumps`.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=default)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def replace_surrogates(text: str) -> str:
    """Return a text with U+FFFD for each lone surrogate, and pairs of them joined."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
