"""A question's words by what they say about time, for the grammar in `date_expressions`.

Every word becomes a symbol: «هفته», *hafte* and *hafteye* are `WEEKp`, *week* is `WEEKe`, a number
is its digits, and a word that says nothing of time stays as it is. The table is
`data/time_words.tsv`. `persian.normalise` moves letters about, and what is found here is cut
from the text as it was typed; so letters are folded one by one, and each symbol knows its place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from index.text.persian import ZWNJ, to_latin_digits

_FOLDS: Final = str.maketrans(
    "يىئكآأإٱۀةؤABCDEFGHIJKLMNOPQRSTUVWXYZ", "یییکااااههوabcdefghijklmnopqrstuvwxyz"
)
# What may stand inside a word and is no part of its spelling: diacritics, keshide, joiners, marks
# of direction and apostrophes.
_IGNORED: Final = "\u0640\u064b-\u065f\u0670\u200b-\u200f"
_BLANK: Final = "\u202a-\u202e\u2066-\u2069\ufeff"
_TOKEN: Final = re.compile(
    rf"""
    (?P<dashed>[0-9]+[-–—−][0-9]+(?![0-9a-z]|[-–—−/.:,][0-9]))  # 2015-2017
  | (?P<figure>[0-9]+(?:[-–—−/.:,٫٬+][0-9]+)+(?![0-9a-z]))       # 1404/08/27, 11:30
  | (?P<number>[0-9]+)(?:st|nd|rd|th|om|e)?(?![0-9a-z])
  | (?P<word>[^\W_](?:[^\W\d_]|(?<=[a-z0-9])[0-9]|[{_IGNORED}]|['’`](?=[a-z])(?!s(?![a-z])))*)
  | (?P<owner>['’`]s(?![a-z]))
  | (?P<mark>[^\w\s{_IGNORED}{_BLANK}])
    """,
    re.VERBOSE,
)
_SPELLING_IGNORES: Final = re.compile(rf"['’`{_IGNORED}]")
_PERSIAN_MONTH: Final = re.compile("[JG][0-9]{2}pw?")
_UNIT_ORDINAL: Final = re.compile("O0[1-9]")
_PLURALS: Final = ("ی", "ها", "های", "هایی")


@dataclass(frozen=True, slots=True)
class SymbolLine:
    """A text as symbols.

    Attributes:
        symbols: what its words stand for, one space between any two.
        places: where each word begins in `symbols`, in order.
        starts: where each word begins in the text.
        ends: where it ends there.
    """

    symbols: str
    places: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.places)

    def before(self, word: int) -> str:
        """Return the symbols before a word, without the space after them."""
        return self.symbols[: max(self.places[word] - 1, 0)]

    def after(self, word: int) -> str:
        """Return the symbols from a word on, with a space before them; word may be the length."""
        return f" {self.symbols[self.places[word] :]}" if word < len(self.places) else ""

    def symbol(self, word: int) -> str:
        """Return the symbol of a word; empty outside the text."""
        if not 0 <= word < len(self.places):
            return ""
        end = self.places[word + 1] - 1 if word + 1 < len(self.places) else None
        return self.symbols[self.places[word] : end]


def read_line(text: str) -> SymbolLine:
    """Turn a text into symbols; words that are spelled as several in the table become one."""
    tokens = list(_tokens(text))
    table = _table()
    symbols: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(tokens):
        spelled, start, _ = tokens[at]
        size = min(table.longest.get(spelled, 1), len(tokens) - at)
        while size > 1:
            phrase = " ".join(word for word, _, _ in tokens[at : at + size])
            if phrase in table.symbols:
                spelled = phrase
                break
            size -= 1
        at += size
        symbols.append(table.symbols.get(spelled, spelled))
        starts.append(start)
        ends.append(tokens[at - 1][2])
    places: list[int] = []
    place = 0
    for symbol in symbols:
        places.append(place)
        place += len(symbol) + 1
    return SymbolLine(" ".join(symbols), tuple(places), tuple(starts), tuple(ends))


def _fold(text: str) -> str:
    """Return a text of the same length with one form of each letter and digit."""
    return to_latin_digits(text).translate(_FOLDS)


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the spelling of each word, number and mark, and where it is."""
    for match in _TOKEN.finditer(_fold(text)):
        start, end = match.span()
        if match.lastgroup == "dashed":  # A range; its parts are numbers of their own.
            left, dash, right = re.split(r"([-–—−])", match.group())
            yield left, start, start + len(left)
            yield dash, start + len(left), end - len(right)
            yield right, end - len(right), end
        elif match.lastgroup == "word":
            if spelled := _SPELLING_IGNORES.sub("", match.group()):
                yield spelled, start, end
        elif match.lastgroup == "owner":
            yield "s", start, end
        else:
            yield match.group(match.lastgroup or 0), start, end


@dataclass(frozen=True, slots=True)
class _Table:
    """The symbol of each spelling, and how many words the longest has that begins with a word."""

    symbols: dict[str, str]
    longest: dict[str, int]


@cache
def _table() -> _Table:
    text = files("retrieval").joinpath("data", "time_words.tsv").read_text("utf-8")
    symbols: dict[str, str] = {}
    longest: dict[str, int] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            symbol, spellings = line.split("\t")
            for spelling in spellings.split(", "):
                for form, meaning in _forms(spelling, symbol):
                    words = [word for word, _, _ in _tokens(form)]
                    symbols.setdefault(" ".join(words), meaning)
                    longest[words[0]] = max(longest.get(words[0], 1), len(words))
    return _Table(symbols, longest)


def _forms(spelling: str, symbol: str) -> Iterator[tuple[str, str]]:
    """Yield an entry of the table, and what follows from it."""
    yield spelling, symbol
    if symbol == "NAMEDp":
        for ending in _PLURALS:
            yield f"{spelling}{ZWNJ}{ending}", symbol
    elif _PERSIAN_MONTH.fullmatch(symbol):
        yield f"{spelling}{ZWNJ}ماه", f"{symbol} MONTHp"
    elif _UNIT_ORDINAL.fullmatch(symbol) and spelling.endswith("م"):
        for tens, word in ((20, "بیست"), (30, "سی")):
            for joint in (" و ", f"{ZWNJ}و{ZWNJ}", f" و{ZWNJ}"):
                yield f"{word}{joint}{spelling}", f"O{tens + int(symbol[1:]):02}"
