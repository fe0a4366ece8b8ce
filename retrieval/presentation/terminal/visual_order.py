"""The order in which a line is seen: the Unicode Bidirectional Algorithm, for terminals without it.

The steps are those of UAX #9. python-bidi's Python implementation resolves them on dictionaries,
a character each, which can say where a character was; its other one (Rust) only gives the text.
Added here are what it leaves out: isolates (X5a-X6a) and pairs of brackets (N0).

The libraries are imported when a line is first reordered: most terminals need neither.
"""

import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

from retrieval.presentation.bidi import (
    ALM,
    FSI,
    LRI,
    LRM,
    PDI,
    RLI,
    RLM,
    isolate_end,
    resolve_isolates,
)

_LEFT, _RIGHT = "L", "R"
_OBJECT: Final = "\N{OBJECT REPLACEMENT CHARACTER}"  # a neutral, which an isolate is to the outside
# What has a level and no glyph.
_WITHOUT_GLYPH: Final = (LRM, RLM, ALM, LRI, RLI, FSI, PDI)
_ZWJ, _TATWEEL = "\N{ZERO WIDTH JOINER}", "\N{ARABIC TATWEEL}"
_FILLER: Final = "\N{WORD JOINER}"
_LAM_ALEF: Final = {
    # (lam, alef): ligature. Lam at the beginning of a word or after a letter that does not join,
    # and joined to the letter before it.
    ("\ufedf", "\ufe82"): "\ufef5",
    ("\ufee0", "\ufe82"): "\ufef6",
    ("\ufedf", "\ufe84"): "\ufef7",
    ("\ufee0", "\ufe84"): "\ufef8",
    ("\ufedf", "\ufe88"): "\ufef9",
    ("\ufee0", "\ufe88"): "\ufefa",
    ("\ufedf", "\ufe8e"): "\ufefb",
    ("\ufee0", "\ufe8e"): "\ufefc",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A character with the combining marks on it.

    Attributes:
        text: the characters as they are shown: brackets are mirrored in right-to-left text.
        position: offset of the first of them in the line.
    """

    text: str
    position: int


def visual_order(line: str, *, right_to_left: bool) -> list[Cluster]:
    """Return the characters of a line from left to right; those without a glyph are left out.

    Args:
        line: one line, as it is stored and read.
        right_to_left: the direction of the line as a whole.
    """
    base = int(right_to_left)
    levels = _embedding_levels(resolve_isolates(line), base)
    for at in reversed(levels):  # L1
        if not (line[at].isspace() or line[at] in _WITHOUT_GLYPH):
            break
        levels[at] = base
    shown = {
        at: _mirrored(line[at], level)
        for at, level in levels.items()
        if line[at] not in _WITHOUT_GLYPH
    }
    for at, owner in _combining_marks(line, shown):
        shown[owner] += line[at]
    return [Cluster(shown[at], at) for at in _reversed_runs(levels) if at in shown]


def joined_letters(text: str) -> str:
    """Return a text with its Arabic letters in the forms that stand beside each other.

    A terminal without bidi draws each letter alone, unless it gets the presentation forms.

    Returns:
        A text of the same length: the second letter of a ligature is an invisible character.
    """
    # The library drops joiners; tatweel joins as they do.
    letters = list(_reshaper().reshape(text.replace(_ZWJ, _TATWEEL)))
    for at, letter in enumerate(text):
        if letter == _ZWJ:
            letters[at] = letter
    for at in range(len(letters) - 1):
        if ligature := _LAM_ALEF.get((letters[at], letters[at + 1])):
            letters[at : at + 2] = ligature, _FILLER
    return "".join(letters)


@cache
def _reshaper() -> Any:
    from arabic_reshaper import ArabicReshaper

    # Its own ligatures would change the length.
    return ArabicReshaper(
        {"support_ligatures": False, "delete_harakat": False, "delete_tatweel": False}
    )


def _embedding_levels(text: str, base: int) -> dict[int, int]:
    """Return the level of each character by its position; some that have no glyph have none.

    Isolates are LRI or RLI. Each is resolved as a paragraph of its own.
    """
    levels: dict[int, int] = {}
    outside: list[tuple[str, int]] = []
    ends: dict[int, int] = {}
    at = 0
    while at < len(text):
        letter = text[at]
        if letter in (LRI, RLI):
            end = isolate_end(text, at)
            inner = base + 1 if (base + 1) % 2 == (letter == RLI) else base + 2
            for position, level in _embedding_levels(text[at + 1 : end], inner).items():
                levels[at + 1 + position] = level
            outside.append((_OBJECT, at))
            ends[at] = end
            at = end
        elif letter != PDI and unicodedata.bidirectional(letter) not in ("NSM", ""):
            outside.append((letter, at))
        at += 1
    for character in _resolved(outside, base):
        position = character["position"]
        levels[position] = character["level"]
        if ends.get(position, len(text)) < len(text):
            levels[ends[position]] = character["level"]
    return dict(sorted(levels.items()))


def _resolved(text: list[tuple[str, int]], base: int) -> list[dict[str, Any]]:
    """Return the characters of a text without isolates, with their levels (rules W1 to I2)."""
    from bidi import algorithm

    storage = algorithm.get_empty_storage()
    storage["base_level"] = base
    storage["base_dir"] = (_LEFT, _RIGHT)[base % 2]
    algorithm.get_embedding_levels([letter for letter, _ in text], storage)
    for character, (_, position) in zip(storage["chars"], text, strict=True):
        character["position"] = position
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    _resolve_brackets(storage["chars"], (_LEFT, _RIGHT)[base % 2])
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    return cast(list[dict[str, Any]], storage["chars"])


def _resolve_brackets(characters: list[dict[str, Any]], embedding: str) -> None:
    """Give both brackets of a pair one direction (N0)."""
    other = _LEFT if embedding == _RIGHT else _RIGHT
    for start, end in sorted(_bracket_pairs(characters)):
        inside = set(map(_strong, characters[start + 1 : end]))
        if embedding in inside:
            direction = embedding
        elif other in inside:
            before = map(_strong, reversed(characters[:start]))
            direction = next(filter(None, before), embedding)
        else:
            continue
        characters[start]["type"] = characters[end]["type"] = direction


def _bracket_pairs(characters: list[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """Yield the positions of brackets that belong together (BD16)."""
    from bidi.mirror import MIRRORED

    waiting: list[tuple[str, int]] = []
    for at, character in enumerate(characters):
        letter = character["ch"]
        if character["type"] != "ON" or letter not in MIRRORED:
            continue
        category = unicodedata.category(letter)
        if category == "Ps":
            waiting.append((MIRRORED[letter], at))
        elif category == "Pe":
            for depth in range(len(waiting) - 1, -1, -1):
                if waiting[depth][0] == letter:
                    yield waiting[depth][1], at
                    del waiting[depth:]
                    break


def _strong(character: dict[str, Any]) -> str | None:
    """Return the direction of a character for the neutrals beside it; numbers count as R."""
    kind = character["type"]
    if kind in ("EN", "AN"):
        return _RIGHT
    return kind if kind in (_LEFT, _RIGHT) else None


def _reversed_runs(levels: dict[int, int]) -> list[int]:
    """Return positions in visual order (L2)."""
    order = list(levels)
    for lowest in range(max(levels.values(), default=0), 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels[order[end]] >= lowest:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end + 1
    return order


def _combining_marks(line: str, shown: Container[int]) -> Iterator[tuple[int, int]]:
    """Yield the positions of combining marks, each with that of the character it stands on.

    One at the beginning of a line stands on nothing, and is not shown.
    """
    owner = None
    for at, letter in enumerate(line):
        if at in shown:
            owner = at
        elif owner is not None and unicodedata.bidirectional(letter) == "NSM":
            yield at, owner


def _mirrored(letter: str, level: int) -> str:
    """Return the character that is shown (L4)."""
    from bidi.mirror import MIRRORED

    if level % 2 and unicodedata.mirrored(letter):
        return cast(str, MIRRORED.get(letter, letter))
    return letter
