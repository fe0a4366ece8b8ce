"""Phonetic matching: words in Latin letters against the words of an index.

`PhoneticIndex.search` walks the prefix tree of the index's words by the steps of `transliteration`,
cheapest first, so it only finds words of the archive. Index terms are stems, often short ones (ایر
for ایران). Where a term ends, the rest of the Latin word may be an ending that the stemmer strips.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.crosslingual.prefix_tree import PrefixTree
from retrieval.crosslingual.transliteration import (
    MIN_STEM,
    Step,
    insertion_cost,
    latin_steps,
    persian_letters,
    stripped_endings,
)

# Largest cost above the best match, and the most moves that a search looks at, with those of the
# state that it ends in.
_MARGIN: Final = 0.8
_MAX_MOVES: Final = 8_000
# Letters of a stripped ending are less certain than those of a term.
_STRIPPED_LETTER: Final = 0.15
# More than any word has letters: a state is a node and a place in the Latin word.
_PLACES: Final = 64
_BEHIND_ARABIC: Final = 0x700
# More children are not looked through one by one.
_FEW: Final = 8


class SearchBudget:
    """The moves that searches together may still look at; counted, so that no time decides.

    Attributes:
        left: how many are left; below 0 after a search that was begun with a few.
    """

    def __init__(self, moves: int = _MAX_MOVES) -> None:
        """Begin with so many moves."""
        self.left = moves


@dataclass(frozen=True, slots=True)
class SoundMatch:
    """An index term that sounds like a Latin word.

    Attributes:
        term: the index term.
        ending: Persian letters that the Latin word has after the term.
        cost: phonetic distance; about 1 for one wrong consonant.
    """

    term: str
    ending: str
    cost: float


@dataclass(frozen=True, slots=True)
class _Moves:
    """The steps from one place in a Latin word, by the Persian letters that they stand for.

    Attributes:
        silent: those that stand for none: Latin letters and cost.
        single: those that stand for one, by its code: Latin letters and cost.
        with_vowels: the codes in `single`, and those of vowels.
        runs: those that stand for several: Latin letters, codes and cost.
    """

    silent: Sequence[tuple[int, float]]
    single: Mapping[int, Sequence[tuple[int, float]]]
    with_vowels: Iterable[int]
    runs: Sequence[tuple[int, bytes, float]]


class _Children(NamedTuple):
    """Children of a node: those at some places of a tree. One is made for every node looked at.

    Attributes:
        places: where they are in the tree.
        letters: the code of each of the tree's letters.
        offset: what makes a node of a place.
    """

    places: range
    letters: bytes
    offset: int

    def of_letters(self, codes: Iterable[int]) -> Iterator[int]:
        """Yield the places of the children that some letters lead to."""
        start, stop = self.places.start, self.places.stop
        for code in codes:
            if (place := self.letters.find(code, start, stop)) >= 0:
                yield place


class PhoneticIndex:
    """Words that are found by their sound.

    A node is one of the tree of words, or behind these a word with one of the tree of endings.
    """

    def __init__(self, words: Iterable[str]) -> None:
        """Take the words to be found, in any order."""
        self._tree = PrefixTree(sorted(set(words)), _letter_codes())
        self._endings = _ending_tree()
        self._behind = len(self._tree)

    def search(
        self,
        latin: str,
        sounds: str,
        tails: Mapping[str, tuple[str, float]],
        max_cost: float,
        limit: int,
        budget: SearchBudget | None = None,
    ) -> list[SoundMatch]:
        """Return the words that sound most like a Latin one, best first.

        Args:
            latin: a word from `latin_letters`.
            sounds: the table of spellings: `NAMES` or `PERSIAN`.
            tails: Latin endings that may follow a whole word, each with its Persian letters and
                its cost.
            max_cost: highest cost of a match.
            limit: highest number of matches.
            budget: loses the moves that the search looks at; None: nobody counts.
        """
        moves = [*map(_moves, latin_steps(latin, sounds, tails)), _moves(())]
        rests = [*(tails.get(latin[at:]) for at in range(len(latin))), ("", 0.0)]
        found: dict[tuple[str, str], float] = {}
        bound = max_cost if latin else -1.0
        costs = {0: 0.0}
        queue = [(0.0, 0, 0)]
        looked_at = 0
        while queue and looked_at < _MAX_MOVES:
            cost, _, state = heapq.heappop(queue)
            if cost > bound:
                break
            if cost > costs[state]:
                continue
            node, at = divmod(state, _PLACES)
            if (rest := rests[at]) and (word := self._word(node)):
                stem, stripped = word
                match, total = (stem, stripped + rest[0]), cost + rest[1]
                found[match] = min(total, found.get(match, math.inf))
                bound = min(bound, total + _MARGIN)
            for length, child, total in self._reached(node, moves[at], cost, bound):
                looked_at += 1
                state = child * _PLACES + at + length
                if total < costs.get(state, math.inf):
                    costs[state] = total
                    heapq.heappush(queue, (total, looked_at, state))
        if budget is not None:
            budget.left -= looked_at
        matches = [SoundMatch(*match, cost) for match, cost in found.items() if cost <= bound]
        return sorted(matches, key=lambda one: (one.cost, one.term, one.ending))[:limit]

    def _word(self, node: int) -> tuple[str, str] | None:
        """Return the word and stripped ending that a node completes, or None."""
        tree, endings = self._tree, self._endings
        if node < self._behind:
            return (tree.words[tree.numbers[node]], "") if tree.complete[node] else None
        word, place = divmod(node - self._behind, len(endings))
        if not endings.complete[place]:
            return None
        return tree.words[word], endings.words[endings.numbers[place]]

    def _reached(
        self, node: int, moves: _Moves, spent: float, bound: float
    ) -> Iterator[tuple[int, int, float]]:
        """Yield (Latin letters read, node reached, cost) for each move from a node.

        Moves whose cost, with what was spent before, is above the bound are left out.
        """
        for length, cost in moves.silent:
            if (total := spent + cost) <= bound:
                yield length, node, total
        single, insertions = moves.single, _insertions()
        for children in self._children(node):
            letters, offset = children.letters, children.offset
            surcharge = _STRIPPED_LETTER if offset else 0.0
            places: Iterable[int] = children.places
            if len(children.places) > _FEW and spent + insertions[0] > bound:
                # A letter that the Latin word lacks is a vowel, or there is none.
                vowels = spent + min(insertions) <= bound
                places = children.of_letters(moves.with_vowels if vowels else single)
            for place in places:
                letter = letters[place]
                if (total := spent + insertions[letter]) <= bound:
                    yield 0, place + offset, total
                for length, cost in single.get(letter, ()):
                    if (total := spent + (cost + surcharge)) <= bound:
                        yield length, place + offset, total
        for length, run, cost in moves.runs:
            if spent + cost > bound:
                continue
            for child in self._below(node, run):
                surcharge = _STRIPPED_LETTER * len(run) if child >= self._behind else 0.0
                if (total := spent + (cost + surcharge)) <= bound:
                    yield length, child, total

    def _below(self, node: int, run: bytes) -> Iterable[int]:
        """Return the nodes that some letters lead to."""
        nodes = [node]
        for letter in run:
            nodes = [
                place + children.offset
                for one in nodes
                for children in self._children(one)
                for place in children.places
                if children.letters[place] == letter
            ]
        return nodes

    def _children(self, node: int) -> Sequence[_Children]:
        """Return the children of a node."""
        tree, endings = self._tree, self._endings
        if node >= self._behind:
            place = (node - self._behind) % len(endings)
            return (_Children(endings.children(place), endings.letters, node - place),)
        own = _Children(tree.children(node), tree.letters, 0)
        if not tree.complete[node] or len(tree.words[tree.numbers[node]]) < MIN_STEM:
            return (own,)
        offset = self._behind + tree.numbers[node] * len(endings)
        return own, _Children(endings.children(0), endings.letters, offset)


def _moves(steps: Sequence[Step]) -> _Moves:
    """Return the steps from one place by what they stand for."""
    silent: list[tuple[int, float]] = []
    single: dict[int, list[tuple[int, float]]] = defaultdict(list)
    runs: list[tuple[int, bytes, float]] = []
    for length, persian, cost in steps:
        codes = bytes(map(_codes().__getitem__, persian))
        if not codes:
            silent.append((length, cost))
        elif len(codes) == 1:
            single[codes[0]].append((length, cost))
        else:
            runs.append((length, codes, cost))
    return _Moves(silent, dict(single), {*single, *_vowels()}, runs)


@cache
def _ending_tree() -> PrefixTree:
    return PrefixTree(sorted(stripped_endings()), _letter_codes())


@cache
def _letter_codes() -> NDArray[np.uint8]:
    """Return the code of each character, from 1 on; 0 for those that no rule knows."""
    codes = np.zeros(_BEHIND_ARABIC + 1, np.uint8)
    for letter, code in _codes().items():
        codes[ord(letter)] = code
    return codes


@cache
def _codes() -> Mapping[str, int]:
    """Return the code of each letter that a rule knows."""
    return {letter: code for code, letter in enumerate(persian_letters(), start=1)}


@cache
def _insertions() -> Sequence[float]:
    """Return the cost of a letter that the Latin word does not have, by its code.

    The first one is that of a consonant.
    """
    return [insertion_cost("ب"), *map(insertion_cost, persian_letters())]


@cache
def _vowels() -> Sequence[int]:
    """Return the codes of the letters that Latin words often do not have."""
    costs = _insertions()
    return [code for code, cost in enumerate(costs) if cost < costs[0]]
