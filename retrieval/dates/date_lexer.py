"""A question as a line of time symbols, for the grammar in `date_expressions`.

Every word becomes a symbol: «هفته», *hafte* and *hafteye* are `WEEKp`, *week* is `WEEKe`, a number
is its digits, and a word that has nothing to do with time stays as it is. The names of months and
the numbers in words are those of `index.dates`, by which sources are read, too; the other words are
in `data/time_words.tsv`.

The line is the same `TokenLine` that agencies, codes and "latest" are found in, but its tokens are
cut more finely: `11:30`, `2015-2017` and `1404/08/27` need their digits and marks, which
`TokenizedText` joins or drops.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from index.dates.lexer import lexemes, month_names, read_number, spelled
from index.text.persian import ZWNJ
from retrieval.token_line import Token, TokenLine

_PLURALS: Final = ("ی", "ها", "های", "هایی")
_FIRST_YEAR: Final = 1000
_PART: Final = re.compile("(?:HALF|QUARTER|WEEK)[1-4]p")


def symbol_line(text: str) -> TokenLine:
    """Return a text as a line of symbols; a phrase of the table becomes one symbol."""
    words = list(lexemes(text))
    table = _table()
    symbols: list[Token] = []
    at = 0
    while at < len(words):
        first = words[at]
        symbol, size = table.symbols.get(first.text), 1
        for longer in range(min(table.longest.get(first.text, 1), len(words) - at), 1, -1):
            phrase = " ".join(word.text for word in words[at : at + longer])
            if phrase in table.symbols:
                symbol, size = table.symbols[phrase], longer
                break
        if size == 1 and (number := read_number(words, at)) and (number.size > 1 or not symbol):
            symbol, size = _number_symbol(number.value, number.ordinal, first.text), number.size
        at += size
        symbols.append(Token(symbol or first.text, first.start, words[at - 1].end))
    return TokenLine(symbols)


def _number_symbol(value: int, ordinal: bool, word: str) -> str:
    """Return O for ordinals and N for numbers; those of English have an "e", years are digits."""
    if value >= _FIRST_YEAR:
        return str(value)
    if ordinal:
        return f"O{value:02}"
    return f"N{value}e" if word in _ENGLISH else f"N{value}"


_ENGLISH: Final = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty "
    "ninety".split()
)


@dataclass(frozen=True, slots=True)
class _Table:
    """The symbol of each spelling, and how many words the longest has that begins with a word."""

    symbols: dict[str, str]
    longest: dict[str, int]


@cache
def _table() -> _Table:
    text = files("retrieval").joinpath("data", "time_words.tsv").read_text("utf-8")
    symbols = dict(month_names())
    for line in text.splitlines():
        if line and not line.startswith("#"):
            symbol, spellings = line.split("\t")
            for spelling in spellings.split(", "):
                for form, meaning in _forms(spelling, symbol):
                    symbols.setdefault(spelled(form), meaning)
    longest: dict[str, int] = {}
    for phrase in symbols:
        first, *others = phrase.split(" ")
        longest[first] = max(longest.get(first, 1), 1 + len(others))
    return _Table(symbols, longest)


def _forms(spelling: str, symbol: str) -> Iterator[tuple[str, str]]:
    """Yield an entry of the table, and what follows from it."""
    yield spelling, symbol
    if _PART.fullmatch(symbol):  # «سه‌ماههٔ اول» is «سه‌ماهه‌ی اول», too.
        yield spelling.replace("ه ", f"ه{ZWNJ}ی ").replace(f"سه{ZWNJ}ی", "سه"), symbol
    if symbol == "NAMEDp":
        for ending in _PLURALS:
            yield f"{spelling}{ZWNJ}{ending}", symbol
