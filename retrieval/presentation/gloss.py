"""English glosses of Persian passages: names, numbers, dates and key terms, in their order.

A gloss is no translation. It has only what is sure: words that the glossary has one English word
for, numbers, and days. Everything else is left out.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final

from index.dates import JALALI_MONTHS, YEARS, Calendar, calendar_of, from_calendar
from index.text.numbers import NumberExpression, NumberKind
from index.text.persian import ZWNJ, Word, to_latin_digits, words
from retrieval.answers import Answer, RetrievedPassage
from retrieval.crosslingual.glossary import news_glossary
from retrieval.crosslingual.numbers import split_at_numbers
from retrieval.presentation import bidi
from retrieval.presentation.messages import Messages, load_messages
from retrieval.presentation.notes import translation_line
from retrieval.query.query import ENGLISH

# Of the longest sentences, the first terms.
_MOST: Final = 16
_VERB_MARK: Final = "#"
# Without a year, «۲ تیر» may be two shots.
_DAY: Final = re.compile(
    r"(?<!\w)(?P<day>\d{1,2})\s+(?P<month>"
    + "|".join(JALALI_MONTHS).replace("ی", "[یي]")
    + r")(?:\s+ماه)?(?:\s+سال)?\s+(?P<year>\d{4})(?!\w)"
)
# «سه شنبه», a weekday, has no number.
_WEEKDAY: Final = re.compile(r"(?<!\w)(یک|دو|سه|چهار|پنج)\s+(?=شنبه(?!\w))")
_CLAUSE: Final = re.compile(r"[^\w\s" + ZWNJ + r"]+")
# Smaller ones in words are parts of names and of other words: «ورزش سه», «یک».
_SMALLEST_IN_WORDS: Final = 10


def passage_gloss(answer: Answer, passage: RetrievedPassage) -> tuple[str, ...]:
    """Return the English terms of a passage's title and answering sentence, each once.

    Args:
        answer: the answer; only one to an English question has glosses.
        passage: one of its passages.
    """
    if answer.language != ENGLISH:
        return ()
    start, end = passage.highlight
    terms = (*gloss(passage.citation.title), *gloss(passage.text[start:end]))
    distinct: dict[str, str] = {}
    for term in terms:
        distinct.setdefault(term.casefold(), term)
    return tuple(distinct.values())[:_MOST]


def english_line(answer: Answer, passage: RetrievedPassage, messages: Messages) -> str | None:
    """Return what an English reader is told of a passage: its translation, else its gloss.

    None where there is nothing to tell.
    """
    if (translated := translation_line(passage, messages)) is not None:
        return translated
    terms = passage_gloss(answer, passage)
    return messages.text("gloss", terms=bidi.isolate(" · ".join(terms))) if terms else None


@lru_cache(maxsize=1024)  # The passages of one article have the same title.
def gloss(text: str) -> tuple[str, ...]:
    """Return the English terms for a Persian text, in the order of the text."""
    return tuple(_terms(_WEEKDAY.sub(rf"\1{ZWNJ}", to_latin_digits(text))))


def _terms(text: str) -> Iterator[str]:
    end = 0
    for match in _DAY.finditer(text):
        if (day := _gregorian(match)) is not None:
            yield from _undated_terms(text[end : match.start()])
            yield load_messages(ENGLISH).date(day)
            end = match.end()
    yield from _undated_terms(text[end:])


def _gregorian(match: re.Match[str]) -> dt.date | None:
    month = JALALI_MONTHS.index(match["month"].replace("ي", "ی")) + 1
    year = int(match["year"])
    if year not in YEARS[Calendar.JALALI]:
        return None
    try:
        return from_calendar(Calendar.JALALI, year, month, int(match["day"]))
    except ValueError:  # There is no such day.
        return None


def _undated_terms(text: str) -> Iterator[str]:
    for piece in split_at_numbers(text):
        if isinstance(piece, str):
            for clause in _CLAUSE.split(piece):
                yield from _word_terms(words(clause))
        elif (number := _number(piece)) is not None:
            yield number


def _word_terms(own: Sequence[Word]) -> Iterator[str]:
    """Yield the English of the words that are in the glossary; names side by side are one term."""
    texts = [word.text for word in own]
    names: list[str] = []
    at = 0
    while at < len(own):
        length, english = news_glossary().find(texts, at) or (1, "")
        if length == 1 and _VERB_MARK in own[at].joined:
            english = ""
        if not english[:1].isupper() and names:
            yield " ".join(names)
            names = []
        if english[:1].isupper():
            names.append(english)
        elif english:
            yield english
        at += length
    if names:
        yield " ".join(names)


def _number(number: NumberExpression) -> str | None:
    """Return a number as English writes it, or None where it may be no number at all."""
    if number.kind is NumberKind.SCORE:
        return number.value.replace("-", "–")
    value = Decimal(number.value)
    if number.kind is NumberKind.ORDINAL or (number.words and value < _SMALLEST_IN_WORDS):
        return None
    is_year = value == int(value) and calendar_of(int(value)) is not None
    written = number.value if is_year else f"{value:,}"
    return f"{written}%" if number.kind is NumberKind.PERCENT else written
