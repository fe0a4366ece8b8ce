"""Panels: messages whose buttons change what their reader has chosen.

A button's data is `c:field:value`. It only ever changes the choices of whoever pressed it, so that
a forged one does no harm; values are checked all the same.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.store.links import link_token
from bot.store.preferences import Preferences
from bot.views import bidi
from bot.views.messages import Messages

PATTERN: Final = re.compile(
    r"c:(?P<field>passages|language|digits|calendar|agency):(?P<value>[A-Za-z0-9_-]{1,24})"
)
AUTO: Final = "auto"
_PASSAGES: Final = (1, 3, 5, 10)
_VALUES: Final = {
    "language": ("fa", "en"),
    "digits": ("persian", "latin"),
    "calendar": ("jalali", "gregorian"),
}
# Agencies with most articles; others are written after the command.
_MOST_AGENCIES: Final = 10
_LABEL: Final = 40

Row = list[InlineKeyboardButton]


def settings_panel(
    preferences: Preferences, words: Messages, passages: int
) -> tuple[str, InlineKeyboardMarkup]:
    """Return the text and the buttons of /settings; `passages` is how many there are unchosen."""
    shown = preferences.passages or passages
    numbers = sorted({*_PASSAGES, passages})
    rows = [
        [
            _choice(
                words.text("settings_passages", number=words.number(number)),
                "passages",
                str(number),
                words,
                chosen=number == shown,
            )
            for number in numbers
        ],
        _options("language", preferences.language, words, "settings_language_auto", "language"),
        _options("digits", preferences.digits, words, "settings_digits_auto", "settings_digits"),
        _options(
            "calendar", preferences.calendar, words, "settings_calendar_auto", "settings_calendar"
        ),
    ]
    return words.text("settings"), InlineKeyboardMarkup(rows)


def language_panel(preferences: Preferences, words: Messages) -> tuple[str, InlineKeyboardMarkup]:
    """Return the text and the buttons of /language."""
    row = _options("language", preferences.language, words, "language_auto", "language")
    return words.text("language_choose"), InlineKeyboardMarkup([row])


def source_panel(
    preferences: Preferences, words: Messages, agencies: Sequence[tuple[str, int]]
) -> tuple[str, InlineKeyboardMarkup | None]:
    """Return the text and the buttons of /source, for the archive's agencies."""
    if not agencies:
        return words.text("source_none"), None
    rows = [
        [
            _choice(
                words.text("source_button", agency=_short(agency), articles=words.number(articles)),
                "agency",
                link_token(agency),
                words,
                chosen=agency in preferences.agencies,
            )
        ]
        for agency, articles in agencies[:_MOST_AGENCIES]
    ]
    every = _choice(
        words.text("source_button_all"), "agency", AUTO, words, chosen=not preferences.agencies
    )
    text = f"{source_text(preferences, words)}\n\n{words.text('source_choose')}"
    return text, InlineKeyboardMarkup([*rows, [every]])


def source_text(preferences: Preferences, words: Messages) -> str:
    """Say where is searched."""
    if not preferences.agencies:
        return words.text("source_all")
    return words.text("source_one", agencies=words.names(preferences.agencies))


def choose(
    preferences: Preferences, field: str, value: str, agencies: Iterable[str] = ()
) -> Preferences | None:
    """Return the choices after a button.

    Args:
        preferences: the choices before.
        field: what is chosen; one of those in `PATTERN`.
        value: what it becomes; `AUTO` leaves it to the bot.
        agencies: the archive's.

    Returns:
        None where there is no such value, or no longer.
    """
    if field == "agency":
        named = [agency for agency in agencies if link_token(agency) == value]
        if value != AUTO and not named:
            return None
        return replace(preferences, agencies=tuple(named))
    if field == "passages":
        number = int(value) if re.fullmatch(r"[0-9]{1,2}", value, re.ASCII) else 0
        return replace(preferences, passages=number) if 1 <= number <= max(_PASSAGES) else None
    if value != AUTO and value not in _VALUES[field]:
        return None
    chosen = None if value == AUTO else value
    return replace(preferences, **{field: chosen})  # type: ignore[arg-type]


def _options(field: str, now: str | None, words: Messages, auto_key: str, value_key: str) -> Row:
    auto = _choice(words.text(auto_key), field, AUTO, words, chosen=now is None)
    return [
        auto,
        *(
            _choice(words.text(f"{value_key}_{value}"), field, value, words, chosen=now == value)
            for value in _VALUES[field]
        ),
    ]


def _choice(
    label: str, field: str, value: str, words: Messages, *, chosen: bool
) -> InlineKeyboardButton:
    shown = words.text("button_chosen", label=label) if chosen else label
    return InlineKeyboardButton(shown, callback_data=f"c:{field}:{value}")


def _short(name: str) -> str:
    return bidi.isolate(name if len(name) <= _LABEL else f"{name[: _LABEL - 1]}…")
