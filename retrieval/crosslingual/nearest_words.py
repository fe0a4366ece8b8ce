"""Nearest words: what somebody may have meant to type, by the slips that fingers make."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

# Shorter words have too many neighbours; words from the second length on may have two slips.
_SHORTEST: Final = 4
_TWO_SLIPS_FROM: Final = 8
# Cost of a letter that is another one, missing or added, and of likelier slips.
_OTHER: Final = 1.2
_ONE_LETTER: Final = 0.9
_NEXT_KEY: Final = 0.7
_SAME_SOUND: Final = 0.4
_SWAPPED: Final = 0.6
_DOUBLED: Final = 0.4

# The rows of the Iranian standard keyboard and of a Latin one.
_KEY_ROWS: Final = (
    *("ضصثقفغعهخحجچ", "شسیبلاتنمکگ", "ظطزرذدپو"),
    *("qwertyuiop", "asdfghjkl", "zxcvbnm"),
)
_SOUNDS: Final = ("زذضظ", "سصث", "تط", "هح", "قغ", "اعآ")
_LETTER_COSTS: Final = {
    **{pair: _NEXT_KEY for row in _KEY_ROWS for pair in pairwise(row)},
    **{(one, other): _SAME_SOUND for letters in _SOUNDS for one in letters for other in letters},
}


@dataclass(frozen=True, slots=True)
class NearWord:
    """A word that may have been meant, and what the slips between the two cost."""

    word: str
    cost: float


class NearestWords:
    """Words by their length, to be compared with one that is not among them.

    All words of a like length are compared: no index of deletions, which would take a hundred times
    the memory of the words, and no work for words that are known.
    """

    def __init__(self, words: Iterable[str]) -> None:
        """Take the words."""
        self._by_length: dict[int, list[str]] = defaultdict(list)
        self._words = frozenset(words)
        for word in sorted(self._words):
            self._by_length[len(word)].append(word)

    def __contains__(self, word: str) -> bool:
        return word in self._words

    def near(self, word: str) -> list[NearWord]:
        """Return the words that one or, for long words, two slips lie between, cheapest first."""
        slips = allowed_slips(word)
        found = (
            [NearWord(other, typing_cost(word, other)) for other in self._within(word, slips)]
            if slips
            else []
        )
        return sorted(found, key=lambda one: (one.cost, one.word))

    def _within(self, word: str, slips: int) -> Iterator[str]:
        # Imported here: a question without an unknown word does not need it.
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        scorer = OSA.distance
        for length in range(len(word) - slips, len(word) + slips + 1):
            others = self._by_length.get(length, [])
            for other, _, _ in extract(word, others, scorer=scorer, score_cutoff=slips, limit=None):
                yield other


def allowed_slips(word: str) -> int:
    """Return how many slips a word of its length may have: 0, 1 or 2."""
    return 0 if len(word) < _SHORTEST else 1 if len(word) < _TWO_SLIPS_FROM else 2


def typing_cost(typed: str, meant: str) -> float:
    """Return what the slips cost that turn one word into the other, about 1 for each.

    It is the optimal string alignment distance (two letters in the wrong order are one slip) in
    which keys side by side, letters of one sound and doubled letters cost less.
    """
    before_last: list[float] = []
    last = [_ONE_LETTER * at for at in range(len(meant) + 1)]
    for at, letter in enumerate(typed, start=1):
        row = [_ONE_LETTER * at]
        for to, other in enumerate(meant, start=1):
            added = _DOUBLED if at > 1 and letter == typed[at - 2] else _ONE_LETTER
            missing = _DOUBLED if to > 1 and other == meant[to - 2] else _ONE_LETTER
            cost = min(
                last[to - 1] + _letter_cost(letter, other), last[to] + added, row[to - 1] + missing
            )
            if at > 1 and to > 1 and letter == meant[to - 2] and typed[at - 2] == other != letter:
                cost = min(cost, before_last[to - 2] + _SWAPPED)
            row.append(cost)
        before_last, last = last, row
    return last[-1]


def _letter_cost(typed: str, meant: str) -> float:
    if typed == meant:
        return 0.0
    costs = (_LETTER_COSTS.get(pair, _OTHER) for pair in ((typed, meant), (meant, typed)))
    return min(costs)
