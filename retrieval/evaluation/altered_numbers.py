"""Questions with a wrong number, which the archive does not answer: what "found" learns from."""

from collections.abc import Iterable
from dataclasses import replace

from index.dates import calendar_of
from index.text.numbers import NumberExpression, NumberKind, find_numbers
from index.text.persian import to_persian_digits
from retrieval.evaluation.measures import EvalQuery, Unanswerable

_CHANGED = frozenset((NumberKind.CARDINAL, NumberKind.PERCENT))


def with_wrong_numbers(asked: Iterable[EvalQuery]) -> list[EvalQuery]:
    """Return the questions that have a number, with another number in its place.

    Years and ranks stay, and so do questions without any other number.
    """
    altered = []
    for query in asked:
        number = next(filter(_is_changed, find_numbers(query.text)), None)
        if number is None or not query.answerable:
            continue
        other = str(2 * int(number.value) + 3)
        if not number.text.isascii():
            other = to_persian_digits(other)
        text = query.text[: number.start] + other + _sign(number) + query.text[number.end :]
        question = Unanswerable(kind="unanswerable", style=query.question.style)
        altered.append(replace(query, key=f"{query.key} altered", text=text, question=question))
    return altered


def _is_changed(number: NumberExpression) -> bool:
    if number.kind not in _CHANGED or not number.value.isdigit():
        return False
    return calendar_of(int(number.value)) is None


def _sign(number: NumberExpression) -> str:
    if number.kind is not NumberKind.PERCENT:
        return ""
    return "%" if number.text.isascii() else "٪"
