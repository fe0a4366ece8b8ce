"""Numbers of questions, cut out of their text, with the terms that each is searched as."""

from collections.abc import Iterator
from typing import Final

from index.dates import YEARS, Calendar
from index.search_index import WeightedTerms
from index.text.numbers import NumberExpression, NumberKind, find_numbers
from index.text.persian import ZWNJ

# A year of one calendar overlaps with two of the other.
_CALENDAR_GAPS: Final = (621, 622)
_OTHER_YEAR_WEIGHT: Final = 0.5
# «هفته ۳» may be written «هفته سوم», and the reverse.
_OTHER_KIND_WEIGHT: Final = 0.5
_HIGHEST_RANK: Final = 100


def split_at_numbers(text: str) -> Iterator[str | NumberExpression]:
    """Yield the numbers of a text, and the pieces of text between them, in their order.

    A number that ZWNJ ties to a word is part of that word: «سی‌ان‌ان», «چهارشنبه‌سوری».
    """
    end = 0
    for number in find_numbers(text):
        if ZWNJ not in (text[number.start - 1 : number.start], text[number.end : number.end + 1]):
            yield text[end : number.start]
            yield number
            end = number.end
    yield text[end:]


def number_alternatives(number: NumberExpression) -> list[WeightedTerms]:
    """Return the terms that a number may have in a text, each with a weight.

    A percentage may be written without its sign, a rank as a number, and a number as a rank. A
    Gregorian year is also the two Persian ones that it overlaps with, and the reverse; ۱۳۹۲ is
    also ۹۲.
    """
    ways = [(number.term, 1.0)]
    if number.kind in (NumberKind.PERCENT, NumberKind.ORDINAL):
        ways.append((number.value, _OTHER_KIND_WEIGHT))
    if number.kind is NumberKind.CARDINAL and number.value.isdigit():
        value = int(number.value)
        if 0 < value < _HIGHEST_RANK:
            ways.append((f"{value}.", _OTHER_KIND_WEIGHT))
        ways += [(year, _OTHER_YEAR_WEIGHT) for year in _other_years(value)]
    return [WeightedTerms((term,), weight) for term, weight in ways]


def read_number(word: str) -> NumberExpression | None:
    """Return the number that a word or phrase is as a whole, or None."""
    found = find_numbers(word)
    return found[0] if len(found) == 1 and found[0].text == word else None


def _other_years(value: int) -> Iterator[str]:
    if value in YEARS[Calendar.GREGORIAN]:
        yield from (str(value - gap) for gap in _CALENDAR_GAPS)
    if value in YEARS[Calendar.JALALI]:
        yield str(value)[2:]
        yield from (str(value + gap) for gap in _CALENDAR_GAPS)
