"""Transliteration: what Latin letters may stand for in Persian words, each at a cost.

A Latin word is a weighted rewriting of a Persian one: a group of letters may stand for several
Persian ones (`data/sounds.tsv`), and a short vowel for none.
"""

import math
import unicodedata
from collections.abc import Container, Mapping, Sequence
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
_INSERTED_VOWEL: Final = 0.7
_PERSIAN_VOWELS: Final = "اویهعئء"
_DOUBLED: Final = 0.02
_MAX_WORD: Final = 32
_VOWELS: Final = frozenset("aeiouy'")
MIN_STEM: Final = 3
# Endings that the stemmer of `index.text.persian` strips.
_STRIPPED: Final = ("ات", "ان", "تر", "ترین", "م", "ت", "ش", "یی", "ی", "ها")
_LONGEST_ENDING: Final = 6
_LONGEST_GROUP: Final = 4
_APOSTROPHES: Final = frozenset("'’‘`´ʻʼʿʾ")
_FOLDED: Final = {"ı": "i", "ø": "o", "ł": "l", "đ": "dj", "æ": "ae", "œ": "oe", "þ": "th"}

Step = tuple[int, str, float]


def is_inflected(word: str, stems: Container[str]) -> bool:
    """Return whether a Persian word is a stem, or a stem with an ending that stemming strips."""
    return word in stems or any(
        word[:at] in stems and word[at:] in stripped_endings()
        for at in range(max(MIN_STEM, len(word) - _LONGEST_ENDING), len(word))
    )


@cache
def stripped_endings() -> frozenset[str]:
    """Return the endings that stemming, which is repeated, may strip from a word."""
    endings = {"".join(parts) for n in (1, 2, 3) for parts in product(_STRIPPED, repeat=n)}
    return frozenset(ending for ending in endings if len(ending) <= _LONGEST_ENDING)


@cache
def persian_letters() -> Sequence[str]:
    """Return the letters that any rule knows; every other one is like a consonant of its own."""
    rules = (rule for table in (NAMES, PERSIAN) for rule in _rules(table).values())
    spelled = "".join(persian for rule in rules for persian, _ in rule)
    return sorted({*spelled, *"".join(stripped_endings()), *_PERSIAN_VOWELS})


def insertion_cost(letter: str) -> float:
    """Return the cost of a Persian letter that the Latin word does not have."""
    return _INSERTED_VOWEL if letter in _PERSIAN_VOWELS else _INSERTED_CONSONANT


def latin_letters(word: str) -> str:
    """Return a word's Latin letters and apostrophes, lower-case, without diacritics."""
    if word.isascii() and word.isalpha():
        return word.lower()[:_MAX_WORD]
    folded = unicodedata.normalize("NFKD", word).casefold()
    kept = "".join(
        "'" if letter in _APOSTROPHES else _FOLDED.get(letter, letter) for letter in folded
    )
    return "".join(c for c in kept if "a" <= c <= "z" or c == "'").strip("'")[:_MAX_WORD]


def latin_steps(
    latin: str, sounds: str, tails: Mapping[str, tuple[str, float]]
) -> list[list[Step]]:
    """Return the steps from each position in a Latin word: letters read, Persian letters, cost.

    Args:
        latin: a word from `latin_letters`.
        sounds: the table of spellings: `NAMES` or `PERSIAN`.
        tails: Latin endings that may follow a whole word.
    """
    rules = _rules(sounds)
    steps: list[list[Step]] = []
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
    return steps


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
