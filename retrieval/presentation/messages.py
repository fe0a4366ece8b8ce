"""Texts for people, in English and Persian, for the terminal and the bot.

A catalogue is a TOML file `locales/LANGUAGE.toml` in a package. Texts are plain, never HTML.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from index.errors import KhazarError
from index.search_index import Filter
from index.text.persian import to_persian_digits
from retrieval.catalogues import ANSWERS, Text, load_catalogue
from retrieval.errors import LocalizedError
from retrieval.presentation import bidi
from retrieval.presentation.date_format import calendar_date
from retrieval.query.query import ENGLISH, PERSIAN

LANGUAGES: Final = (PERSIAN, ENGLISH)
_MAX_CHANCE: Final = 0.99
# Between thousands, and before decimals.
_PERSIAN_MARKS: Final = str.maketrans(",.", "٬٫")


@dataclass(frozen=True, slots=True)
class Messages:
    """The texts of one language, with the digits and the calendar of their reader.

    Attributes:
        language: "fa" or "en".
        texts: key -> text, with placeholders in braces.
        persian_digits: whether digits are ۰ to ۹.
        jalali: whether dates are in the Jalali calendar.
    """

    language: str
    texts: Mapping[str, Text]
    persian_digits: bool
    jalali: bool

    def text(self, key: str, **values: str | float) -> str:
        """Return a text with its placeholders filled; numbers are written by `number`.

        A text with plural forms takes the one for `count`: "one" for 1, "other" for all else.
        That is English; Persian nouns keep their form after a number.

        Raises:
            KeyError: there is no such text, or a placeholder got no value.
        """
        text = self.texts[key]
        if not isinstance(text, str):
            text = text["one" if values["count"] == 1 else "other"]
        written = {
            name: value if isinstance(value, str) else self.number(value)
            for name, value in values.items()
        }
        return text.format(**written)

    def error(self, error: KhazarError) -> str:
        """Write an error message; one that is in no catalogue stays as it is, in English."""
        if not isinstance(error, LocalizedError):
            return str(error)
        values: dict[str, str | float] = {}
        for name, value in error.values.items():
            if isinstance(value, tuple):
                values[name] = self.names(value)
            else:
                values[name] = bidi.isolate(value) if isinstance(value, str) else value
        return self.text(error.key, **values)

    def digits(self, text: str) -> str:
        """Write the digits in `text` as the reader does."""
        return to_persian_digits(text) if self.persian_digits else text

    def number(self, value: float, places: int = 0) -> str:
        """Write a number with some decimal places."""
        written = f"{value:,.{places}f}"
        if self.language == PERSIAN:
            written = written.translate(_PERSIAN_MARKS)
        return self.digits(written)

    def percent(self, share: float, places: int = 0) -> str:
        """Write a share in [0, 1] as a percentage with some decimal places."""
        return self.number(100 * share, places) + ("٪" if self.language == PERSIAN else "%")

    def chance(self, probability: float) -> str:
        """Write a probability as a percentage of at most 99: none is certain."""
        return self.percent(min(probability, _MAX_CHANCE))

    def date(self, day: dt.date, time: dt.time | None = None) -> str:
        """Write a day in the reader's calendar, and a time: 18 November 2025, ۲۷ آبان ۱۴۰۴."""
        year, month, number, months = calendar_date(day, jalali=self.jalali)
        written = f"{number} {self.text(months).split()[month - 1]} {year}"
        if time is not None:
            written = self.text("day_and_time", day=written, time=f"{time:%H:%M}")
        return self.digits(written)

    def date_range(self, since: dt.date | None, until: dt.date | None) -> str:
        """Write a range of days, "" where it has no bounds."""
        if since and until:
            if since == until:
                return self.date(since)
            return self.text("from_to", since=self.date(since), until=self.date(until))
        if since:
            return self.text("from_day", day=self.date(since))
        return self.text("to_day", day=self.date(until)) if until else ""

    def names(self, names: tuple[str, ...]) -> str:
        """Write a list of names."""
        return self.text("separator").join(map(bidi.isolate, names))

    def limits(self, filter_: Filter) -> str:
        """Write what a filter lets through: days and agencies."""
        parts = [self.date_range(filter_.since, filter_.until), self.names(filter_.agencies)]
        return self.text("semicolon").join(part for part in parts if part)


@cache
def load_messages(language: str, *packages: str) -> Messages:
    """Return the texts of an interface language, "fa" or "en".

    Args:
        language: the language.
        packages: those whose catalogues are added to the one of this package.
    """
    texts: dict[str, Text] = {}
    for package in (ANSWERS, *packages):
        texts |= load_catalogue(package, language)
    persian = language == PERSIAN
    return Messages(language, texts, persian_digits=persian, jalali=persian)


def locale_language(environment: Mapping[str, str]) -> str:
    """Return the interface language of a locale: Persian where it is one of Persian.

    Args:
        environment: environment variables; the first of LC_ALL, LC_MESSAGES and LANG that is set
            counts, as POSIX has it.
    """
    settings = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((value for value in settings if value), "")
    return PERSIAN if re.match(r"fa(?![a-z])", locale.lower()) else ENGLISH


def interface_language(language: str) -> str:
    """Return the language in which to answer a question in `language`, of `Answer.language`."""
    return ENGLISH if language == ENGLISH else PERSIAN


def messages_for(language: str) -> Messages:
    """Return the terminal's texts for an answer in `language`, one of `Answer.language`."""
    return load_messages(interface_language(language))
