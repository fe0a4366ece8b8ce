"""A question as a line of time symbols, for the grammar in `date_expressions`.

Every word becomes a symbol: «هفته», *hafte* and *hafteye* are `WEEKp`, *week* is `WEEKe`, a number
is its digits, and a word that has nothing to do with time stays as it is. The table is
`data/time_words.tsv`.

The line is the same `TokenLine` that agencies, codes and "latest" are found in, but its tokens are
cut more finely: `11:30`, `2015-2017` and `1404/08/27` need their digits and marks, which
`TokenizedText` joins or drops. Letters are folded one by one, so that offsets in the text as it was
typed survive.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from index.text.persian import ZWNJ, to_latin_digits
from retrieval.token_line import Token, TokenLine

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


def symbol_line(text: str) -> TokenLine:
    """Return a text as a line of symbols; a phrase of the table becomes one symbol."""
    tokens = list(_tokens(text))
    table = _table()
    symbols: list[Token] = []
    at = 0
    while at < len(tokens):
        first = tokens[at]
        symbol, size = table.symbols.get(first.plain, first.plain), 1
        for longer in range(min(table.longest.get(first.plain, 1), len(tokens) - at), 1, -1):
            phrase = " ".join(token.plain for token in tokens[at : at + longer])
            if phrase in table.symbols:
                symbol, size = table.symbols[phrase], longer
                break
        at += size
        symbols.append(Token(symbol, first.start, tokens[at - 1].end))
    return TokenLine(symbols)


def _fold(text: str) -> str:
    """Return a text of the same length with one form of each letter and digit."""
    return to_latin_digits(text).translate(_FOLDS)


def _tokens(text: str) -> Iterator[Token]:
    """Yield the words, numbers and marks of a text."""
    for match in _TOKEN.finditer(_fold(text)):
        start, end = match.span()
        if match.lastgroup == "dashed":  # A range; its parts are numbers of their own.
            left, dash, right = re.split(r"([-–—−])", match.group())
            yield Token(left, start, start + len(left))
            yield Token(dash, start + len(left), end - len(right))
            yield Token(right, end - len(right), end)
        elif match.lastgroup == "word":
            if spelled := _SPELLING_IGNORES.sub("", match.group()):
                yield Token(spelled, start, end)
        elif match.lastgroup == "owner":
            yield Token("s", start, end)
        else:
            yield Token(match.group(match.lastgroup or 0), start, end)


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
                    words = [token.plain for token in _tokens(form)]
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
