"""Numbers in texts, in digits and in words, so that every way of writing one meets in one term.

`۱٬۵۰۰`, `1,500`, `هزار و پانصد` and `one thousand five hundred` are all `1500`; `۷۵ درصد`, `٪۷۵`
and `75 percent` are `75%`; `سوم`, `۳ام`, `third` and `3rd` are `3.`; `۲ بر ۱` and `2–1` are `2-1`.
Dates and times of day are left alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, auto
from typing import Final, NamedTuple

from index.text.letters import translation_table
from index.text.number_words import (
    ENGLISH,
    ENGLISH_ORDINALS,
    FIRST_WORDS,
    HALVES,
    HUNDRED,
    PERSIAN,
    PERSIAN_ORDINALS,
    SCALES,
    is_persian_number,
    limit_after,
    may_have_number,
)

# Both tables keep every character's place, so that offsets are those of the text.
_LETTERS: Final = translation_table(
    dict(zip("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩يىك", "01234567890123456789ییک", strict=True))
)
_TOKEN: Final = re.compile(
    r"""
    (?P<word>[^\W\d_]+)
    |(?P<other>\d+(?:[./:–-]\d+){2,}|\d{1,2}:\d\d(?!\d))   # a date, a time, a version
    |(?P<slash>\d+/\d+)                                   # ۲/۵ میلیون, or a date
    |(?P<digits>\d{1,3}(?:[,٬،]\d{3})+(?!\d)(?:[.٫]\d+)?|\d+(?:[.٫]\d+)?)
    |(?P<percent>[%٪])
    """,
    re.VERBOSE,
)
_TERM: Final = re.compile(r"\d+(?:\.\d+)?(?P<ending>[%.]|-\d+)?")
_DIGITS: Final = re.compile(r"\d+")
# What may stand between the parts of one number; a hyphen as in "twenty-five" and "2-1".
_GAP: Final = re.compile(r"[ \t\u00a0\u200c]*")
_HYPHEN: Final = re.compile(r"[ \u00a0]?[-–—\u2212][ \u00a0]?")

_ORDINAL_ENDINGS: Final = frozenset("ام اُم م مین امین st nd rd th".split())
_PERCENT_TERM: Final = "درصد"
_PERCENT: Final = frozenset((_PERCENT_TERM, "percent", "pct"))
_AND: Final = frozenset(("و", "and"))
_MOST_GOALS: Final = 30
# More digits are a telephone number or a code.
_MOST_DIGITS: Final = 15


class NumberKind(StrEnum):
    """The kinds of numbers, whose terms differ."""

    CARDINAL = auto()
    ORDINAL = auto()
    PERCENT = auto()
    SCORE = auto()


@dataclass(frozen=True, slots=True)
class NumberExpression:
    """A number in a text.

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        kind: whether it counts, ranks, is a share or the result of a match.
        value: the number, in decimal digits; "2-1" for a score, the higher one first, since in
            Persian either side may be read first.
        text: as it stands in the text.
        words: whether it has any part in words.
    """

    start: int
    end: int
    kind: NumberKind
    value: str
    text: str
    words: bool

    @property
    def term(self) -> str:
        """Its index term."""
        return self.value + {NumberKind.ORDINAL: ".", NumberKind.PERCENT: "%"}.get(self.kind, "")


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Number:
    """A number that was read from some tokens: its value, and the place after them."""

    value: Decimal
    after: int
    ordinal: bool = False


def number_terms(text: str) -> list[str]:
    """Return the terms of the numbers of a text, those that its words do not have already.

    A percentage is a number and the word for its sign too: ۷۵٪ is `75%`, `75` and `درصد`.
    """
    found: list[str] = []
    for number in find_numbers(text):
        in_words = {*_DIGITS.findall(number.text.translate(_LETTERS)), *number.text.split()}
        terms = {number.term: None}
        if number.kind is NumberKind.PERCENT:
            terms |= {number.value: None, _PERCENT_TERM: None}
        found.extend(term for term in terms if term not in in_words)
    return found


def term_kind(term: str) -> NumberKind | None:
    """Return the kind of number that an index term is, or None for a word."""
    match = _TERM.fullmatch(term)
    if match is None:
        return None
    match match.group("ending"):
        case None:
            return NumberKind.CARDINAL
        case "%":
            return NumberKind.PERCENT
        case ".":
            return NumberKind.ORDINAL
        case _:
            return NumberKind.SCORE


def find_numbers(text: str) -> list[NumberExpression]:
    """Return the numbers of a text in their order, in Persian and in English.

    «یک», "a" and "one" alone are articles or pronouns, and «هزار», "million" alone are no number.
    """
    spelled = text.translate(_LETTERS).lower()
    if len(spelled) != len(text):  # A letter whose small form is two: İ.
        spelled = text.translate(_LETTERS)
    return list(_Reader(text, spelled).numbers()) if may_have_number(spelled) else []


class _Reader:
    """Reads the numbers of one text."""

    def __init__(self, text: str, spelled: str) -> None:
        self._text, self._spelled = text, spelled
        self._tokens = [token for match in _TOKEN.finditer(spelled) for token in _cut(match)]

    def numbers(self) -> Iterator[NumberExpression]:
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            # Most words of a text: looked up once instead of once for each kind of number.
            begins = token.kind != "word" or token.text in FIRST_WORDS
            number = self._number(at) if begins else None
            if number is None:
                at += 1
                continue
            expression, at = self._expression(at, number)
            if expression is not None:
                yield expression

    def _expression(self, at: int, number: _Number) -> tuple[NumberExpression | None, int]:
        """Return the number from a token on with its sign or its opponent, and the place after."""
        first, after = at, number.after
        if number.ordinal:
            return self._made(first, after, NumberKind.ORDINAL, _digits(number.value)), after
        if (other := self._opponent(number)) is not None:
            high, low = sorted((number.value, other.value), reverse=True)
            score = f"{_digits(high)}-{_digits(low)}"
            return self._made(first, other.after, NumberKind.SCORE, score), other.after
        if self._is_percent(after):
            two = self._word(after) == "per"
            after += 2 if two else 1
            return self._made(first, after, NumberKind.PERCENT, _digits(number.value)), after
        if at and self._tokens[at - 1].kind == "percent" and self._joined(at - 1):
            return self._made(at - 1, after, NumberKind.PERCENT, _digits(number.value)), after
        if self._is_ordinal(after):
            value = _digits(number.value)
            return self._made(first, after + 1, NumberKind.ORDINAL, value), after + 1
        if after - first == 1 and self._tokens[first].text in {"یک", "یه", "one"}:
            return None, after
        return self._made(first, after, NumberKind.CARDINAL, _digits(number.value)), after

    def _made(self, first: int, after: int, kind: NumberKind, value: str) -> NumberExpression:
        start, end = self._tokens[first].start, self._tokens[after - 1].end
        words = any(
            token.kind == "word" and token.text not in _ORDINAL_ENDINGS | _PERCENT
            for token in self._tokens[first:after]
        )
        return NumberExpression(start, end, kind, value, self._text[start:end], words)

    def _opponent(self, number: _Number) -> _Number | None:
        """Return the other number of a score, «۲ بر ۱» or 2–1, or None."""
        after = number.after
        if not 0 <= number.value <= _MOST_GOALS or after >= len(self._tokens):
            return None
        if self._word(after) == "بر":
            other = self._number(after + 1)
        elif (
            self._tokens[after].kind == self._tokens[after - 1].kind == "digits"
            and _HYPHEN.fullmatch(self._between(after - 1))
            and not self._spelled.startswith(("/", "-"), self._tokens[after].end)
        ):
            other = self._number(after)
        else:
            return None
        if other is None or other.ordinal or not 0 <= other.value <= _MOST_GOALS:
            return None
        whole = number.value % 1 == 0 and other.value % 1 == 0
        return other if whole else None

    def _is_percent(self, at: int) -> bool:
        if at >= len(self._tokens) or not self._joined(at - 1):
            return False
        if self._tokens[at].kind == "percent" or self._word(at) in _PERCENT:
            return True
        return self._word(at) == "per" and self._word(at + 1) == "cent"

    def _is_ordinal(self, at: int) -> bool:
        """Return whether a token makes the digits before it a rank: ۲۵ام, 25th."""
        digits = self._tokens[at - 1].kind == "digits" and self._joined(at - 1)
        return digits and self._word(at) in _ORDINAL_ENDINGS

    def _number(self, at: int) -> _Number | None:
        """Return the number from a token on: «دو میلیون و سیصد هزار», 2.5 million, twenty-five."""
        total, scale = Decimal(0), None
        after, here = at, at
        while (part := self._below_thousand(here)) or (after == at and self._starts_scale(here)):
            part = part or _Number(Decimal(1), here)
            if part.ordinal:
                return _Number(total + part.value, part.after, ordinal=True)
            factor = SCALES.get(self._word(part.after)) if self._follows(part, here) else None
            if scale is not None and (factor or 1) * part.value >= scale:
                break
            total += part.value * (factor or 1)
            after = part.after + (factor is not None)
            if factor is None:
                return _Number(total, after)
            scale = factor
            half = self._half(after)
            if half is not None and total == factor * part.value:
                return _Number(total + Decimal(factor) / 2, half)
            here = self._continued(after)
        return _Number(total, after) if after > at else None

    def _follows(self, part: _Number, here: int) -> bool:
        """Return whether the token after a part belongs to it; a bare scale is its own part."""
        return part.after == here or self._joined(part.after - 1)

    def _starts_scale(self, at: int) -> bool:
        """Return whether a number begins with a bare scale: «هزار و پانصد»."""
        if self._word(at) not in SCALES or self._word(at + 1) not in _AND:
            return False
        rest = self._below_thousand(at + 2) if self._joined(at) and self._joined(at + 1) else None
        return rest is not None and rest.value < SCALES[self._word(at)]

    def _continued(self, at: int) -> int:
        """Return where a number goes on after a scale: behind «و» or "and", if there is one."""
        if at >= len(self._tokens) or not self._joined(at - 1):
            return len(self._tokens)
        if self._word(at) in _AND:
            return at + 1 if self._joined(at) else len(self._tokens)
        return at if self._word(at).isascii() else len(self._tokens)

    def _half(self, at: int) -> int | None:
        """Return the place after «و نیم» or "and a half", or None."""
        if self._word(at) not in _AND or not self._joined(at - 1):
            return None
        at += 1 + (self._word(at + 1) == "a")
        return at + 1 if self._word(at) in HALVES else None

    def _below_thousand(self, at: int) -> _Number | None:
        """Return the number in digits, or the one below a thousand in words, from a token on."""
        if at >= len(self._tokens):
            return None
        token = self._tokens[at]
        if token.kind in ("digits", "slash"):
            return self._in_digits(at)
        if token.kind != "word":
            return None
        if token.text in HALVES:
            after = at + 1 + (self._word(at + 1) == "a")
            return _Number(Decimal("0.5"), after) if self._word(after) in SCALES else None
        if token.text == "a" and self._word(at + 1) == HUNDRED:
            return self._english(at)
        if token.text == "a" and self._word(at + 1) in SCALES:
            return _Number(Decimal(1), at + 1)
        if token.text in ENGLISH or token.text in ENGLISH_ORDINALS:
            return self._english(at)
        return self._persian(at)

    def _in_digits(self, at: int) -> _Number | None:
        token = self._tokens[at]
        text = re.sub("[,٬،]", "", token.text).replace("٫", ".")
        after = at + 1
        if token.kind == "slash":
            text = text.replace("/", ".")
            if not (self._is_percent(after) or self._word(after) in SCALES):
                return None
        if len(text) > _MOST_DIGITS:
            return None
        value = Decimal(text)
        half = self._half(after)
        if half is not None and self._word(half) in SCALES:
            return _Number(value + Decimal("0.5"), half)
        return _Number(value, after)

    def _persian(self, at: int) -> _Number | None:
        """Return «سیصد و بیست و پنج», with or without an ordinal's ending or a half."""
        total, smallest = 0, 1000
        after = here = at
        while True:
            word = self._word(here)
            if (value := PERSIAN.get(word)) is not None and value < limit_after(smallest):
                total, smallest, after = total + value, value, here + 1
            elif (value := PERSIAN_ORDINALS.get(word)) is not None and value < limit_after(
                smallest
            ):
                return _Number(Decimal(total + value), here + 1, ordinal=True)
            else:
                break
            if value == 30 and self._word(after) in {"ام", "امین"} and self._joined(after - 1):
                return _Number(Decimal(total), after + 1, ordinal=True)
            if self._word(after) not in _AND or not self._joined(after - 1):
                break
            if (half := self._half(after)) is not None:
                return _Number(total + Decimal("0.5"), half)
            here = after + 1
        return _Number(Decimal(total), after) if after > at else None

    def _english(self, at: int) -> _Number | None:
        """Return "three hundred and twenty-five", with or without an ordinal's ending or a half."""
        word = self._word(at)
        if (rank := ENGLISH_ORDINALS.get(word)) is not None:
            return _Number(Decimal(rank), at + 1, ordinal=True)
        total, after = ENGLISH.get(word, 1), at + 1  # "a hundred"
        if total >= 20 and self._joined(after - 1, hyphen=True):
            unit = ENGLISH.get(self._word(after), 0)
            rank = ENGLISH_ORDINALS.get(self._word(after), 0)
            if 0 < unit < 10:
                total, after = total + unit, after + 1
            elif 0 < rank < 10:
                return _Number(Decimal(total + rank), after + 1, ordinal=True)
        if self._word(after) == HUNDRED and total < 100:
            total, after = total * 100, after + 1
            here = after + (self._word(after) in _AND)
            rest = self._english(here) if self._word(here) in ENGLISH else None
            if rest is not None and rest.value < 100:
                return _Number(total + rest.value, rest.after, rest.ordinal)
        half = self._half(after)
        if half is not None:
            return _Number(total + Decimal("0.5"), half)
        return _Number(Decimal(total), after)

    def _word(self, at: int) -> str:
        known = 0 <= at < len(self._tokens) and self._tokens[at].kind == "word"
        return self._tokens[at].text if known else ""

    def _between(self, at: int) -> str:
        """Return what stands between a token and the next one."""
        return self._spelled[self._tokens[at].end : self._tokens[at + 1].start]

    def _joined(self, at: int, *, hyphen: bool = False) -> bool:
        """Return whether only space stands between a token and the next one, if there is one."""
        if at + 1 >= len(self._tokens):
            return False
        between = self._between(at)
        return bool(_GAP.fullmatch(between) or (hyphen and _HYPHEN.fullmatch(between)))


def _cut(match: re.Match[str]) -> Iterator[_Token]:
    """Yield the token of a match; two where «و» is written to a number: وپنج, هزارو."""
    kind, text, start, end = str(match.lastgroup), match.group(), match.start(), match.end()
    if kind == "word" and len(text) > 2 and text not in PERSIAN:
        if text.startswith("و") and is_persian_number(text[1:]):
            yield _Token(kind, "و", start, start + 1)
            yield _Token(kind, text[1:], start + 1, end)
            return
        if text.endswith("و") and is_persian_number(text[:-1]):
            yield _Token(kind, text[:-1], start, end - 1)
            yield _Token(kind, "و", end - 1, end)
            return
    yield _Token(kind, text, start, end)


def _digits(value: Decimal) -> str:
    """Return a number in decimal digits, without zeros that say nothing."""
    return f"{value.normalize():f}"
