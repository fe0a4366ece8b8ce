"""Spellings of one word that editors mix: بلیط and بلیت, گفت و گو and گفتگو, سوء استفاده."""

import re
from functools import cache
from typing import Final

from index.text.letters import ZWNJ
from index.text.tables import read_table

_AND: Final = re.compile(rf"(?<![\w{ZWNJ}])([^\W\d_]+)[ {ZWNJ}]و[ {ZWNJ}]?([^\W\d_]+)")
# The word that is half written apart, and in one piece.
_ILL: Final = re.compile(rf"\bسوء[ {ZWNJ}]?(?=\w)")
# A second word may have an ending: گفت‌وگوهای.
_ENDINGS: Final = ("", "ی", "ها", "های", "هایی", "یی", "ش", "یش")


@cache
def _spellings() -> dict[str, str]:
    return dict(pair for pair in read_table("spellings.tsv"))


@cache
def _longest() -> int:
    return max(map(len, _spellings()))


def pair_in_one_piece(word: str) -> str:
    """Return a pair typed in one piece (رفتوآمد) as `join_pairs` writes it, or the word."""
    return _pairs_in_one_piece().get(word, word)


@cache
def _pairs_in_one_piece() -> dict[str, str]:
    return {f"{first}و{second}": word for (first, second), word in _pairs().items()}


@cache
def _pairs() -> dict[tuple[str, str], str]:
    """Return the word for each pair that و makes one word."""
    found: dict[tuple[str, str], str] = {}
    for first, second, *standard in read_table("pairs.tsv"):
        for ending in _ENDINGS:
            word = f"{standard[0]}{ending}" if standard else f"{first}{ZWNJ}{second}{ending}"
            found[first, second + ending] = word
    return found


def standard_spelling(word: str) -> str:
    """Return a word, normalised and in one piece, in the one spelling that it is indexed in."""
    table = _spellings()
    if (whole := table.get(f"{word}$")) is not None:
        return whole
    for length in range(min(len(word), _longest()), 2, -1):
        if (standard := table.get(word[:length])) is not None:
            return standard + word[length:]
    return word


def join_pairs(text: str) -> str:
    """Return a text whose pairs with و (گفت و گو) and with سوء are one word each."""
    text = _ILL.sub(f"سوء{ZWNJ}", text)
    return _AND.sub(lambda match: _pairs().get((match[1], match[2]), match[0]), text)
