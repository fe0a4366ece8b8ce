"""The bot's texts for one reader: language, digits and calendar.

They are those of `retrieval.presentation` and the bot's own, in bot/locales/.
"""

import re
from dataclasses import replace
from typing import Final

from bot.store.preferences import NO_PREFERENCES, Preferences
from retrieval.presentation.messages import Messages, interface_language, load_messages
from retrieval.query.query import ENGLISH, PERSIAN

# Dari and Tajik are Persian, too.
_PERSIAN_CODES: Final = frozenset({PERSIAN, "prs", "tg"})
# Codes of languages, as Telegram's menus have them, by the interface language that they get. Of
# Persian's there is none for Dari; English is the default, for apps in any other language.
MENU_LANGUAGES: Final = {None: ENGLISH, "fa": PERSIAN, "tg": PERSIAN}
_PERSIAN_LETTER: Final = re.compile("[\u0600-\u06ff]")


def load(language: str) -> Messages:
    """Return the bot's texts in an interface language, "fa" or "en"."""
    return load_messages(language, "bot")


def for_reader(language: str, preferences: Preferences) -> Messages:
    """Return the texts in `language`, or in the language, digits and calendar that were chosen."""
    messages = load(preferences.language or language)
    digits, calendar = preferences.digits, preferences.calendar
    return replace(
        messages,
        persian_digits=messages.persian_digits if digits is None else digits == "persian",
        jalali=messages.jalali if calendar is None else calendar == "jalali",
    )


def for_answer(language: str, preferences: Preferences = NO_PREFERENCES) -> Messages:
    """Return the texts for an answer to a question in `language`, one of `Answer.language`."""
    return for_reader(interface_language(language), preferences)


def for_person(
    language_code: str | None,
    message: str | None = None,
    preferences: Preferences = NO_PREFERENCES,
) -> Messages:
    """Return the texts for a person whose question's language is not known.

    Args:
        language_code: of the person's Telegram app; None where it does not say.
        message: the person's message; Persian letters in it decide.
        preferences: the person's; a language in them comes first.
    """
    code = re.split("[-_]", (language_code or PERSIAN).lower())[0]
    in_persian = code in _PERSIAN_CODES or (message and _PERSIAN_LETTER.search(message))
    return for_reader(PERSIAN if in_persian else ENGLISH, preferences)
