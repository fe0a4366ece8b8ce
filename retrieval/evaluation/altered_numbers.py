"""Questions with a wrong number, which the archive does not answer: what "found" learns from."""

import re
from collections.abc import Iterable
from dataclasses import replace

from index.dates import JALALI_MONTHS, calendar_of
from index.text.numbers import NumberExpression, NumberKind, find_numbers
from index.text.persian import to_persian_digits
from retrieval.evaluation.questions import EvalQuery, Unanswerable

_CHANGED = frozenset((NumberKind.CARDINAL, NumberKind.PERCENT))
# «سال ۹۲» and «۲۲ بهمن» are dates; in English a month has a capital letter.
_YEAR = re.compile(r"(?:سال|year)\s+$")
_MONTH = re.compile(rf"\s+(?:{'|'.join(JALALI_MONTHS)}|[A-Z])")


def with_wrong_numbers(asked: Iterable[EvalQuery]) -> list[EvalQuery]:
    """Return the questions that have a number, with another number in its place.

    Years and ranks stay, and so do questions without any other number.
    """
    altered = []
    for query in asked:
        numbers = (one for one in find_numbers(query.text) if _is_changed(one, query.text))
        number = next(numbers, None)
        if number is None or not query.answerable:
            continue
        other = str(2 * int(number.value) + 3)
        if not number.text.isascii():
            other = to_persian_digits(other)
        text = query.text[: number.start] + other + _sign(number) + query.text[number.end :]
        question = Unanswerable(kind="unanswerable", style=query.question.style)
        altered.append(replace(query, key=f"{query.key} altered", text=text, question=question))
    return altered


def _is_changed(number: NumberExpression, text: str) -> bool:
    if number.kind not in _CHANGED or not number.value.isdigit():
        return False
    if calendar_of(int(number.value)) is not None or _YEAR.search(text, 0, number.start):
        return False
    return not _MONTH.match(text, number.end)


def _sign(number: NumberExpression) -> str:
    if number.kind is not NumberKind.PERCENT:
        return ""
    return "%" if number.text.isascii() else "٪"
