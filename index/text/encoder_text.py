"""One spelling for the models: what every title, passage and question is turned into first.

The encoder and the reranker were trained on texts that had gone through `encoder_text`, and know no
others. What people are shown is never changed; `spelled_with_offsets` tells where in it a character
that a model read comes from.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.text.letters import ZWNJ, fold_letters

# Part of every fingerprint: raise it whenever a text could be spelled otherwise.
SPELLING = "spelling-1"

_CHUNK = re.compile(r"\S+")
# Longer ones are no words, and are not looked into: their prefixes would take quadratic time.
_LONGEST_CHUNK = 64


def encoder_text(text: str) -> str:
    """Return a text in the spelling that the encoder and the reranker were trained on.

    The letters of `fold_letters`, single spaces, and a space for every ZWNJ.

    Args:
        text: any text, also with characters that no text should have.

    Returns:
        The text, never longer than NFKC makes it. Applied again, the function changes nothing.
    """
    while (spelled := " ".join(fold_letters(text).replace(ZWNJ, " ").split())) != text:
        text = spelled
    return text


@dataclass(frozen=True, slots=True)
class SpelledText:
    """A text in the models' spelling, and where each of its characters comes from.

    Attributes:
        text: what `encoder_text` returns.
        starts: (len(text),) offset in the original at which each character begins.
        ends: (len(text),) offset at which it ends. Characters that are dropped (vowel signs,
            kashida) belong to the one before them.
    """

    text: str
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def spelled_with_offsets(text: str) -> SpelledText:
    """Return a text as `encoder_text` does, with the offsets of its characters in the original.

    Inside a chunk without spaces of more than 64 characters, all characters have the offsets of
    the whole chunk.
    """
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    # No rule of spelling looks beyond white space, so each chunk is spelled by itself.
    for match in _CHUNK.finditer(text):
        spelled = encoder_text(match.group())
        if not spelled:
            continue
        begin, end = match.span()
        if pieces:
            pieces.append(" ")
            starts.append(ends[-1])
            ends.append(begin)
        own = [begin + place for place in _origins(match.group(), spelled)]
        pieces.append(spelled)
        starts += own
        if end - begin > _LONGEST_CHUNK:
            ends += [end] * len(own)
        else:
            # All characters that one character becomes end where it does.
            ends += [own[at] if (at := bisect_right(own, one)) < len(own) else end for one in own]
    return SpelledText("".join(pieces), np.array(starts, np.int64), np.array(ends, np.int64))


def _origins(chunk: str, spelled: str) -> list[int]:
    """Return the place in a chunk at which each character of its spelling begins."""
    if len(chunk) > _LONGEST_CHUNK:
        return [0] * len(spelled)
    alone = [_spelled_character(character) for character in chunk]
    if "".join(alone) == spelled:
        return [place for place, one in enumerate(alone) for _ in one]
    # Characters act on each other: a letter and its accent, a separator between digits.
    origins: list[int] = []
    for length in range(1, len(chunk) + 1):
        known = min(len(encoder_text(chunk[:length])), len(spelled))
        origins += [length - 1] * (known - len(origins))
    return origins + [len(chunk) - 1] * (len(spelled) - len(origins))


@lru_cache(maxsize=4096)
def _spelled_character(character: str) -> str:
    """Return what one character is spelled as; a space for what divides words."""
    return " " if character in (ZWNJ, "¬", "_", "#") else encoder_text(character)
