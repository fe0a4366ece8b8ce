"""Acronyms: initials with points (U.S., ف.ا.ت.ف) and names of Latin letters (اف‌ای‌تی‌اف)."""

import re
from collections import defaultdict
from functools import cache
from itertools import islice, product
from typing import Final

from index.text.letters import ZWNJ
from index.text.tables import read_table

# Letters with a point after each but the last, which may have one.
_INITIALS: Final = re.compile(r"(?<![\w.])[^\W\d_](?:\.[^\W\d_](?![^\W_]))+\.?(?!\w)")
# So many names with spaces between them are an acronym; two may be words.
_FEWEST_APART: Final = 3
_MOST_LETTERS: Final = 7
_MOST_SPELLINGS: Final = 16


@cache
def _names() -> dict[str, list[str]]:
    """Return the names of each Latin letter, the usual one first."""
    return {letter: names.split() for letter, names in read_table("letter_names.tsv")}


@cache
def _letters() -> dict[str, str]:
    """Return the Latin letters that each name may mean."""
    found: dict[str, str] = defaultdict(str)
    for letter, names in _names().items():
        for name in names:
            found[name] += letter
    return dict(found)


@cache
def _spelled_out() -> re.Pattern[str]:
    name = f"(?:{'|'.join(sorted(_letters(), key=len, reverse=True))})"
    least = _FEWEST_APART - 1
    joined = rf"{name}(?:[.{ZWNJ}]{name})+"
    apart = rf"{name}(?: {name}){{{least},}}"
    return re.compile(rf"(?<![\w{ZWNJ}])(?:{joined}|{apart})(?![\w{ZWNJ}])")


def join_acronyms(text: str) -> str:
    """Return a text, in the letters of `fold_letters`, whose acronyms are one word each.

    Initials lose their points; names of letters are held together by ZWNJ.
    """
    text = _spelled_out().sub(lambda match: re.sub("[. ]+", ZWNJ, match.group()), text)
    return _INITIALS.sub(lambda match: match.group().replace(".", ""), text)


def is_spelled_out(parts: list[str]) -> bool:
    """Return whether the parts of a word are the names of two letters or more."""
    return len(parts) > 1 and all(part in _letters() for part in parts)


def spell_out(acronym: str) -> str | None:
    """Return an acronym of Latin letters as Persian spells it out, or None if it is no such word.

    It is what `join_acronyms` makes of it: fatf is اف‌ای‌تی‌اف.
    """
    if not 1 < len(acronym) <= _MOST_LETTERS or any(letter not in _names() for letter in acronym):
        return None
    return ZWNJ.join(_names()[letter][0] for letter in acronym)


def latin_acronyms(word: str) -> list[str]:
    """Return the acronyms that a word of letters' names may stand for; none for another word."""
    parts = word.split(ZWNJ)
    if not is_spelled_out(parts) or len(parts) > _MOST_LETTERS:
        return []
    ways = product(*(_letters()[part] for part in parts))
    return ["".join(way) for way in islice(ways, _MOST_SPELLINGS)]
