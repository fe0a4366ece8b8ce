"""What the bot says, in each interface language; the words are in bot/locales/.

The words are plain text, never HTML.
"""

import datetime as dt
import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

import jdatetime

from bot.store.preferences import NO_PREFERENCES, Preferences
from bot.views import bidi
from index.search_index import Filter
from index.text.persian import to_persian_digits

PERSIAN, ENGLISH = "fa", "en"
LANGUAGES = (PERSIAN, ENGLISH)
# Between thousands, and before decimals.
_PERSIAN_MARKS = str.maketrans(",.", "٬٫")
_PERSIAN_LETTER = re.compile("[\u0600-\u06ff]")
# Earlier days have no date in the Jalali calendar.
_FIRST_JALALI_DAY = jdatetime.date.min.togregorian()


@dataclass(frozen=True, slots=True)
class Messages:
    """The words of one interface language, with the digits and the calendar of one person.

    Attributes:
        language: "fa" or "en".
        words: key -> text, with placeholders in braces.
        persian_digits: whether digits are ۰ to ۹.
        jalali: whether dates are in the Jalali calendar.
    """

    language: str
    words: dict[str, str]
    persian_digits: bool
    jalali: bool

    def text(self, key: str, **values: str) -> str:
        """Return a text with its placeholders filled.

        Raises:
            KeyError: there is no such text, or a placeholder got no value.
        """
        return self.words[key].format(**values)

    def date(self, day: dt.date) -> str:
        """Write a day in the chosen calendar and digits."""
        if self.jalali and day >= _FIRST_JALALI_DAY:
            jalali = jdatetime.date.fromgregorian(date=day)
            parts, months = (jalali.day, jalali.month, jalali.year), "jalali_months"
        else:
            parts, months = (day.day, day.month, day.year), "gregorian_months"
        number, month, year = parts
        return self.digits(f"{number} {self.words[months].split()[month - 1]} {year}")

    def days(self, since: dt.date | None, until: dt.date | None) -> str:
        """Write a range of days, "" where it has no bounds."""
        if since and until:
            if since == until:
                return self.date(since)
            return self.text("from_to", since=self.date(since), until=self.date(until))
        if since:
            return self.text("from_day", day=self.date(since))
        return self.text("to_day", day=self.date(until)) if until else ""

    def limits(self, within: Filter) -> str:
        """Write what a filter lets through: days and agencies."""
        parts = [self.days(within.since, within.until), self.names(within.agencies)]
        return self.text("semicolon").join(part for part in parts if part)

    def names(self, names: tuple[str, ...]) -> str:
        """Write names one after the other."""
        return self.text("separator").join(map(bidi.isolate, names))

    def isolate(self, value: str) -> str:
        """Return a value for a line; see `bot.views.bidi.isolate`."""
        return bidi.isolate(value)

    def digits(self, text: str) -> str:
        """Write the digits in `text` as chosen."""
        return to_persian_digits(text) if self.persian_digits else text

    def number(self, value: float, places: int = 0) -> str:
        """Write a number with some decimal places."""
        shown = f"{value:,.{places}f}"
        if self.language == PERSIAN:
            shown = shown.translate(_PERSIAN_MARKS)
        return self.digits(shown)

    def percent(self, share: float) -> str:
        """Write a share in [0, 1] as a percentage."""
        return self.number(100 * share) + ("٪" if self.language == PERSIAN else "%")

    def for_reader(self, preferences: Preferences) -> "Messages":
        """Return the same words with the digits and the calendar that somebody has chosen."""
        digits, calendar = preferences.digits, preferences.calendar
        return replace(
            self,
            persian_digits=self.persian_digits if digits is None else digits == "persian",
            jalali=self.jalali if calendar is None else calendar == "jalali",
        )


@cache
def load(language: str) -> Messages:
    """Return the words of an interface language, "fa" or "en"."""
    source = resources.files("bot") / "locales" / f"{language}.toml"
    document = tomllib.loads(source.read_text(encoding="utf-8"))
    persian = language == PERSIAN
    return Messages(language, document["words"], persian_digits=persian, jalali=persian)


def for_answer(language: str, preferences: Preferences = NO_PREFERENCES) -> Messages:
    """Return the words for an answer to a question in `language`, one of `Answer.language`."""
    own = ENGLISH if language == "en" else PERSIAN
    return load(preferences.language or own).for_reader(preferences)


def for_person(
    language_code: str | None,
    message: str | None = None,
    preferences: Preferences = NO_PREFERENCES,
) -> Messages:
    """Return the words for a person whose question's language was not determined.

    Args:
        language_code: of the person's Telegram app; None where it does not say.
        message: what they wrote; Persian letters in it decide.
        preferences: the language chosen there comes before all else.
    """
    code = re.split("[-_]", (language_code or PERSIAN).lower())[0]
    in_persian = code == PERSIAN or (message and _PERSIAN_LETTER.search(message))
    own = PERSIAN if in_persian else ENGLISH
    return load(preferences.language or own).for_reader(preferences)
