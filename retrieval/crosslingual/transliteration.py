"""Phonetic matching: words in Latin letters against the words of an index.

A Latin word is a weighted rewriting of a Persian one: a group of letters may stand for several
Persian ones, each at a cost (`data/sounds.tsv`), and a short vowel for none. `PhoneticIndex.search`
walks the prefix tree of the index's words with these rewritings, cheapest first, so it only finds
words of the archive. Index terms are stems, often short ones (ایر for ایران). Where a term ends,
the rest of the Latin word may be an ending that the stemmer strips.
"""

import heapq
import math
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final

# The spelling of names in the English press, and Persian as Iranians type it in Latin letters.
NAMES: Final = "sounds.tsv"
PERSIAN: Final = "sounds_persian.tsv"
# Costs of a letter that only one of the two words has; Persian often omits vowels.
_DELETED_CONSONANT: Final = 1.3
_DELETED_VOWEL: Final = 0.6
_INSERTED_CONSONANT: Final = 1.3
_INSERTED_VOWEL: Final = dict.fromkeys("اویهعئء", 0.7)
_CHEAPEST_INSERTION: Final = min(_INSERTED_VOWEL.values())
_DOUBLED: Final = 0.02
# Largest cost above the best match, and the most moves that a search looks at, with those of the
# state that it ends in.
_MARGIN: Final = 0.8
_MAX_MOVES: Final = 8_000
_MAX_WORD: Final = 32
# About 40 MB of branches; the tree is then built again.
_MAX_NODES: Final = 100_000
_VOWELS: Final = frozenset("aeiouy'")
_HIGHEST: Final = "\U0010ffff"
_MIN_STEM: Final = 3
# Endings that the stemmer of `index.text.persian` strips.
_STRIPPED: Final = ("ات", "ان", "تر", "ترین", "م", "ت", "ش", "یی", "ی", "ها")
_LONGEST_ENDING: Final = 6
_STRIPPED_LETTER: Final = 0.15
_LONGEST_GROUP: Final = 4
_APOSTROPHES: Final = frozenset("'’‘`´ʻʼʿʾ")
_FOLDED: Final = {"ı": "i", "ø": "o", "ł": "l", "đ": "dj", "æ": "ae", "œ": "oe", "þ": "th"}

_Step = tuple[int, str, float]


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


class PhoneticIndex:
    """A prefix tree of words, built only where a search visits it."""

    def __init__(self, words: Iterable[str]) -> None:
        """Take the words to be found, in any order."""
        self._words = sorted(set(words))
        self._root = self._new_root()

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
        if self._nodes > _MAX_NODES:
            self._root = self._new_root()
        root = self._root
        steps = _steps(latin, sounds, tails)
        rests = [*(tails.get(latin[at:]) for at in range(len(latin))), ("", 0.0)]
        found: dict[tuple[str, str], SoundMatch] = {}
        bound = max_cost if latin else -1.0
        costs = {(0, root): 0.0}
        queue = [(0.0, 0, 0, root)]
        moves = 0
        while queue and moves < _MAX_MOVES:
            cost, _, at, node = heapq.heappop(queue)
            if cost > bound:
                break
            if cost > costs[at, node]:
                continue
            if (rest := rests[at]) and (word := self._word(node)):
                stem, stripped = word
                match = SoundMatch(stem, stripped + rest[0], cost + rest[1])
                known = found.get((stem, match.ending))
                if known is None or match.cost < known.cost:
                    found[stem, match.ending] = match
                bound = min(bound, match.cost + _MARGIN)
            for length, child, step in self._moves(node, steps[at], cost, bound):
                moves += 1
                state, total = (at + length, child), cost + step
                if total <= bound and total < costs.get(state, math.inf):
                    costs[state] = total
                    heapq.heappush(queue, (total, moves, at + length, child))
        if budget is not None:
            budget.left -= moves
        ranked = sorted(found.values(), key=lambda match: (match.cost, match.term, match.ending))
        return [match for match in ranked if match.cost <= bound][:limit]

    def _new_root(self) -> "_Node":
        """Return a root without branches; other threads may still use an old one."""
        self._nodes = 1
        return _Node(0, len(self._words), 0, None)

    def _word(self, node: "_Node") -> tuple[str, str] | None:
        """Return the word and stripped ending that a node completes, or None."""
        if node.stripped is not None:
            return (
                (self._words[node.low], node.stripped)
                if node.stripped in _stripped_endings()
                else None
            )
        word = self._words[node.low] if node.low < node.high else ""
        return (word, "") if len(word) == node.depth > 0 else None

    def _moves(
        self, node: "_Node", steps: list[_Step], spent: float, bound: float
    ) -> Iterator[tuple[int, "_Node", float]]:
        """Yield (Latin letters read, node reached, cost) for each move from a node.

        Moves whose cost, with what was spent before, is above the bound are not looked for.
        """
        for length, persian, cost in steps:
            if spent + cost > bound:
                continue
            reached = [node]
            for letter in persian:
                reached = [c for one in reached for c in self._children(one).get(letter, ())]
            for child in reached:
                # Letters of a stripped ending are less certain than those of a term.
                yield (
                    length,
                    child,
                    cost + (_STRIPPED_LETTER * len(persian) if child.stripped else 0.0),
                )
        if spent + _CHEAPEST_INSERTION > bound:
            return
        for letter, children in self._children(node).items():
            cost = _INSERTED_VOWEL.get(letter, _INSERTED_CONSONANT)
            for child in children:
                yield 0, child, cost

    def _children(self, node: "_Node") -> dict[str, list["_Node"]]:
        if node.children is None:
            children: dict[str, list[_Node]] = defaultdict(list)
            stripped = node.stripped
            if stripped is None:
                words, at, depth = self._words, node.low, node.depth
                if at < node.high and len(words[at]) == depth:
                    at += 1
                    stripped = "" if depth >= _MIN_STEM else None
                while at < node.high:
                    prefix = words[at][: depth + 1]
                    end = bisect_left(words, prefix + _HIGHEST, at, node.high)
                    children[prefix[-1]].append(_Node(at, end, depth + 1, None))
                    at = end
            if stripped is not None:
                for letter in _letters_after().get(stripped, ""):
                    children[letter].append(_Node(node.low, node.high, 0, stripped + letter))
            # Assigned when complete: another thread sees all children or builds its own.
            node.children = dict(children)
            self._nodes += sum(map(len, children.values()))
        return node.children


class _Node:
    """The words from `low` to `high`, which share their first `depth` letters.

    With `stripped`, the word at `low` with the beginning of an ending that the stemmer stripped.
    """

    __slots__ = ("children", "depth", "high", "low", "stripped")

    def __init__(self, low: int, high: int, depth: int, stripped: str | None) -> None:
        self.low = low
        self.high = high
        self.depth = depth
        self.stripped = stripped
        self.children: dict[str, list[_Node]] | None = None


def is_inflected(word: str, stems: Container[str]) -> bool:
    """Return whether a Persian word is a stem, or a stem with an ending that stemming strips."""
    return word in stems or any(
        word[:at] in stems and word[at:] in _stripped_endings()
        for at in range(max(_MIN_STEM, len(word) - _LONGEST_ENDING), len(word))
    )


@cache
def _stripped_endings() -> frozenset[str]:
    """Return the endings that stemming, which is repeated, may strip from a word."""
    endings = {"".join(parts) for n in (1, 2, 3) for parts in product(_STRIPPED, repeat=n)}
    return frozenset(ending for ending in endings if len(ending) <= _LONGEST_ENDING)


@cache
def _letters_after() -> dict[str, str]:
    """Return the letters that may follow each beginning of a stripped ending."""
    after: dict[str, set[str]] = defaultdict(set)
    for ending in _stripped_endings():
        for at, letter in enumerate(ending):
            after[ending[:at]].add(letter)
    return {beginning: "".join(sorted(letters)) for beginning, letters in after.items()}


def latin_letters(word: str) -> str:
    """Return a word's Latin letters and apostrophes, lower-case, without diacritics."""
    if word.isascii() and word.isalpha():
        return word.lower()[:_MAX_WORD]
    folded = unicodedata.normalize("NFKD", word).casefold()
    kept = "".join(
        "'" if letter in _APOSTROPHES else _FOLDED.get(letter, letter) for letter in folded
    )
    return "".join(c for c in kept if "a" <= c <= "z" or c == "'").strip("'")[:_MAX_WORD]


def _steps(latin: str, sounds: str, tails: Mapping[str, tuple[str, float]]) -> list[list[_Step]]:
    """Return the steps from each position in a Latin word."""
    rules = _rules(sounds)
    steps: list[list[_Step]] = []
    for at, letter in enumerate(latin):
        options: dict[tuple[int, str], float] = {
            (1, ""): _DELETED_VOWEL if letter in _VOWELS else _DELETED_CONSONANT
        }
        if at and letter == latin[at - 1] and letter not in _VOWELS:
            options[1, ""] = _DOUBLED
        for length in range(1, _LONGEST_GROUP + 1):
            group = latin[at : at + length]
            if len(group) < length:
                break
            ends = not (rest := latin[at + length :]) or rest in tails
            placed = ("^" + group if at == 0 else "", group + "$" if ends else "")
            for name in [name for name in placed if name in rules] or [group]:
                for persian, cost in rules.get(name, ()):
                    key = (length, persian)
                    options[key] = min(cost, options.get(key, math.inf))
        steps.append([(length, persian, cost) for (length, persian), cost in options.items()])
    return [*steps, []]


@cache
def _rules(sounds: str) -> dict[str, list[tuple[str, float]]]:
    rules: dict[str, list[tuple[str, float]]] = {}
    table = files("retrieval").joinpath("data", sounds).read_text("utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            group, options = line.split("\t")
            pairs = (option.split("=") for option in options.split())
            rules[group] = [("" if fa == "-" else fa, float(cost)) for fa, cost in pairs]
    return rules
