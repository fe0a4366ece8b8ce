"""What the bot says, in each interface language; the words are in bot/locales/.

The words are plain text, never HTML.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from index.persian import to_persian_digits
from retrieval.dates import shown_date

PERSIAN, ENGLISH = "fa", "en"
_PERSIAN_LETTER = re.compile("[\u0600-\u06ff]")


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one interface language.

    Attributes:
        language: "fa" or "en".
        words: key -> text, with placeholders in braces.
    """

    language: str
    words: dict[str, str]

    def say(self, key: str, **values: str) -> str:
        """Return a text with its placeholders filled.

        Raises:
            KeyError: there is no such text, or a placeholder got no value.
        """
        return self.words[key].format(**values)

    def date(self, day: date) -> str:
        """Write a day in the language's calendar and digits."""
        return shown_date(day, self.language)

    def digits(self, text: str) -> str:
        """Write the digits in `text` as the language does."""
        return to_persian_digits(text) if self.language == PERSIAN else text


@cache
def load(language: str) -> Texts:
    """Return the words of an interface language, "fa" or "en"."""
    source = resources.files("bot") / "locales" / f"{language}.toml"
    document = tomllib.loads(source.read_text(encoding="utf-8"))
    return Texts(language, document["words"])


def for_answer(language: str) -> Texts:
    """Return the words for an answer to a question in `language`, one of `Answer.language`."""
    return load(ENGLISH if language == "en" else PERSIAN)


def for_person(language_code: str | None, message: str | None = None) -> Texts:
    """Return the words for a person whose question's language was not determined.

    Args:
        language_code: of the person's Telegram app; None where it does not say.
        message: what they wrote; Persian letters in it decide.
    """
    if message and _PERSIAN_LETTER.search(message):
        return load(PERSIAN)
    code = (language_code or PERSIAN).lower()
    return load(PERSIAN if re.split("[-_]", code)[0] == PERSIAN else ENGLISH)
