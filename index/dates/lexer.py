"""The words of dates: texts cut into words and numbers, names of months, numbers in words."""

import re
from collections.abc import Iterator, Mapping, Sequence
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
_LEXEME: Final = re.compile(
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
_PLAIN: Final = re.compile(rf"[^\W\d_]+(?:[ {ZWNJ}][^\W\d_]+)*")
_SPELLING_IGNORES: Final = re.compile(rf"['’`{_IGNORED}]")
_UNSEEN: Final = re.compile(rf"[{_IGNORED}{_BLANK}]")
_MONTH_OF_PERSIAN: Final = re.compile("[JG][0-9]{2}pw?x?")
_CONJUNCTIONS: Final = frozenset(("و", "o", "va", "and"))
# A number is written from its largest part to its smallest.
_STEPS: Final = (1000, 100, 20, 1)
_THOUSAND: Final = 1000


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A word, a number, a date in digits, or a mark of a text, folded, with its offsets."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NumberInWords:
    """A number that is written in words.

    Attributes:
        value: the number.
        ordinal: whether it is an ordinal: «بیست و هفتم».
        size: how many lexemes it takes.
    """

    value: int
    ordinal: bool
    size: int


def fold(text: str) -> str:
    """Return a text of the same length with one form of each letter and digit."""
    return to_latin_digits(text).translate(_FOLDS)


def without_unseen(text: str) -> str:
    """Return a text without joiners, diacritics and marks of direction."""
    return _UNSEEN.sub("", text)


def lexemes(text: str) -> Iterator[Lexeme]:
    """Yield the words, numbers and marks of a text."""
    for match in _LEXEME.finditer(fold(text)):
        start, end = match.span()
        if match.lastgroup == "dashed":  # A range; its parts are numbers of their own.
            left, dash, right = re.split(r"([-–—−])", match.group())
            yield Lexeme(left, start, start + len(left))
            yield Lexeme(dash, start + len(left), end - len(right))
            yield Lexeme(right, end - len(right), end)
        elif match.lastgroup == "word":
            if spelled := _SPELLING_IGNORES.sub("", match.group()):
                yield Lexeme(spelled, start, end)
        elif match.lastgroup == "owner":
            yield Lexeme("s", start, end)
        else:
            yield Lexeme(match.group(match.lastgroup or 0), start, end)


def spelled(text: str) -> str:
    """Return the lexemes of a text with a space between them."""
    folded = fold(text)
    # Most entries of tables have nothing to cut or to leave out but joiners.
    if _PLAIN.fullmatch(folded):
        return folded.replace(ZWNJ, "")
    return " ".join(lexeme.text for lexeme in lexemes(text))


@cache
def month_names() -> Mapping[str, str]:
    """Return the symbol of each name of a month, as `month_names.tsv` explains them.

    A name is folded, its words separated by spaces; «آبان‌ماه» is "J08p MONTHp".
    """
    symbols: dict[str, str] = {}
    for symbol, spelling in _table("month_names.tsv"):
        symbols.setdefault(spelled(spelling), symbol)
        if _MONTH_OF_PERSIAN.fullmatch(symbol):
            symbols.setdefault(spelled(f"{spelling}{ZWNJ}ماه"), f"{symbol} MONTHp")
    return symbols


def read_number(words: Sequence[Lexeme], at: int) -> NumberInWords | None:
    """Read the number in words that begins at a place: «بیست و هفتم», twenty-one."""
    values = _number_words()
    value, size, ordinal = 0, 0, False
    limit: int | None = None  # What the next part must be less than.
    place = at
    while place < len(words) and not ordinal:
        part = values.get(words[place].text)
        if part is None:
            break
        number, ordinal = part
        if number == _THOUSAND and 0 < value < 100:  # دو هزار
            value *= _THOUSAND
        elif limit is None or number < limit:
            value += number
        else:
            break
        limit = next((step for step in _STEPS if number >= step), 1)
        # After «ده» or «یک» nothing follows but «هزار».
        if limit == 1 and not _is(words, place + 1, "هزار"):
            size = place + 1 - at
            break
        size = place + 1 - at
        place = _next_part(words, place + 1)
    return NumberInWords(value, ordinal, size) if size else None


def _is(words: Sequence[Lexeme], at: int, word: str) -> bool:
    return at < len(words) and words[at].text == word


def _next_part(words: Sequence[Lexeme], at: int) -> int:
    """Return the place after a conjunction or a hyphen; a thousand needs none."""
    joined = at < len(words) and (
        words[at].text in _CONJUNCTIONS or (words[at].text == "-" and words[at - 1].text.isascii())
    )
    latin = at < len(words) and words[at].text.isascii() and words[at].text.isalpha()
    if joined:
        return at + 1
    return at if latin or _is(words, at, "هزار") else len(words)


@cache
def _number_words() -> Mapping[str, tuple[int, bool]]:
    """Return the value of each word, and whether it is an ordinal."""
    values: dict[str, tuple[int, bool]] = {}
    for symbol, spelling in _table("number_words.tsv"):
        values.setdefault(
            spelled(spelling), (int(symbol.removeprefix("O")), symbol.startswith("O"))
        )
    units = [(word, part) for word, part in values.items() if part[0] < 10 and not word.isascii()]
    tens = [
        (word, value)
        for word, (value, ordinal) in values.items()
        if value in range(20, 100) and not ordinal and not word.isascii()
    ]
    for ten, value in tens:  # «بیست‌وهفتم» in one piece
        for unit, (more, ordinal) in units:
            values.setdefault(f"{ten}و{unit}", (value + more, ordinal))
    return values


def _table(name: str) -> Iterator[tuple[str, str]]:
    """Yield the rows of a table: a symbol and one of its spellings."""
    text = files("index.dates").joinpath(name).read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            symbol, spellings = line.split("\t")
            for spelling in spellings.split(", "):
                yield symbol, spelling
